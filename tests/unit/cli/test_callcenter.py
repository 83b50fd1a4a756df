"""``cti callcenter``: writes a definition that its own check accepts, and says what is wrong with others."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cti_adapter.cli.callcenter import callcenter
from cti_adapter.domain.call_center.document import MAX_BYTES, read

ROOT = Path(__file__).resolve().parents[3]
URL = ("--url", "https://cti.example.com/softphone")


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(callcenter, [str(argument) for argument in arguments], input=stdin)


def test_the_file_at_the_root_is_made_by_this_command(tmp_path: Path) -> None:
    out = tmp_path / "callcenter.xml"
    result = run(*URL, "--out", out)
    assert (result.exit_code, result.output) == (0, "")
    assert out.read_bytes() == (ROOT / "callcenter.xml").read_bytes()


def test_every_option(tmp_path: Path) -> None:
    out = tmp_path / "center.xml"
    arguments = ["--standby-url", "https://b.example.org", "--timeout-ms", "5000", "--name", "Acme", "--display-name"]
    arguments += ["Acme phone", "--mode", "Classic_and_Lightning", "--width", "320", "--height", "480"]
    assert run(*URL, *arguments, "--out", out).exit_code == 0
    values = [item.value for item in read(out.read_bytes()).sections[0].items]
    assert values == [
        "Acme",
        "Acme phone",
        "https://cti.example.com/softphone",
        "true",
        "480",
        "320",
        "Classic_and_Lightning",
        "https://b.example.org/softphone",
        "5000",
    ]
    assert run("--check", out).exit_code == 0


def test_standard_output_and_input() -> None:
    written = run(*URL, "--out", "-")
    assert written.stdout_bytes == (ROOT / "callcenter.xml").read_bytes()
    checked = run("--check", "-", stdin=written.stdout_bytes)
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert checked.stderr == "-: 0 errors, 0 warnings\n"


def test_a_file_is_not_overwritten_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "center.xml"
    out.write_text("precious")
    refused = run(*URL, "--out", out)
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert out.read_text() == "precious"
    assert run(*URL, "--out", out, "--force").exit_code == 0
    assert out.read_bytes().startswith(b"<?xml")


def test_an_address_on_this_machine_is_written_with_a_warning() -> None:
    result = run("--url", "http://localhost:8080", "--out", "-")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: url 'http://localhost:8080'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--check FILE"),
        (("--out", "-"), "--url URL"),
        (URL, "--out FILE"),
        (("--url", "http://cti.example.org", "--out", "-"), "--url: "),
        ((*URL, "--out", "-", "--name", "1x"), "--name: '1x'"),
        ((*URL, "--out", "-", "--display-name", ""), "--display-name: ''"),
        ((*URL, "--out", "-", "--width", "1"), "--width: 1"),
        ((*URL, "--out", "-", "--mode", "lightning"), "--mode"),
        ((*URL, "--out", "-", "--timeout-ms", "5000"), "--timeout-ms: 5000"),
        ((*URL, "--out", "-", "--timeout-ms", "0"), "--timeout-ms"),
        ((*URL, "--out", "-", "--standby-url", "https://b.example.org"), "--standby-url: "),
        ((*URL, "--out", "/nonexistent/folder/x.xml"), "cannot be written"),
        ((*URL, "--out", "-", "--json"), "--json goes with --check"),
        (("--check", "x.xml", *URL), "--check stands alone"),
        (("--check", "x.xml", "--force"), "--check stands alone"),
        (("--check", "/nonexistent.xml"), "cannot be read"),
        (("--check", "/"), "cannot be read"),
    ],
)
def test_wrong_usage_is_2_and_names_the_option(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_check_prints_a_line_for_each_problem(tmp_path: Path) -> None:
    document = (ROOT / "callcenter.xml").read_text("utf-8")
    file = tmp_path / "bad.xml"
    file.write_text(document.replace(">none<", "><", 1).replace(">600<", ">60<"), "utf-8")
    result = run("--check", file)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file}:10: error: reqGeneralInfo/reqSoftphoneHeight: reqSoftphoneHeight: 60 pixels must be 240 to 2560 in "
        "Lightning. (softphone-size)",
        f"{file}:15: warning: reqDialingOptions/reqOutsidePrefix: reqOutsidePrefix has no value; the rules want one, "
        "Salesforce imports it all the same. (value-empty)",
    ]


def test_warnings_alone_are_0() -> None:
    document = (ROOT / "callcenter.xml").read_bytes()
    assert run("--check", "-", stdin=document.replace(b">none<", b"><", 1)).exit_code == 0


def test_a_file_that_is_no_xml_is_1_and_has_a_line() -> None:
    result = run("--check", "-", stdin=b"<callCenter>\n<section>")
    assert result.exit_code == 1
    assert result.stdout.startswith("-:2: error: The file is not well-formed XML")


def test_a_file_that_is_too_large_is_1() -> None:
    result = run("--check", "-", stdin=b" " * (MAX_BYTES + 100))
    assert result.exit_code == 1
    assert result.stdout.endswith("(too-large)\n")


def test_json() -> None:
    document = (ROOT / "callcenter.xml").read_bytes().replace(b">none<", b"><", 1)
    result = run("--check", "-", "--json", stdin=document)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["file"], answer["errors"], answer["warnings"]) == ("-", 0, 1)
    (problem,) = answer["problems"]
    assert problem["rule"] == "value-empty"
    assert problem["line"] == 15
    assert problem["item"] == "reqOutsidePrefix"
    assert set(problem) == {"severity", "line", "section", "item", "rule", "message", "source"}
