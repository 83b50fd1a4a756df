"""What the registry keeps, column by column: docs/privacy.md says so, and nothing else comes in unseen."""

import sqlite3
from pathlib import Path

from cti_adapter.registry.store import open_registry

#: Table -> its columns. A new one needs a line in docs/privacy.md, where it tells something about a person.
KEPT = {
    "cti_version": {"id", "version"},
    "cti_secrets": {"name", "value"},
    "cti_organizations": {
        *{"id", "name", "active", "sign_in", "admission", "salesforce_org_id", "certificates"},
        *{"oidc_issuer", "oidc_client_id", "frame_hosts", "dials_per_minute", "forbidden_prefixes"},
    },
    "cti_agents": {"id", "organization", "login", "name", "active", "issuer", "subject", "signed_out_before"},
    "cti_tokens": {"id", "agent", "hash", "made_at", "ends_at"},
    "cti_connectors": {"organization", "id", "active"},
    "cti_connector_keys": {"id", "organization", "connector", "kind", "value", "made_at", "ends_at"},
    "cti_administrators": {
        *{"login", "role", "organization", "active", "password_hash", "subject", "signed_out_before"}
    },
    "cti_audit": {"number", "at", "actor", "organization", "action", "target", "detail"},
}
#: Of the tools underneath; nothing of ours stands in them.
TOOLS = {"cti_schema_version", "sqlite_sequence"}


def test_the_registry_has_these_columns_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite3"
    open_registry(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        found = {table: {row[1] for row in database.execute(f"pragma table_info({table})")} for table in tables}
    assert {table: columns for table, columns in found.items() if table not in TOOLS} == KEPT
