"""Recordings are played: in their rhythm, as calls of their own, and without what does not fit."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cti_adapter.connectors.asterisk import recording
from cti_adapter.connectors.replay.connector import ReplayConnector
from cti_adapter.connectors.replay.errors import ConnectorMisconfigured, Unreadable
from cti_adapter.connectors.replay.translate import own_id, read_line, read_recording
from cti_adapter.domain.agent import Line
from cti_adapter.domain.call import CallEvent, CallState, Direction, EventName, Party
from fakes.recording_sink import RecordingSink
from fakes.virtual_time import run

TRACES = Path(__file__).resolve().parents[3] / "traces/asterisk"
LINES = tuple(Line(agent=f"agent{extension}", extension=extension) for extension in ("101", "102", "103"))
CALL: dict[str, Any] = {
    "id": "c1",
    "revision": 1,
    "device": "101",
    "direction": Direction.INBOUND,
    "role": "called",
    "state": CallState.ALERTING,
    "caller": Party(number="+4930111222"),
    "started_at": 100.0,
}


def line(event: str, at: float, **changes: Any) -> bytes:
    return msgspec.json.encode({"event": event, "at": at, "call": CALL | changes}) + b"\n"


STORY = [
    line("Delivered", 100.0),
    line("Established", 110.0, revision=2, state="connected", answered_at=110.0),
    line("ConnectionCleared", 170.0, revision=3, state="cleared", answered_at=110.0, ended_at=170.0, cause="normal"),
]


def played(file: Path, for_s: float, **options: Any) -> tuple[RecordingSink, list[float]]:
    """What a connector tells of ``file`` within ``for_s`` seconds, and when."""

    async def story() -> tuple[RecordingSink, list[float]]:
        connector = ReplayConnector.from_options("tape", LINES, {"file": str(file)} | options)
        begun, at = asyncio.get_running_loop().time(), []

        class Timed(RecordingSink):
            def call(self, agent: str, event: CallEvent) -> None:
                super().call(agent, event)
                at.append(asyncio.get_running_loop().time() - begun)

        sink = Timed()
        sink.connector = connector
        running = asyncio.create_task(connector.run(sink))
        await asyncio.sleep(for_s)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert sink.broken == []
        return sink, at

    return run(story())


def written(folder: Path, *lines: bytes) -> Path:
    file = folder / "recording.jsonl"
    file.write_bytes(b"".join(lines))
    return file


def test_the_recorded_rhythm_is_kept(tmp_path: Path) -> None:
    sink, at = played(written(tmp_path, *STORY), 100, pause_s=5)
    assert [event.event for _, event in sink.events] == ["Delivered", "Established", "ConnectionCleared"]
    assert at == pytest.approx([5, 15, 75])
    _, at = played(written(tmp_path, *STORY), 100, pause_s=0, speed=10)
    assert at == pytest.approx([0, 1, 7])
    _, at = played(written(tmp_path, *STORY), 1, pause_s=0, speed=0)
    assert at == [0, 0, 0]


def test_times_are_those_of_the_playing_and_their_distances_stay(tmp_path: Path) -> None:
    sink, _ = played(written(tmp_path, *STORY), 1, pause_s=0, speed=0)
    last = sink.events[-1][1].call
    assert last.answered_at is not None
    assert last.ended_at is not None
    assert (last.answered_at - last.started_at, last.ended_at - last.started_at) == (10, 70)
    assert last.started_at > 1_700_000_000


def test_each_playing_is_a_call_of_its_own(tmp_path: Path) -> None:
    sink, _ = played(written(tmp_path, *STORY), 250, pause_s=0, repeat=True)
    assert len({event.call.id for _, event in sink.events}) == 4
    assert max(len(own_id("p" * 60, "c" * length)) for length in (1, 60, 120)) <= 120


def test_a_call_whose_end_was_not_recorded_ends_with_the_recording(tmp_path: Path) -> None:
    sink, _ = played(written(tmp_path, *STORY[:2]), 30, pause_s=0)
    assert (sink.resyncs, sink.live()) == (2, {})


def test_what_does_not_fit_is_left_out_and_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cti")
    file = written(tmp_path, STORY[0], STORY[0], STORY[0], line("Held", 105.0, revision=2, state="held"), STORY[2])
    sink, _ = played(file, 1, pause_s=0, speed=0)
    assert [event.event for _, event in sink.events] == [EventName.DELIVERED, EventName.CONNECTION_CLEARED]
    assert len(caplog.records) == 2
    assert "30111222" not in caplog.text


def test_phones_without_a_line_are_left_out(tmp_path: Path) -> None:
    sink, _ = played(written(tmp_path, line("Delivered", 100.0, device="999")), 1, pause_s=0)
    assert sink.events == []


@pytest.mark.parametrize("trace", sorted(TRACES.glob("*.ami.jsonl")), ids=lambda path: path.name.split(".")[0])
def test_what_cti_replay_prints_can_be_played(trace: Path, tmp_path: Path) -> None:
    with trace.open(encoding="utf-8") as lines:
        messages = list(recording.read_recording(lines))
    own_lines = [Line(agent=line.extension, extension=line.extension) for line in LINES]
    events = [event for _, event in recording.replay("pbx", own_lines, messages)]
    assert events
    sink, _ = played(
        written(tmp_path, *(msgspec.json.encode(event) + b"\n" for event in events)), 1, speed=0, pause_s=0
    )
    assert [(e.event, e.call.state) for _, e in sink.events] == [(e.event, e.call.state) for e in events]


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{}",
        b'{"at": 1}',
        b'{"at": 1, "event": "Delivered"}',
        b"[1]",
        b"\xff",
        b'{"at": 1, "event": "Danced", "call": {}}',
        STORY[0][:-2] + b', "link": {"reachable": true}}',
    ],
)
def test_other_lines_are_unreadable(wrong: bytes) -> None:
    with pytest.raises(Unreadable):
        read_line(wrong)


def test_the_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Unreadable, match="line 3"):
        read_recording([STORY[0], b"\n", b"nonsense"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "file"),
        ({"file": "there/is/no/such.jsonl"}, "such.jsonl"),
        ({"file": __file__}, "line 1"),
        ({"file": "x", "speed": -1}, "speed"),
        ({"file": "x", "repeat": 1}, "repeat"),
        ({"file": "x", "pause_s": "5"}, "pause_s"),
        ({"file": "x", "speeed": 1}, "speeed"),
    ],
)
def test_wrong_settings_are_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConnectorMisconfigured, match=named):
        ReplayConnector.from_options("tape", LINES, options)
