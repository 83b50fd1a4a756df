"""Recordings of AMI events: reading them, and replaying them through a tracker. No connection to an Asterisk.

Two formats. ``*.ami.jsonl``: one JSON object a line, headers as keys (a header that came several times has a list), and
``t``, the time of arrival in seconds since 1970. Raw AMI: what ``nc pbx 5038`` shows, a banner line and blocks of
``Header: value`` lines with an empty line between; the time comes from ``Timestamp`` headers (manager.conf:
``timestampevents = yes``), and without them messages are taken to be one millisecond apart.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ...domain.agent import Line
from .parties import Options, device_of, text
from .translate import Message, Told, Tracker

#: A message with its time.
Timed = tuple[float, Message]
#: List events of a snapshot, and the ones that end the lists.
_LISTED = {"CoreShowChannel": "CoreShowChannelsComplete"}
MAX_LINE = 1_000_000


class Unreadable(ValueError):
    """A recording that is not one; the message names the line and what is wrong with it."""


def read_recording(lines: Iterable[str]) -> Iterator[Timed]:
    """Messages of a recording with their times, in order. Raises ``Unreadable``."""
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if line.strip():
            all_lines = chain([(number, line)], numbered)
            yield from _json_lines(all_lines) if line.lstrip().startswith("{") else _raw(all_lines)


def _json_lines(lines: Iterable[tuple[int, str]]) -> Iterator[Timed]:
    clock = 0.0
    for number, line in lines:
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            raise Unreadable(f"line {number}: longer than {MAX_LINE} characters")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"line {number}: not a JSON object ({error})") from None
        if not isinstance(message, dict):
            raise Unreadable(f"line {number}: a JSON object with AMI headers was expected")
        at = message.pop("t", None)
        if at is not None and not _is_time(at):
            raise Unreadable(f"line {number}: field t is not a time in seconds since 1970")
        clock = float(at) if at is not None else _time_of(message, clock)
        yield clock, {key: value for key, value in message.items() if isinstance(value, str | list)}


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e12 and math.isfinite(value)


def _time_of(message: Message, clock: float) -> float:
    """Time by the ``Timestamp`` header, else a moment after ``clock``."""
    stamp = text(message, "Timestamp")
    try:
        at = float(stamp)
    except ValueError:
        return clock + 0.001
    return at if _is_time(at) else clock + 0.001


def _raw(lines: Iterable[tuple[int, str]]) -> Iterator[Timed]:
    clock, block = 0.0, dict[str, str | list[str]]()
    for number, line in lines:
        line = line.rstrip("\r\n")
        if len(line) > MAX_LINE:
            raise Unreadable(f"line {number}: longer than {MAX_LINE} characters")
        if line and not _header(block, line) and not block and not line.startswith(("Asterisk Call Manager/", "#")):
            raise Unreadable(f"line {number}: neither JSON nor AMI ('Header: value' in blocks, an empty line between)")
        if not line and block:
            clock = _time_of(block, clock)
            yield clock, block
            block = {}
    if block:  # cut off in the middle of a message: what is there still says something
        yield _time_of(block, clock), block


def _header(block: dict[str, str | list[str]], line: str) -> bool:
    """Take ``line`` into ``block``; False when it is no header (the banner, or something else)."""
    name, colon, value = line.partition(":")
    if not colon or not name or " " in name:
        return False
    value = value.removeprefix(" ")
    known = block.get(name)
    if known is None:
        block[name] = value
    else:
        block[name] = [*known, value] if isinstance(known, list) else [known, value]
    return True


def extensions(messages: Iterable[Timed], options: Options | None = None) -> list[str]:
    """Extensions whose phones occur in a recording: endpoints with a name of two to five digits."""
    options = options or Options()
    found: dict[str, None] = {}
    for _, message in messages:
        for header in ("Channel", "DestChannel"):
            technology, _, endpoint = device_of(text(message, header)).partition("/")
            number = endpoint.isascii() and endpoint.isdigit() and 2 <= len(endpoint) <= 5
            if number and technology in options.technologies:
                found[endpoint] = None
    return sorted(found)


def replay(connector_id: str, lines: Sequence[Line], messages: Iterable[Timed]) -> Iterator[Told]:
    """What agents would have been told. Channel lists in the recording are taken as snapshots."""
    tracker = Tracker(connector_id, lines)
    listed: list[Message] = []
    at = 0.0
    for at, message in messages:
        event = text(message, "Event")
        if event in _LISTED:
            listed.append(message)
        elif event in _LISTED.values():
            yield from tracker.snapshot(listed, at, taken_at=at)
            listed = []
        else:
            yield from tracker.feed(message, at)
    yield from tracker.tick(at + 60.0)
