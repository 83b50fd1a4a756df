"""``cti org|agent|connector|admin|audit``: what they do, what they say, and how they refuse."""

import hashlib
import json
import os
import pwd
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cti_adapter.application.administration import Administration
from cti_adapter.cli import main
from cti_adapter.registry.store import open_registry
from support.postgresql import PASSWORD as DATABASE_PASSWORD
from support.postgresql import PostgresqlServer
from support.processes import PATIENCE, ROOT

from .people import certificate

PASSWORD = "correct horse battery"


def group_of(name: str) -> click.Group:
    found = main.get_command(click.Context(main), name)
    assert isinstance(found, click.Group)
    return found


class Cti:
    """Runs commands on one registry."""

    def __init__(self, config: Path) -> None:
        self.config = config

    def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        """Its outcome, whatever it is."""
        return CliRunner(env={"CTI_CONFIG": str(self.config)}).invoke(main, list(arguments), input=stdin)

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """Its standard output; it has to succeed and to say in which database."""
        result = self(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        assert " in sqlite:///" in result.stderr
        return result.stdout

    def refused(self, *arguments: str, stdin: str | None = None) -> str:
        """The sentence; it has to be refused."""
        result = self(*arguments, stdin=stdin)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        return result.stderr


@pytest.fixture
def cti(tmp_path: Path) -> Cti:
    config = tmp_path / "cti.toml"
    config.write_text('database_url = "sqlite:///registry.sqlite3"')
    return Cti(config)


@pytest.fixture
def acme(cti: Cti) -> Cti:
    """With the organization acme."""
    cti.done("org", "create", "acme", "--name", "Acme GmbH", "--sign-in", "token")
    return cti


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


# --- what is written about them ---

GROUPS = {name: group_of(name) for name in ("org", "agent", "connector", "admin", "audit")}
WRITTEN = re.findall(
    r"cti (org|agent|connector|admin|audit) ([a-z-]+)",
    "".join(
        (ROOT / "docs" / page).read_text("utf-8")
        for page in ("operator/organizations.md", "salesforce-admin/sign-in.md")
    ),
)


@pytest.mark.parametrize(("group", "command"), sorted(set(WRITTEN)))
def test_commands_of_the_documents_exist(group: str, command: str) -> None:
    assert command in GROUPS[group].commands


# --- where there is no registry ---

LOOKS = [
    ("org", "list"),
    ("org", "show", "acme"),
    ("agent", "list"),
    ("agent", "show", "alice"),
    ("connector", "list"),
    ("connector", "show", "pbx"),
    ("admin", "list"),
    ("audit", "list"),
    ("agent", "create", "alice"),
    ("org", "remove", "acme", "--yes"),
]


@pytest.mark.parametrize("arguments", LOOKS, ids=" ".join)
def test_looking_makes_no_registry(cti: Cti, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    told = cti.refused(*arguments)
    assert f"there is no registry in sqlite:///{tmp_path}/registry.sqlite3; --config, CTI_CONFIG or" in told
    assert [each.name for each in tmp_path.iterdir()] == ["cti.toml"]


def test_a_wrong_place_is_wrong_usage(cti: Cti) -> None:
    cti.config.write_text('database_url = "mysql://cti:s3cret@db/cti"')
    result = cti("org", "list")
    assert result.exit_code == 2
    assert "database_url: must be sqlite:///FILE or postgresql" in result.output
    assert "s3cret" not in result.output


def test_a_place_that_cannot_be_is_told(cti: Cti) -> None:
    cti.config.write_text('database_url = "sqlite:///none/registry.sqlite3"')
    assert "cannot be made: No such file or directory" in cti.refused("org", "create", "acme")


# --- organizations ---


def test_organizations(cti: Cti) -> None:
    result = cti(
        "org", "create", "acme", "--name", "Acme GmbH", "--frame-host", "https://a.b", "--dials-per-minute", "9"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    made, note = result.stderr.splitlines()
    assert made == f"organization 'acme' (sign-in: apex) made in sqlite:///{cti.config.parent}/registry.sqlite3"
    assert note == "note: nobody can sign in yet; missing: salesforce_org_id, certificates"
    assert "is an organization already" in cti.refused("org", "create", "acme")
    assert "id: 'Acme' must be at most 40 small letters" in cti.refused("org", "create", "Acme")
    assert columns(cti.done("org", "list")) == [["acme", "Acme", "GmbH", "apex", "listed", "active"]]
    cti.done("org", "set", "acme", "--sign-in", "oidc", "--oidc-issuer", "https://i.b", "--clear", "frame_hosts")
    cti.done("org", "deactivate", "acme")
    shown = json.loads(cti.done("org", "show", "acme", "--json"))
    assert shown == {
        "id": "acme",
        "name": "Acme GmbH",
        "active": False,
        "sign_in": "oidc",
        "admission": "listed",
        "salesforce_org_id": "",
        "certificates": [],
        "oidc_issuer": "https://i.b",
        "oidc_client_id": "",
        "frame_hosts": [],
        "dials_per_minute": 9,
        "forbidden_prefixes": [],
    }
    assert json.loads(cti.done("org", "list", "--json")) == [shown]
    cti.done("org", "activate", "acme")
    assert ["active", "yes"] in columns(cti.done("org", "show", "acme"))
    cti.done("org", "remove", "acme", "--yes")
    assert cti.done("org", "list") == ""


def test_setting_nothing_or_both_is_wrong_usage(acme: Cti) -> None:
    assert acme("org", "set", "acme").exit_code == 2
    both = acme("org", "set", "acme", "--frame-host", "https://a.b", "--clear", "frame_hosts")
    assert both.exit_code == 2
    assert "exclude each other" in both.output
    assert acme("org", "set", "acme", "--sign-in", "magic").exit_code == 2


def test_removing_asks_first(acme: Cti) -> None:
    result = acme("org", "remove", "acme", stdin="n\n")
    assert result.exit_code == 1
    assert "This cannot be taken back" in result.output
    assert acme.done("org", "list") != ""
    assert acme("org", "remove", "acme", stdin="y\n").exit_code == 0
    assert acme.done("org", "list") == ""


def test_certificates(acme: Cti, tmp_path: Path) -> None:
    pem = tmp_path / "acme.pem"
    pem.write_text(certificate(ends_at=time.time() + 86_400))
    fingerprint = acme.done("org", "add-certificate", "acme", str(pem)).split()[0]
    assert "is there already" in acme.refused("org", "add-certificate", "acme", "-", stdin=pem.read_text())
    assert f"certificate  {fingerprint}  until " in acme.done("org", "show", "acme")
    shown = json.loads(acme.done("org", "show", "acme", "--json"))["certificates"]
    assert [(each["sha256"], each["subject"]) for each in shown] == [(fingerprint, "CN=acme")]
    assert acme("org", "add-certificate", "acme", "/nonexistent").exit_code == 2
    acme.done("org", "remove-certificate", "acme", fingerprint, "--yes")
    assert "fingerprint" in acme.refused("org", "remove-certificate", "acme", fingerprint, "--yes")


# --- agents ---


def test_agents(acme: Cti) -> None:
    org = ("--org", "acme")
    acme.done("agent", "create", "Alice@acme.example", "--name", "Alice Adler", *org)
    assert "already" in acme.refused("agent", "create", "alice@acme.example", *org)
    assert "there is no organization 'default'" in acme.refused("agent", "create", "alice@acme.example")
    acme.done("agent", "import", "-", *org, stdin="login,name\nbob,Bob Brandt\ncarol,\n")
    assert columns(acme.done("agent", "list", *org)) == [
        ["alice@acme.example", "Alice", "Adler", "active", "not", "bound"],
        ["bob", "Bob", "Brandt", "active", "not", "bound"],
        ["carol", "active", "not", "bound"],
    ]
    acme.done("agent", "deactivate", "BOB", *org)
    acme.done("agent", "activate", "bob", *org)
    acme.done("agent", "deactivate", "carol", *org)
    acme.done("agent", "sign-out", "alice@acme.example", *org)
    acme.done("agent", "set", "bob", "--login", "bob2", "--name", "Bob Two", *org)
    assert "is not bound" in acme.refused("agent", "release", "bob2", *org)
    found = json.loads(acme.done("agent", "list", "--contains", "TWO", "--json", *org))
    assert [(each["login"], each["name"], each["active"]) for each in found] == [("bob2", "Bob Two", True)]
    acme.done("agent", "remove", "bob2", "--yes", *org)
    logins = [each["login"] for each in json.loads(acme.done("agent", "list", "--json", *org))]
    assert logins == ["alice@acme.example", "carol"]
    assert acme("agent", "set", "carol", *org).exit_code == 2


def test_an_agent_is_released(acme: Cti) -> None:
    registry = open_registry(f"sqlite:///{acme.config.parent}/registry.sqlite3")
    registry.admit("acme", "https://i.example", "005", "dora", "Dora")
    assert "bound" in acme.done("agent", "list", "--org", "acme").split()
    acme.done("agent", "release", "dora", "--org", "acme")
    assert registry.snapshot().agent_by_subject("acme", "https://i.example", "005") is None


def test_a_wrong_file_makes_nobody(acme: Cti, tmp_path: Path) -> None:
    file = tmp_path / "agents.csv"
    file.write_bytes(b"login,name\nbob,Bob\na b,x\nM\xfcller,Bob\n")
    told = acme.refused("agent", "import", str(file), "--org", "acme")
    assert "line 3: login: 'a b' must have" in told
    assert "line 4: login: is not text" in told
    assert acme.done("agent", "list", "--org", "acme") == ""


def test_more_agents_than_a_page_are_listed(acme: Cti) -> None:
    rows = "".join(f"agent{number}\n" for number in range(2500))
    acme.done("agent", "import", "-", "--org", "acme", stdin=f"login\n{rows}")
    assert len(columns(acme.done("agent", "list", "--org", "acme"))) == 2500


def test_tokens(acme: Cti) -> None:
    org = ("--org", "acme")
    acme.done("agent", "create", "alice", *org)
    token = acme.done("agent", "token", "alice", "--days", "3", *org).strip()
    registry = open_registry(f"sqlite:///{acme.config.parent}/registry.sqlite3")
    kept = hashlib.sha256(token.encode()).hexdigest()
    assert registry.snapshot().agent_by_token("acme", kept, time.time() + 2.9 * 86_400) is not None
    assert registry.snapshot().agent_by_token("acme", kept, time.time() + 3.1 * 86_400) is None
    acme.done("agent", "token", "alice", *org)
    plain = acme.done("agent", "show", "alice", *org)
    assert plain.count("token  t_") == 2
    shown = acme.done("agent", "show", "alice", "--json", *org)
    first, second = json.loads(shown)["tokens"]
    assert (first["ends_at"] is None, second["ends_at"]) == (False, None)
    for text in (plain, shown):
        assert token not in text
        assert kept not in text
    acme.done("agent", "withdraw-token", "alice", first["id"], *org)
    assert registry.snapshot().agent_by_token("acme", kept, time.time()) is None
    assert "has no token" in acme.refused("agent", "withdraw-token", "alice", first["id"], *org)


# --- connectors ---


def test_connectors(acme: Cti, tmp_path: Path) -> None:
    org = ("--org", "acme")
    acme.done("connector", "create", "hq", *org)
    key = acme.done("connector", "add-key", "hq", *org).strip()
    assert key.startswith("ctk_")
    acme.done("connector", "rotate", "hq", "--overlap-hours", "1", *org)
    assert "are valid, and only 2 can be" in acme.refused("connector", "add-key", "hq", *org)
    acme.done("connector", "rotate", "hq", "--overlap-hours", "0", *org)
    public = CliRunner().invoke(main, ["connector", "keygen", "--out", str(tmp_path / "key")]).stdout.strip()
    assert acme.done("connector", "rotate", "hq", "--public-key", public, *org) == ""
    shown = json.loads(acme.done("connector", "show", "hq", "--json", *org))
    assert [(each["kind"], each["public_key"], each["ends_at"] is None) for each in shown["keys"]] == [
        ("api_key", "", False),
        ("ed25519", public, True),
    ]
    assert public in acme.done("connector", "show", "hq", *org)
    acme.done("connector", "withdraw-key", "hq", shown["keys"][0]["id"], *org)
    acme.done("connector", "deactivate", "hq", *org)
    assert columns(acme.done("connector", "list", *org)) == [["hq", "deactivated", "1", "key"]]
    acme.done("connector", "activate", "hq", *org)
    assert json.loads(acme.done("connector", "list", "--json", *org))[0]["active"]
    acme.done("connector", "remove", "hq", "--yes", *org)
    assert acme.done("connector", "list", *org) == ""


def test_a_key_pair_is_made_without_a_registry_and_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "connector.key"
    command = ["connector", "keygen", "--out", str(file)]
    result = CliRunner(env={"CTI_CONFIG": str(tmp_path / "none.toml")}).invoke(main, command)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("whpk_")
    private = file.read_text()
    assert private.startswith("whsk_")
    assert private.strip() not in result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = CliRunner().invoke(main, command)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "exists already; keys are not overwritten" in again.stderr
    assert file.read_text() == private
    elsewhere = CliRunner().invoke(main, ["connector", "keygen", "--out", str(tmp_path / "none" / "key")])
    assert elsewhere.exit_code == 1
    assert CliRunner().invoke(main, ["connector", "keygen"]).exit_code == 2


# --- administrators and audit ---


def test_administrators(acme: Cti) -> None:
    created = acme("admin", "create", "olga@acme.example", "--role", "owner", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert created.exit_code == 0, created.output
    assert PASSWORD not in created.output
    piped = ("admin", "create", "adam", "--role", "admin", "--org", "acme", "--password-stdin")
    acme.done(*piped, stdin=f"{PASSWORD}\n")
    acme.done("admin", "create", "anna", "--role", "auditor", "--no-password")
    assert columns(acme.done("admin", "list")) == [
        ["adam", "admin", "acme", "active"],
        ["anna", "auditor", "all", "organizations", "active"],
        ["olga@acme.example", "owner", "all", "organizations", "active"],
    ]
    service = Administration(open_registry(f"sqlite:///{acme.config.parent}/registry.sqlite3"))
    assert service.administrators.check_password("olga@acme.example", PASSWORD) is not None
    assert service.administrators.check_password("adam", PASSWORD) is not None
    acme.done("admin", "password", "adam", "--password-stdin", stdin="another horse battery\r\n")
    assert service.administrators.check_password("adam", "another horse battery") is not None
    acme.done("admin", "set", "adam", "--role", "auditor", "--all-orgs")
    acme.done("admin", "set", "anna", "--org", "acme")
    acme.done("admin", "deactivate", "anna")
    found = json.loads(acme.done("admin", "list", "--json"))
    assert found[:2] == [
        {"login": "adam", "role": "auditor", "organization": None, "active": True, "password": True, "identity": False},
        {
            "login": "anna",
            "role": "auditor",
            "organization": "acme",
            "active": False,
            "password": False,
            "identity": False,
        },
    ]
    acme.done("admin", "activate", "anna")
    acme.done("admin", "remove", "anna", "--yes")
    assert "is the only active owner" in acme.refused("admin", "remove", "olga@acme.example", "--yes")


def test_passwords_that_are_not_taken(acme: Cti) -> None:
    create = ("admin", "create", "olga", "--role", "owner")
    told = acme.refused(*create, "--password-stdin", stdin="short\n")
    assert "password: must have 12 to 1000 characters" in told
    assert "short" not in told
    assert acme(*create, stdin=f"{PASSWORD}\nsomething else\n").exit_code == 1
    assert acme(*create, "--password-stdin", "--no-password").exit_code == 2
    assert acme("admin", "set", "olga").exit_code == 2
    assert acme("admin", "set", "olga", "--org", "acme", "--all-orgs").exit_code == 2
    assert "is not an administrator" in acme.refused("admin", "password", "nobody", "--password-stdin", stdin="x\n")
    assert acme.done("admin", "list") == ""


def test_the_audit_names_the_user_of_this_machine(acme: Cti) -> None:
    acme.done("agent", "create", "alice", "--org", "acme")
    found = json.loads(acme.done("audit", "list", "--json"))
    assert [(each["action"], each["target"]) for each in found] == [
        ("agent.made", "alice"),
        ("organization.made", "acme"),
    ]

    assert {each["actor"] for each in found} == {f"cli:{pwd.getpwuid(os.getuid()).pw_name}"}
    assert len(columns(acme.done("audit", "list", "--org", "acme", "--limit", "1"))) == 1
    assert "there is no organization" in acme.refused("audit", "list", "--org", "other")


# --- the real program ---


def test_the_program_itself_on_both_databases(url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "CTI_DATABASE_URL": url}

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cti_adapter", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    missing = run("org", "list")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "there is no registry in " in missing.stderr
    assert run("org", "create", "acme", "--sign-in", "token").returncode == 0
    assert run("agent", "create", "alice", "--org", "acme").returncode == 0
    token = run("agent", "token", "alice", "--org", "acme")
    assert token.returncode == 0
    assert run("admin", "create", "olga", "--role", "owner", "--password-stdin", stdin=PASSWORD).returncode == 0
    assert run("org", "create", "acme").returncode == 1
    registry = open_registry(url)
    kept = hashlib.sha256(token.stdout.strip().encode()).hexdigest()
    assert registry.snapshot().agent_by_token("acme", kept, time.time()) is not None
    assert Administration(registry).administrators.check_password("olga", PASSWORD) is not None
    registry.close()
    told = run("audit", "list")
    assert "token.issued" in told.stdout
    for text in (missing.stderr, token.stderr, told.stdout, told.stderr):
        assert DATABASE_PASSWORD not in text
        assert token.stdout.strip() not in text


def test_a_server_that_is_away_is_told_without_its_password(cti: Cti, postgresql: PostgresqlServer) -> None:
    url = postgresql.new_database().replace(DATABASE_PASSWORD, "wr0ng-passw0rd")
    cti.config.write_text(f'database_url = "{url}"')
    for arguments in (("org", "list"), ("org", "create", "acme")):
        told = cti.refused(*arguments)
        assert "password authentication failed" in told
        assert "wr0ng" not in told
