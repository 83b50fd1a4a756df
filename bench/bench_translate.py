"""How many AMI messages a second the Asterisk tracker takes, one JSON object a line (see ``asterisk_translate``)."""

from asterisk_translate import TRACES, measure
from figures import progress, result


def main() -> None:
    if not any(TRACES.glob("*.ami.jsonl")):
        progress(f"bench_translate: skipped, there are no recordings in {TRACES.name}")
        return
    for bench, busy in (("translate_quiet", False), ("translate_busy", True)):
        result(bench, **measure(busy))


if __name__ == "__main__":
    main()
