"""All countries' example numbers, from an office in each of seven countries: dialled so that the network understands
them, and known again when they come back in any form."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from cti_adapter.domain.call_center.settings import read_settings
from cti_adapter.domain.numbers.incoming import explain_incoming
from cti_adapter.domain.numbers.numbering import NumberingPlan, from_international, is_valid, plan_of
from cti_adapter.domain.numbers.outgoing import explain_outgoing
from cti_adapter.domain.numbers.settings import NumberSettings

COUNTRIES = ("DE", "AT", "CH", "GB", "FR", "IT", "US")
OUTSIDE = {"US": "9", "GB": "9"}


def examples() -> dict[str, str]:
    """Region and kind -> E.164, of all regions that the library knows."""
    found = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                found[f"{region}-{kind}"] = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return found


EXAMPLES = examples()


def office(country: str, outside: str) -> NumberSettings:
    reading = read_settings({"/reqDialingOptions/reqOutsidePrefix": outside, "/ctiNumbers/country": country})
    assert reading.problems == ()
    return reading.settings


def network(dialled: str, outside: str, plan: NumberingPlan) -> str:
    """What the public network makes of the digits that leave the office (ITU-T E.164, national plans)."""
    assert dialled.startswith(outside)
    digits = dialled.removeprefix(outside)
    assert digits.isdecimal()
    if digits.startswith(plan.international_prefix):
        return "+" + digits.removeprefix(plan.international_prefix)
    assert digits.startswith(plan.trunk)
    return f"+{plan.country_code}{digits.removeprefix(plan.trunk)}"


def test_there_are_examples_of_all_the_world() -> None:
    assert len(EXAMPLES) > 400


@pytest.mark.parametrize("dial_format", ["national", "international"])
@pytest.mark.parametrize("outside", ["", "0", "9"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_all_the_world_is_dialled_so_that_the_network_understands(country: str, outside: str, dial_format: str) -> None:
    raw = {
        "/reqDialingOptions/reqOutsidePrefix": outside,
        "/ctiNumbers/country": country,
        "/ctiNumbers/dialFormat": dial_format,
    }
    settings, plan = read_settings(raw).settings, plan_of(country)
    for e164 in EXAMPLES.values():
        plan_made = explain_outgoing(e164, settings)
        assert network(plan_made.dial, outside, plan) == e164
        assert (plan_made.e164, plan_made.internal, plan_made.problems) == (e164, False, ())


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_was_dialled_explained_again_changes_nothing(country: str) -> None:
    """The result (E.164, or what is shown) leads to the same digits again; so do digits that are not two numbers.

    ``0`` + ``0431 …`` (Kiel behind an outside prefix) are the same digits as ``0043 1 …`` (Vienna): in doubt they are
    the number as it stands, which is Vienna.
    """
    settings = office(country, "0")
    for e164 in EXAMPLES.values():
        once = explain_outgoing(e164, settings)
        assert explain_outgoing(once.e164 or "", settings).dial == once.dial
        assert explain_outgoing(once.display, settings).dial == once.dial
        again = explain_outgoing(once.dial, settings)
        assert again.dial == once.dial or again.e164 != e164


@pytest.mark.parametrize("country", COUNTRIES)
def test_callers_are_known_again_in_every_form(country: str) -> None:
    outside = OUTSIDE.get(country, "0")
    settings, plan = office(country, outside), plan_of(country)
    unknown = []
    for e164 in EXAMPLES.values():
        parsed = phonenumbers.parse(e164)
        shown = [
            e164,
            phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
            plan.international_prefix + e164[1:],
            outside + explain_outgoing(e164, office(country, "")).dial,
            outside + plan.international_prefix + e164[1:],
            outside + e164,
        ]
        if str(parsed.country_code) == plan.country_code:
            national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
            shown += [national, "".join(filter(str.isdecimal, national))]
        unknown += [(form, e164) for form in shown if explain_incoming(form, settings).e164 != e164]
    # Two numbers with the same digits: neither reading can be called wrong, and both are searched.
    for form, e164 in unknown:
        read = explain_incoming(form, settings)
        assert e164 in read.lookup
        number = from_international((read.e164 or "")[1:])
        assert number is not None
        assert is_valid(number)
    assert [form for form, _ in unknown] == (["0015123456789"] if country == "DE" else [])
