"""How many AMI messages a second the Asterisk tracker takes: all recordings, over and over; one JSON object a line.

Every round has ids and extensions of its own, so that nothing is known already. ``busy`` repeats it with 200 calls up
at the same time, on a site of 400 phones: what an event costs must not grow with the calls it has nothing to do with.
"""

import time
from pathlib import Path

from figures import progress, result

from cti_adapter.connectors.asterisk.recording import Timed, read_recording
from cti_adapter.connectors.asterisk.translate import Tracker
from cti_adapter.domain.agent import Line

TRACES = Path(__file__).parents[1] / "tests" / "traces" / "asterisk"
ROUNDS = 15
STANDING = 200


def recordings() -> list[list[Timed]]:
    found = []
    for path in sorted(TRACES.glob("*.ami.jsonl")):
        with path.open(encoding="utf-8") as lines:
            found.append(list(read_recording(lines)))
    return found


def renamed(messages: list[Timed], mark: str) -> list[Timed]:
    """The same calls with other ids."""
    headers = ("Uniqueid", "Linkedid", "UniqueId")
    return [
        (
            at,
            {
                key: f"{mark}{value}" if key.endswith(headers) and isinstance(value, str) and value else value
                for key, value in message.items()
            },
        )
        for at, message in messages
    ]


def standing_calls(tracker: Tracker) -> None:
    """``STANDING`` talks that are up all the time."""
    for number in range(STANDING):
        phone, trunk, bridge = f"PJSIP/{1000 + number}-{number:08x}", f"PJSIP/trunk-f{number:07x}", f"standing-{number}"
        for name, uid, state in ((trunk, f"t.{number}", "4"), (phone, f"p.{number}", "0")):
            tracker.feed({"Event": "Newchannel", "Channel": name, "Uniqueid": uid, "ChannelState": state}, 0.0)
        ends = {"Channel": trunk, "Uniqueid": f"t.{number}", "DestChannel": phone, "DestUniqueid": f"p.{number}"}
        tracker.feed({"Event": "DialBegin", **ends}, 0.0)
        for name, uid in ((trunk, f"t.{number}"), (phone, f"p.{number}")):
            up = {"Channel": name, "Uniqueid": uid, "ChannelState": "6", "BridgeUniqueid": bridge}
            tracker.feed({"Event": "BridgeEnter", **up}, 0.0)


def measure(busy: bool) -> dict[str, float]:
    extensions = ["101", "102", "103", *(str(1000 + number) for number in range(400))]
    tracker = Tracker("bench", [Line(agent=extension, extension=extension) for extension in extensions])
    if busy:
        standing_calls(tracker)
    rounds = [renamed(messages, f"{index}-") for index in range(ROUNDS) for messages in recordings()]
    count = told = 0
    slowest = 0.0
    begun = time.perf_counter()
    for messages in rounds:
        for at, message in messages:
            before = time.perf_counter()
            told += len(tracker.feed(message, at))
            slowest = max(slowest, time.perf_counter() - before)
            count += 1
    seconds = time.perf_counter() - begun
    return {
        "messages": count,
        "told": told,
        "messages_per_s": round(count / seconds),
        "us_per_message": round(seconds / count * 1e6, 1),
        "slowest_ms": round(slowest * 1e3, 2),
    }


def main() -> None:
    if not any(TRACES.glob("*.ami.jsonl")):
        progress(f"bench_translate: skipped, there are no recordings in {TRACES.name}")
        return
    for bench, busy in (("translate_quiet", False), ("translate_busy", True)):
        result(bench, **measure(busy))


if __name__ == "__main__":
    main()
