"""``cti replay asterisk``: what it prints, and how it says that it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from cti_adapter.cli.replay import replay
from cti_adapter.domain.call import CallEvent

TRACES = Path(__file__).parents[2] / "traces" / "asterisk"
RECORDING = str(TRACES / "s11_attended_transfer_by_phone.ami.jsonl")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(replay, ["asterisk", *arguments], input=stdin)


def test_one_agent_one_object_a_line() -> None:
    result = run(RECORDING, "--agent", "102")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [set(json.loads(line)) for line in lines] == [{"event", "at", "call"}] * 4
    events = [msgspec.json.decode(line, type=CallEvent) for line in lines]
    assert [event.event for event in events] == ["Delivered", "Established", "Transferred", "ConnectionCleared"]
    assert events[0].call.id == "asterisk.1795390745.25"
    assert events[0].at == pytest.approx(1795390745.1, abs=1)


def test_all_agents_or_several_begin_with_the_agent() -> None:
    everybody = [json.loads(line) for line in run(RECORDING).stdout.splitlines()]
    two = [json.loads(line) for line in run(RECORDING, "--agent", "101", "--agent", "103").stdout.splitlines()]

    assert {told["agent"] for told in everybody} == {"101", "102"}
    assert list(everybody[0])[0] == "agent"
    assert {told["agent"] for told in two} == {"101"}


def test_agent_who_is_not_there_gets_nothing() -> None:
    result = run(RECORDING, "--agent", "999")

    assert (result.exit_code, result.stdout) == (0, "")


def test_connector_id_begins_the_ids() -> None:
    assert '"id":"hq-pbx.1795390745.25"' in run(RECORDING, "--agent", "102", "--connector-id", "hq-pbx").stdout


def test_pretty_is_the_same_with_indent() -> None:
    plain, pretty = run(RECORDING, "--agent", "102").stdout, run(RECORDING, "--agent", "102", "--pretty").stdout
    decoder = json.JSONDecoder()
    found, rest = [], pretty
    while rest.strip():
        value, end = decoder.raw_decode(rest.lstrip())
        found.append(value)
        rest = rest.lstrip()[end:]

    assert '\n  "event"' in pretty
    assert found == [json.loads(line) for line in plain.splitlines()]


def test_standard_input() -> None:
    text = Path(RECORDING).read_text(encoding="utf-8")

    assert run("-", "--agent", "102", stdin=text).stdout == run(RECORDING, "--agent", "102").stdout


def test_raw_ami_gives_the_same_calls() -> None:
    blocks = ["Asterisk Call Manager/11.0.0"]
    for line in Path(RECORDING).read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        message.pop("t")
        pairs = (
            (key, one) for key, value in message.items() for one in (value if isinstance(value, list) else [value])
        )
        blocks.append("".join(f"{key}: {value}\r\n" for key, value in pairs))
    raw = run("-", "--agent", "101", stdin="\r\n".join(blocks)).stdout.splitlines()
    from_json = run(RECORDING, "--agent", "101").stdout.splitlines()

    assert [strip(line) for line in raw] == [strip(line) for line in from_json]


def strip(line: str) -> tuple[str, str, str]:
    told = json.loads(line)
    return told["event"], told["call"]["state"], told["call"]["caller"]["number"]


@pytest.mark.parametrize(
    ("stdin", "says"),
    [("hello\n", "line 1: neither JSON nor AMI"), ("", "no AMI message"), ("{]\n", "line 1: not a JSON")],
)
def test_unreadable_recording(stdin: str, says: str) -> None:
    result = run("-", stdin=stdin)

    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


def test_missing_file() -> None:
    result = run("no-such-file")

    assert result.exit_code == 1
    assert "no-such-file: No such file or directory" in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["x", "--agent", "10 1"], ["x", "--connector-id", "-"], ["x", "--frobnicate"]]
)
def test_wrong_usage(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_reader_who_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "cti_adapter", "replay", "asterisk", RECORDING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert process.returncode == 0
    assert errors == b""
