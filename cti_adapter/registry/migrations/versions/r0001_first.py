"""The first tables. Types are written out here: a step does not change when the program's own types do."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: Compared byte by byte.
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything, at version 0."""
    version = op.create_table(
        "cti_version",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(version, [{"id": 1, "version": 0}])
    op.create_table(
        "cti_organizations",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sign_in", sa.String(20), nullable=False),
        sa.Column("admission", sa.String(20), nullable=False),
        sa.Column("salesforce_org_id", TEXT, nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("oidc_issuer", TEXT, nullable=False),
        sa.Column("oidc_client_id", TEXT, nullable=False),
        sa.Column("frame_hosts", sa.JSON(), nullable=False),
        sa.Column("dials_per_minute", sa.Integer(), nullable=False),
        sa.Column("forbidden_prefixes", sa.JSON(), nullable=False),
    )
    _agents()
    _connectors()
    op.create_table(
        "cti_administrators",
        sa.Column("login", TEXT, primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organization", TEXT, _of_organization()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("subject", sa.String(), unique=True),
        sa.Column("signed_out_before", sa.Double(), nullable=False),
    )
    op.create_table(
        "cti_audit",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("at", sa.Double(), nullable=False, index=True),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("organization", TEXT, nullable=False, index=True),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cti_secrets",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )


def _agents() -> None:
    op.create_table(
        "cti_agents",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("organization", TEXT, _of_organization(), nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String()),
        sa.Column("subject", sa.String()),
        sa.Column("signed_out_before", sa.Double(), nullable=False),
        sa.UniqueConstraint("organization", "login"),
        sa.UniqueConstraint("organization", "issuer", "subject"),
    )
    op.create_table(
        "cti_tokens",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("agent", TEXT, sa.ForeignKey("cti_agents.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("hash", TEXT, nullable=False, unique=True),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double()),
    )


def _connectors() -> None:
    op.create_table(
        "cti_connectors",
        sa.Column("organization", TEXT, _of_organization(), primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "cti_connector_keys",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("organization", TEXT, nullable=False),
        sa.Column("connector", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False, unique=True),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["organization", "connector"], ["cti_connectors.organization", "cti_connectors.id"], ondelete="CASCADE"
        ),
    )


def _of_organization() -> sa.ForeignKey:
    return sa.ForeignKey("cti_organizations.id", ondelete="CASCADE")
