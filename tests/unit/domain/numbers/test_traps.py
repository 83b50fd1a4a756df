"""Texts that libraries and products are known to get wrong; each is dialled right here, or said to be no number."""

import pytest

from cti_adapter.domain.numbers.outgoing import explain_outgoing
from cti_adapter.domain.numbers.patterns import parse_patterns
from cti_adapter.domain.numbers.settings import DialFormat, NumberSettings

DE = NumberSettings("", "0", "00", "DE")
OFFICE = NumberSettings("0", "0", "00", "DE")
US = NumberSettings("9", "1", "011", "US")
IT = NumberSettings("0", "", "00", "IT")
MUNICH = NumberSettings("0", "0", "00", "DE", area_code="89")


@pytest.mark.parametrize(
    ("settings", "typed", "dial", "e164"),
    [
        # phonenumbers alone: +49 490345279580, +49 491773333333, +49 891234567633799, +49 89 123456712
        (DE, "49(0)345279580", "0345279580", "+49345279580"),
        (DE, "491773333333", "01773333333", "+491773333333"),
        (DE, "+49 89 1234567 oder 99", "+49 89 1234567 oder 99", None),
        (DE, "089 1234567 DW 12", "0891234567", "+49891234567"),
        # an outside prefix that was typed along
        (OFFICE, "0 089 1234567", "00891234567", "+49891234567"),
        (US, "9 011 49 89 1234567", "901149891234567", "+49891234567"),
        (OFFICE, "0+49891234567", "00891234567", "+49891234567"),
        (OFFICE, "0 0431 5551234", "004315551234", "+494315551234"),
        # never off a number with +
        (US, "+91 98765 43210", "9011919876543210", "+919876543210"),
        # another country's prefix for abroad
        (US, "0049891234567", "90049891234567", None),
        # letters
        (US, "1-800-FLOWERS", "918003569377", "+18003569377"),
        (OFFICE, "+1 800 GOFEDEX", "00018004633339", "+18004633339"),
        (DE, "1-800-FLOWERS", "1-800-FLOWERS", None),
        (US, "call me", "", None),
        # a word for an extension, and none behind it
        (OFFICE, "089 1234567 ext.", "00891234567", "+49891234567"),
        # links
        (DE, "sip:+4989123456@pbx.example", "089123456", "+4989123456"),
        (DE, "sip:0734273830@provider.example", "0734273830", "+49734273830"),
        (DE, "0734273830@provider.example", "0734273830", "+49734273830"),
        (DE, "anna@acme.example", "", None),
        (DE, "anna1@acme.example", "anna1@acme.example", None),
        # the zero of +49 (0), and Italy's, which stays
        (OFFICE, "+49 (0)89 123456", "0089123456", "+4989123456"),
        (IT, "+39 (0)6 1234567", "0061234567", "+39061234567"),
        (OFFICE, "+39 06 12345678", "000390612345678", "+390612345678"),
        # without the own area code, and a first zero that a spreadsheet has eaten
        (MUNICH, "1234567", "00891234567", "+49891234567"),
        (OFFICE, "1712345678", "001712345678", "+491712345678"),
        # numbers beside words
        (OFFICE, "Tel.: 089 1234567", "00891234567", "+49891234567"),
        (OFFICE, "Mobil 0171 2345678", "001712345678", "+491712345678"),
        (OFFICE, "089 1234567 (Empfang)", "00891234567", "+49891234567"),
        # an extension alone
        (OFFICE, "DW 22", "22", None),
    ],
)
def test_dialled_right(settings: NumberSettings, typed: str, dial: str, e164: str | None) -> None:
    found = explain_outgoing(typed, settings)
    assert (found.dial, found.e164) == (dial, e164)


@pytest.mark.parametrize("typed", ["110", "112", "0110", "0112", "0-112", "911", "0911", "999"])
def test_emergency_before_and_after_the_outside_prefix(typed: str) -> None:
    found = explain_outgoing(typed, OFFICE)
    assert (found.emergency, found.dial) == (True, typed.replace("-", ""))


def test_emergency_behind_another_prefix_and_of_the_site() -> None:
    assert explain_outgoing("9911", US).emergency
    assert not explain_outgoing("9911", OFFICE).emergency
    site = NumberSettings("0", "0", "00", "DE", emergency_numbers=("4444",), longest_internal=3)
    assert explain_outgoing("4444", site).emergency


def test_no_rule_stands_in_the_way_of_an_emergency_number() -> None:
    everything = parse_patterns("*")
    settings = NumberSettings("0", "0", "00", "DE", force_internal=everything, force_external=everything)
    found = explain_outgoing("112", settings, record_country="FR", extensions={"112"})
    assert (found.emergency, found.dial, found.problems) == (True, "112", ())


@pytest.mark.parametrize("typed", ["115", "116117", "11833", "0115", "0116117"])
def test_service_numbers_pass_and_are_no_extensions(typed: str) -> None:
    found = explain_outgoing(typed, OFFICE)
    assert (found.dial, found.internal, found.e164) == (typed, False, None)


def test_service_numbers_get_the_prefix_where_the_site_needs_it() -> None:
    site = NumberSettings("0", "0", "00", "DE", short_code_with_outside_prefix=True)
    assert explain_outgoing("116117", site).dial == "0116117"
    assert explain_outgoing("0116117", site).dial == "0116117"


@pytest.mark.parametrize("between", [" / ", "; ", " | ", " or ", " oder ", ", "])
def test_two_numbers_are_a_choice(between: str) -> None:
    found = explain_outgoing(f"089 1234567{between}0171 2345678", OFFICE)
    assert found.alternatives == ("089 1234567", "0171 2345678")
    assert found.dial == "00891234567"


def test_two_numbers_of_which_one_has_a_remark() -> None:
    found = explain_outgoing("089 1234567 (Zentrale) / 0171 2345678", OFFICE)  # phonenumbers alone: too long
    assert (found.dial, found.alternatives[1]) == ("00891234567", "0171 2345678")


def test_internal_and_external_by_pattern_and_by_what_the_phone_system_knows() -> None:
    internal, external = parse_patterns("77*"), parse_patterns("^2")
    settings = NumberSettings(
        "0", "0", "00", "DE", longest_internal=3, force_internal=internal, force_external=external
    )
    assert explain_outgoing("7712345", settings).internal
    assert explain_outgoing("234", settings).dial == "0234"
    assert explain_outgoing("345", settings).internal
    assert explain_outgoing("3456", settings).dial == "03456"
    assert explain_outgoing("3456", settings, extensions={"3456"}).dial == "3456"


def test_a_colleagues_direct_number_is_dialled_inside() -> None:
    settings = NumberSettings("0", "0", "00", "DE", main_number="+4989123456", shortest_internal=2, longest_internal=3)
    assert explain_outgoing("+49 89 123456-22", settings).dial == "22"
    assert explain_outgoing("+49 89 123456-0", settings).dial == "00891234560"
    assert explain_outgoing("+49 89 123456", settings).dial == "0089123456"
    unsaid = NumberSettings("0", "0", "00", "DE", main_number="+4989123456")
    assert explain_outgoing("+49 89 123456-22", unsaid).dial == "008912345622"
    assert explain_outgoing("+49 89 123456-22", unsaid, extensions={"22"}).dial == "22"


@pytest.mark.parametrize(
    ("dial_format", "own", "typed", "dial"),
    [
        ("national", True, "+49 89 1234567", "00891234567"),
        ("international", True, "089 1234567", "00049891234567"),
        ("plus", True, "089 1234567", "+49891234567"),
        ("plus", True, "201", "201"),
        ("national", False, "+49 89 1234567", "01234567"),
        ("national", False, "1234567", "01234567"),
        ("national", False, "030 1234567", "00301234567"),
    ],
)
def test_forms(dial_format: DialFormat, own: bool, typed: str, dial: str) -> None:
    settings = NumberSettings("0", "0", "00", "DE", area_code="89", dial_format=dial_format, dial_own_area_code=own)
    found = explain_outgoing(typed, settings)
    assert (found.dial, found.problems) == (dial, ())


def test_seven_digits_in_north_america() -> None:
    settings = NumberSettings("9", "1", "011", "US", area_code="415", dial_own_area_code=False)
    assert explain_outgoing("+1 415 555 2671", settings).dial == "95552671"
    assert explain_outgoing("555-2671", settings).dial == "95552671"
    assert explain_outgoing("+1 407 555 2671", settings).dial == "914075552671"


def test_the_country_of_the_record() -> None:
    found = explain_outgoing("01 99 00 12 35", OFFICE, record_country="fr")
    assert (found.dial, found.e164) == ("00033199001235", "+33199001235")
    assert explain_outgoing("0171 2345678", OFFICE, record_country="US").e164 == "+491712345678"  # none there
    assert explain_outgoing("+49 89 1234567", OFFICE, record_country="FR").e164 == "+49891234567"
    assert explain_outgoing("112", OFFICE, record_country="FR").emergency
    assert explain_outgoing("201", OFFICE, record_country="FR").internal


def test_data_that_begin_with_a_country_code() -> None:
    settings = NumberSettings("0", "0", "00", "DE", country_code_first=True)
    assert explain_outgoing("33199001235", settings).e164 == "+33199001235"
    assert explain_outgoing("33199001235", OFFICE).e164 == "+4933199001235"  # Potsdam without its first zero
