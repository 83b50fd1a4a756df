"""Run by Alembic; the connection, with its transaction, is that of ``registry/migration.py``."""

from alembic import context

from cti_adapter.registry.migration import VERSION_TABLE
from cti_adapter.registry.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
