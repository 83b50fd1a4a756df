"""``cti dial explain``: settings from a definition, both directions, text and JSON, exit codes, wrong usage."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cti_adapter.cli import main

KEYS = [
    *("input", "dial", "e164", "display", "internal", "emergency", "extension", "alternatives", "lookup", "probable"),
    *("rules", "problems"),
]


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["dial", "explain", *arguments], input=stdin)


def definition(tmp_path: Path, **items: str) -> str:
    """A definition with ``items`` changed, as an admin would edit the file."""
    file = tmp_path / "callcenter.xml"
    CliRunner().invoke(main, ["callcenter", "--url", "https://cti.example.com", "--out", str(file)])
    text = file.read_text("utf-8")
    for name, value in items.items():
        head, _, rest = text.partition(f'name="{name}"')
        label, _, rest = rest.partition(">")
        text = f'{head}name="{name}"{label}>{value}{rest[rest.index("<") :]}'
    file.write_text(text, "utf-8")
    return str(file)


def test_json_has_every_field(tmp_path: Path) -> None:
    file = definition(tmp_path, reqOutsidePrefix="0")
    done = run("+49 (0)89 1234567 DW 12", "--callcenter", file, "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert list(found) == KEYS
    assert (found["dial"], found["e164"], found["extension"]) == ("00891234567", "+49891234567", "12")
    assert [rule["rule"] for rule in found["rules"]] == [
        "extension",
        "bracketed_trunk",
        "separators",
        "national_form",
        "outside_prefix",
    ]
    assert all(set(rule) == {"rule", "why", "before", "after"} for rule in found["rules"])


def test_the_definition_decides(tmp_path: Path) -> None:
    file = definition(tmp_path, reqOutsidePrefix="9", country="US", areaCode="415", dialOwnAreaCode="false")
    assert json.loads(run("+1 415 555 2671", "--callcenter", file, "--json").stdout)["dial"] == "95552671"
    stdin = Path(file).read_bytes()
    assert json.loads(run("911", "--callcenter", "-", "--json", stdin=stdin).stdout)["emergency"] is True


def test_text_names_every_rule_and_the_head_office() -> None:
    done = run("0049301234567", "--incoming")
    assert done.exit_code == 0
    assert "E.164          +49301234567" in done.stdout
    assert "recognised" in done.stdout
    assert "head office    +49301234560" in done.stdout


def test_the_country_of_the_record() -> None:
    found = json.loads(run("01 99 00 12 35", "--record-country", "FR", "--json").stdout)
    assert found["e164"] == "+33199001235"


def test_a_number_that_cannot_be_dialled_ends_with_1() -> None:
    done = run("nothing", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems"] == [
        {"error_id": "nothing_to_dial", "message": "What was typed holds no digit, * or #.", "refused": True}
    ]


def test_wrong_settings_are_among_the_problems(tmp_path: Path) -> None:
    file = definition(tmp_path, areaCode="089")
    found = json.loads(run("0301234567", "--callcenter", file, "--json").stdout)
    assert [problem["error_id"] for problem in found["problems"]] == ["area_code_with_prefix"]
    assert "setting: areaCode: '089'" in run("0301234567", "--callcenter", file).stderr


def test_the_numbers_table_of_a_connector(tmp_path: Path) -> None:
    config = tmp_path / "cti.toml"
    config.write_text('[[connectors]]\nkind = "simulator"\nid = "hq"\n[connectors.numbers]\nstrip_caller = ["9"]\n')
    asked = ("9030123456", "--incoming", "--config", str(config), "--connector", "hq", "--json")
    assert [rule["rule"] for rule in json.loads(run(*asked).stdout)["rules"]] == ["access_code", "recognised"]
    assert json.loads(run(*asked, "--party", "called").stdout)["e164"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("1", "--callcenter", "/nowhere.xml"), "/nowhere.xml cannot be read"),
        (("1", "--record-country", "Germany"), "two letters"),
        (("1", "--connector", "demo"), "--incoming"),
        (("1", "--incoming", "--connector", "other"), "no connector 'other' (there is: demo)"),
        (("1", "--incoming", "--party", "nobody"), "nobody"),
        ((), "NUMBER"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_that_is_no_definition(tmp_path: Path) -> None:
    file = tmp_path / "x.xml"
    file.write_text("<nothing/>")
    done = run("1", "--callcenter", str(file))
    assert done.exit_code == 2
    assert str(file) in done.stderr
