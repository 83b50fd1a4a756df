"""``cti replay``: what agents' softphones would get from a recording of their phone system. It connects to nothing."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from typing import IO

import click
import msgspec

from ..connectors.asterisk import recording
from ..domain.agent import Line
from ..domain.call import CallEvent

_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}"


@click.group()
def replay() -> None:
    """Show what softphones would get from a recording of a phone system."""


@replay.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--agent", "agents", multiple=True, help="Extension to show; may be repeated. Without it: all.")
@click.option("--connector-id", default="asterisk", show_default=True, help="First part of the calls' ids.")
@click.option("--pretty", is_flag=True, help="Indent the JSON for reading.")
def asterisk(file: str, agents: tuple[str, ...], connector_id: str, pretty: bool) -> None:
    """Replay AMI events from FILE (`*.ami.jsonl`, or raw AMI text; `-` is standard input).

    Prints one JSON object a line: event, at, call (the whole record). Times are seconds since 1970. With no or several
    agents each line starts with the agent. All phones with a numeric name of two to five digits count as extensions of
    the site.
    """
    _check(agents, connector_id)
    try:
        with click.open_file(file, encoding="utf-8", errors="replace") as stream:
            messages = list(recording.read_recording(_lines(stream)))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}") from None
    except recording.Unreadable as error:
        raise click.ClickException(f"{file}: {error}") from None
    if not messages:
        raise click.ClickException(f"{file}: line 1: no AMI message in it")
    seen = dict.fromkeys([*recording.extensions(messages), *agents])
    lines = [Line(agent=extension, extension=extension) for extension in seen]
    _print(
        (
            _rendered(agent if len(agents) != 1 else None, event, pretty)
            for agent, event in recording.replay(connector_id, lines, messages)
            if not agents or agent in agents
        )
    )


def _check(agents: tuple[str, ...], connector_id: str) -> None:
    for agent in agents:
        if not re.fullmatch(r"[^\s\x00-\x1f\x7f]{1,64}", agent):
            raise click.BadParameter("an extension has 1 to 64 characters and no blanks", param_hint="--agent")
    if not re.fullmatch(_ID, connector_id):
        raise click.BadParameter(
            "1 to 60 letters, digits, '_', '.', '-', beginning with a letter or digit", param_hint="--connector-id"
        )


def _lines(stream: IO[str]) -> Iterator[str]:
    """Lines of at most ``MAX_LINE`` characters; a longer one comes in pieces and is refused by the reader."""
    while line := stream.readline(recording.MAX_LINE + 1):
        yield line


def _rendered(agent: str | None, event: CallEvent, pretty: bool) -> bytes:
    shown = msgspec.json.encode(event)
    if agent is not None:
        shown = b'{"agent":' + msgspec.json.encode(agent) + b"," + shown[1:]
    return msgspec.json.format(shown, indent=2) if pretty else shown


def _print(lines: Iterator[bytes]) -> None:
    """Write ``lines``; a reader that has gone away (``| head``) is the end of it, not an error."""
    output = sys.stdout.buffer
    try:
        for line in lines:
            output.write(line + b"\n")
        output.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            raise
        # Python would complain once more when it flushes at exit; there is nobody left to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
