"""From what a phone system shows of a caller (or of a called or connected party) to a number that can be searched.

Phone systems and networks present the same subscriber as ``+4989…``, ``004989…``, ``4989…``, ``089…``, ``89…``, or
behind the outside prefix. What a connector is known to add or to leave out is its ``IncomingProfile``; the rest is
decided by the numbering plan, and told as uncertain where two readings remain. What records hold is never touched.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from . import kinds, lookup, notation, reading
from .explanation import Draft, Explanation, RuleApplied
from .forming import dialled
from .numbering import LONGEST_LOCAL, NANP, Number, from_idd, from_international, from_national, is_mobile, is_valid
from .settings import LONGEST_INTERNAL, NumberSettings

Party = Literal["caller", "called", "connected", "forwarded"]
PARTIES: tuple[Party, ...] = ("caller", "called", "connected", "forwarded")
#: What phone systems show instead of a number that was withheld (RFC 3323, 4.1.1.3; names in use).
WITHHELD = frozenset(
    (
        *("anonymous", "anonym", "unknown", "unbekannt", "unavailable", "restricted", "private", "withheld"),
        *("asserted", "blocked", "none", "null", "<unknown>"),
    )
)


@dataclass(frozen=True, slots=True)
class IncomingProfile:
    """What one connector's phone system does to numbers; applied to external numbers only, first of all."""

    truncate_at: str = ""
    """Characters from which on the rest is cut, such as ``@;``."""
    strip_caller: tuple[str, ...] = ()
    strip_called: tuple[str, ...] = ()
    strip_connected: tuple[str, ...] = ()
    strip_forwarded: tuple[str, ...] = ()
    """Prefixes, longest first, of which the first that fits is taken away, by party."""
    longest_internal: int = LONGEST_INTERNAL
    """Digits up to which a number is an extension, which is never touched."""
    add_prefix: str = ""
    """Put in front of digits that do not begin with it: ``0`` makes ``089…`` of ``89…``, and ``+`` ``+4989…``."""

    def stripped(self, party: Party) -> tuple[str, ...]:
        """The prefixes of ``party``."""
        found: tuple[str, ...] = getattr(self, f"strip_{party}")
        return found


NO_PROFILE = IncomingProfile()
_LONGEST_LANDLINE = 10


def explain_incoming(
    shown: str,
    settings: NumberSettings,
    *,
    party: Party = "caller",
    profile: IncomingProfile = NO_PROFILE,
    extensions: Collection[str] = (),
) -> Explanation:
    """What ``shown`` is, and what to search by. Never raises; ``dial`` is what would call the number back."""
    draft = Draft(shown, settings, extensions)
    for rule in _rules(party, profile):
        rule(draft)
        if draft.done:
            break
    found = draft.finished(*lookup.keys(draft, head_office=True))
    number = None if draft.internal or draft.emergency else draft.certain()
    return found if number is None else replace(found, dial=dialled(number, settings))


def presented(shown: str, party: Party, profile: IncomingProfile) -> str:
    """``shown`` after the rules of ``profile``, in which a connector tells it to everybody else."""
    if profile == NO_PROFILE:
        return shown
    draft = Draft(shown, NumberSettings())
    for rule in (_truncate(profile), _strip(profile, party), _add(profile)):
        rule(draft)
    return draft.text


def _rules(party: Party, profile: IncomingProfile) -> tuple[Callable[[Draft], None], ...]:
    connector = (_truncate(profile), _strip(profile, party), _add(profile)) if profile != NO_PROFILE else ()
    return (*_READING, *connector, *_RECOGNISING)


# --- what the connector is known to do -------------------------------------------------------------------------------


def _truncate(profile: IncomingProfile) -> Callable[[Draft], None]:
    def truncate(draft: Draft) -> None:
        for char in profile.truncate_at:
            head = draft.text.partition(char)[0]
            if head:
                draft.change(head, "truncated", f"this connector's numbers end at {char}")

    return truncate


def _strip(profile: IncomingProfile, party: Party) -> Callable[[Draft], None]:
    prefixes = profile.stripped(party)

    def strip(draft: Draft) -> None:
        for prefix in prefixes:
            rest = draft.text[len(prefix) :]
            if prefix and draft.text.startswith(prefix) and len(draft.text) > profile.longest_internal and rest:
                draft.change(rest, "access_code", f"this connector puts {prefix} in front of a {party}'s number")
                return

    return strip


def _add(profile: IncomingProfile) -> Callable[[Draft], None]:
    prefix = profile.add_prefix

    def add(draft: Draft) -> None:
        bare = draft.text.isdecimal() and len(draft.text) > profile.longest_internal
        if prefix and bare and not draft.text.startswith(prefix):
            draft.change(prefix + draft.text, "prefix_added", f"this connector leaves {prefix} away")

    return add


# --- what it is ------------------------------------------------------------------------------------------------------


def _withheld(draft: Draft) -> None:
    """``anonymous`` and the like are no numbers, and nobody is to be found by them."""
    text = draft.text.casefold().partition("@")[0].removeprefix("sip:").strip('"<> ')
    if not text or text in WITHHELD:
        draft.rules.append(RuleApplied("withheld", "the caller's number is not shown", draft.text, ""))
        draft.text, draft.shown, draft.done = "", "", True


def _stay_unread(draft: Draft) -> None:
    """What holds other signs than a number is shown as it came."""
    if not notation.is_dialable(draft.text):
        draft.shown, draft.done = draft.typed.strip(), True
        draft.note("not_understood", f"{notation.shortened(draft.shown)!r} is no telephone number.")


def _keep_emergency(draft: Draft) -> None:
    if kinds.is_emergency(draft.text, draft):
        draft.decide("emergency", "an emergency number")
        draft.emergency = draft.done = True


def _keep_short_codes(draft: Draft) -> None:
    if draft.plan.is_short_code(draft.text):
        draft.decide("short_code", "a public service number")
        draft.done = True


def _drop_outside_prefix(draft: Draft) -> None:
    """Many phone systems show the digits to call back, outside prefix and all.

    The same digits may be two numbers: ``00151…`` is a German mobile behind ``0``, or one of Texas. In doubt they are
    the number as it stands, and the other reading is searched, too.
    """
    prefix, rest = draft.settings.outside_prefix, kinds.behind_prefix(draft)
    behind = _valid(_read(rest, draft)) if rest else None
    if behind is None:
        return
    whole = _valid(_read(draft.text, draft))
    if whole is None or _is_too_long(whole, behind):
        draft.change(rest, "outside_prefix_typed", f"{prefix} in front is the outside prefix")
        draft.candidates = (whole,) if whole is not None else ()
    elif whole != behind:
        draft.candidates = (behind,)


def _is_too_long(whole: Number, behind: Number) -> bool:
    """Where area codes keep their zero (Italy), 031… and 0 before 31… are both at home; landlines have ten digits."""
    both_own = whole.country_code == behind.country_code
    return both_own and is_mobile(behind) and len(whole.national) > _LONGEST_LANDLINE


def _read(digits: str, draft: Draft) -> Number | None:
    number = from_idd(digits, draft.plan) or from_national(digits, draft.plan)
    prefix = draft.settings.international_prefix
    if number is None and prefix and digits.startswith(prefix):
        return from_international(digits[len(prefix) :])
    return number


def _recognise(draft: Draft) -> None:
    """The first reading that makes a number: with its prefix, with a country code, without trunk prefix, local."""
    text, plan = draft.text, draft.plan
    if text.startswith("+"):
        draft.number = from_international(text[1:])
        _decide(draft, "recognised", "country code and number")
        return
    number = _read(text, draft)
    if number is not None:
        draft.number = number
        _decide(draft, "recognised", f"a number as dialled in {plan.region}")
        return
    readings = [(rule, why, found) for rule, why, found in _bare_readings(draft) if found is not None]
    if not readings:
        return
    rule, why, draft.number = readings[0]
    draft.candidates += tuple(found for _, _, found in readings[1:] if found != draft.number)
    draft.change(draft.number.e164, rule, why)
    if len(readings) > 1:
        draft.note("uncertain", f"{notation.shortened(text)} may be another number, too: {why}.")


def _bare_readings(draft: Draft) -> list[tuple[str, str, Number | None]]:
    """All that digits without any prefix may mean, likeliest first."""
    text, plan, area = draft.text, draft.plan, draft.settings.area_code
    own_code = bool(plan.country_code) and text.startswith(plan.country_code)
    with_code = _valid(from_international(text)) if len(text) > LONGEST_LOCAL else None
    without_trunk = _valid(from_national(plan.trunk + text, plan)) if plan.trunk and plan.country_code != NANP else None
    local = _valid(from_national(plan.trunk + area + text, plan)) if area and len(text) <= LONGEST_LOCAL else None
    coded = ("country_code_without_plus", "begins with a country code", with_code)
    bare = ("missing_trunk", f"{plan.trunk} in front of the area code is missing", without_trunk)
    nearby = ("local_area_code", f"a number of the own area code {area}", local)
    if own_code or draft.settings.country_code_first:
        return [coded, bare, nearby]
    # Networks show area codes; a number that is short and does not begin with the own one has none.
    short = len(text) < LONGEST_LOCAL and not (area and text.startswith(area))
    return [nearby, bare, coded] if short else [bare, nearby, coded]


def _valid(number: Number | None) -> Number | None:
    return number if number is not None and is_valid(number) else None


def _decide(draft: Draft, rule: str, why: str) -> None:
    if draft.number is not None and draft.text != draft.number.e164:
        draft.change(draft.number.e164, rule, why)
    elif draft.number is not None:
        draft.decide(rule, why)


def _keep_own_direct_numbers(draft: Draft) -> None:
    """A colleague's call that comes in by way of the public network."""
    extension = kinds.own_extension(draft)
    if extension:
        draft.change(extension, "own_direct_number", "a direct number of the own main number")
        draft.internal = draft.done = True


_READING: tuple[Callable[[Draft], None], ...] = (
    reading.refuse_unusable,
    _withheld,
    reading.read_characters,
    reading.read_uri,
    reading.cut_domain,
)
_RECOGNISING: tuple[Callable[[Draft], None], ...] = (
    reading.split_extension,
    reading.drop_bracketed_trunk,
    reading.drop_separators,
    reading.drop_prefix_before_plus,
    _stay_unread,
    _keep_emergency,
    kinds.keep_star_codes,
    kinds.force_kind,
    kinds.keep_known_extensions,
    _keep_short_codes,
    kinds.keep_extensions,
    _drop_outside_prefix,
    _recognise,
    _keep_own_direct_numbers,
)
