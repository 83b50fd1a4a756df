"""docs/connectors/asterisk.md against the code: settings with their defaults, rights, log lines, the example."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from cti_adapter.config import ConnectorConfig
from cti_adapter.connectors.asterisk.connector import AsteriskConnector
from cti_adapter.connectors.asterisk.settings import AsteriskSettings
from cti_adapter.domain.agent import Line

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "connectors" / "asterisk.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("key", AsteriskSettings.model_fields)
def test_key_stands_in_the_table_with_its_default(key: str) -> None:
    field = AsteriskSettings.model_fields[key]
    if field.is_required():
        assert ROWS[key] == "required"
    elif isinstance(field.default, bool):
        assert ROWS[key] == f"`{str(field.default).lower()}`"
    elif isinstance(field.default, int | float):
        assert ROWS[key] == f"`{field.default:g}`"
    elif field.default and not isinstance(field.default, SecretStr):
        assert ROWS[key] == f"`{field.default}`"
    else:
        assert key in ROWS


def test_table_has_no_key_that_does_not_exist() -> None:
    section = PAGE.split("| key | default | meaning |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == set(AsteriskSettings.model_fields)


def test_example_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    (table,) = tomllib.loads(example[1])["connectors"]
    config = ConnectorConfig(**table)
    monkeypatch.setenv("CTI_SECRET_PBX", "secret")
    # The file with certificates is the one thing that only exists at the reader's.
    options = {key: value for key, value in config.options.items() if key != "tls_ca_file"}
    assert "tls_ca_file" in config.options
    lines = [Line(agent=each.agent, extension=each.extension) for each in config.agents]
    assert AsteriskConnector.from_options(config.id, lines, options).id == "headquarters"


@pytest.mark.parametrize("right", ["read", "write", "eventfilter"])
def test_account_is_the_one_that_the_laboratory_proves(right: str) -> None:
    manager = (ROOT / "tests" / "live" / "asterisk_conf" / "manager.conf").read_text(encoding="utf-8")
    product = manager.split("[@AMI_USER@]")[1].split("[@LAB_USER@]")[0]
    proven = re.search(rf"^{right} = (\S.*?)\s*(;|$)", product, re.MULTILINE)
    documented = re.search(rf"^{right} = (\S.*?)\s*(;|$)", PAGE, re.MULTILINE)
    assert proven
    assert documented
    assert documented[1] == proven[1]


def test_log_lines_are_those_of_the_code() -> None:
    folder = ROOT / "cti_adapter" / "connectors" / "asterisk"
    protocol = ROOT / "cti_adapter" / "protocols" / "ami"
    code = "".join((folder / name).read_text("utf-8") for name in ("connector.py", "connection.py"))
    code += "".join((protocol / name).read_text("utf-8") for name in ("framing.py", "session.py"))
    table = PAGE.split("| line | meaning |")[1].split("\n\n")[0]
    quoted = [
        part for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for part in re.findall(r"`([^`]*)`", cell)
    ]
    assert len(quoted) > 10
    for line in quoted:
        said = line.removeprefix("connector ID: ")
        for piece in (piece.strip(" :()") for piece in re.split("…|Ping", said)):
            assert (
                not piece or piece == "s" or piece in code or piece.replace("CoreShowChannels", "{action}") in code
            ), line
