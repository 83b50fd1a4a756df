"""How many numbers a second are explained, in both directions and by how much more than ``phonenumbers`` alone parses.

One JSON object a line. Numbers differ from round to round, so that nothing could be remembered.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

import phonenumbers
from figures import milliseconds, result
from phonenumbers import PhoneNumberFormat

from cti_adapter.domain.numbers.incoming import explain_incoming
from cti_adapter.domain.numbers.outgoing import explain_outgoing
from cti_adapter.domain.numbers.settings import NumberSettings

#: What people write in Salesforce: each kind of number takes other rules.
TYPED = (
    "+49 89 12{:05}",
    "(0)89 / 12{:05}",
    "0049 (0)30 111-{:05}",
    "101",
    "112",
    "*43",
    "tel:+1-415-55{:05};ext=12",
    "+44 20 79{:05}6 ext. 7",
    "030 11{:05}, 0171 11{:05}",
    "1-800-FLOWERS",
    "+3906123{:05}",
    "no number at all",
)
#: What phone systems show.
SHOWN = (
    "+498912{:05}",
    "08912{:05}",
    "008912{:05}",
    "498912{:05}",
    "00331990{:05}",
    "101",
    "anonymous",
    "sip:+141555{:05}@example.com",
)
ROUNDS = 1000
SETTINGS = NumberSettings("0", "0", "00", "DE")


def numbers(forms: tuple[str, ...]) -> Iterator[str]:
    return (form.format(*[10_000 + number] * form.count("{")) for number in range(ROUNDS) for form in forms)


def measure(bench: str, forms: tuple[str, ...], explain: Callable[[str], object]) -> float:
    for form in forms:
        explain(form.format(*[1] * form.count("{")))  # metadata are read at the first use of a country
    times = []
    begun = time.perf_counter()
    for number in numbers(forms):
        before = time.perf_counter()
        explain(number)
        times.append(time.perf_counter() - before)
    per_s = len(times) / (time.perf_counter() - begun)
    result(bench, numbers=len(times), per_s=round(per_s), **milliseconds(times))
    return per_s


def library_alone(text: str) -> None:
    """What a product does that leaves numbers to the library: parse, check, two forms."""
    with contextlib.suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(text, "DE")
        phonenumbers.is_valid_number(number)
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def main() -> None:
    outgoing = measure("explain_outgoing", TYPED, lambda number: explain_outgoing(number, SETTINGS))
    alone = measure("phonenumbers_alone", TYPED, library_alone)
    result("explain_outgoing_ratio", to_phonenumbers_alone=round(outgoing / alone, 2))
    incoming = measure("explain_incoming", SHOWN, lambda number: explain_incoming(number, SETTINGS))
    alone = measure("phonenumbers_alone_shown", SHOWN, library_alone)
    result("explain_incoming_ratio", to_phonenumbers_alone=round(incoming / alone, 2))


if __name__ == "__main__":
    main()
