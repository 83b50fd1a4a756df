"""How many numbers a second the dial plan explains, as one JSON object a line."""

import time

from figures import milliseconds, result

from cti_adapter.domain.call_center.settings import AdapterSettings
from cti_adapter.domain.dialing import plan_dial

#: What people write in Salesforce: each kind of number takes other rules.
TYPED = (
    "+49 89 1234567",
    "(0)89 / 123 45 67",
    "0049 (0)30 111-222",
    "101",
    "112",
    "*43",
    "tel:+1-415-555-0100;ext=12",
    "+44 20 7946 0958 ext. 7",
    "030 111222, 0171 1234567",
    "1-800-FLOWERS",
    "+390612345678",
    "no number at all",
)
ROUNDS = 300


def main() -> None:
    settings = AdapterSettings(outside_prefix="0", long_distance_prefix="0", international_prefix="00")
    for typed in TYPED:
        plan_dial(typed, settings)  # phonenumbers reads a country's rules at the first use
    times = []
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for typed in TYPED:
            before = time.perf_counter()
            plan_dial(typed, settings)
            times.append(time.perf_counter() - before)
    per_s = round(len(times) / (time.perf_counter() - begun))
    result("dial_plan", numbers=len(times), per_s=per_s, **milliseconds(times))


if __name__ == "__main__":
    main()
