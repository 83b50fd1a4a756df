"""What phone systems show: recognised in every form, withheld when it is, searched by the right keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.application.presenting import present
from cti_adapter.domain.call import Call, CallState, Direction, Party
from cti_adapter.domain.call_center.settings import read_settings
from cti_adapter.domain.numbers.incoming import IncomingProfile, explain_incoming, presented
from cti_adapter.domain.numbers.outgoing import explain_outgoing
from cti_adapter.domain.numbers.patterns import parse_patterns
from cti_adapter.domain.numbers.settings import NumberSettings

OFFICE = NumberSettings("0", "0", "00", "DE", area_code="30")
AMERICAN = NumberSettings("9", "1", "011", "US", area_code="415")


@pytest.mark.parametrize(
    "shown",
    [
        *("+49891234567", "+49 89 1234567", "0049891234567", "49891234567", "0891234567", "891234567", "089/1234567"),
        *("00891234567", "0 089 1234567", "00049891234567", "0+49891234567", "+49 (0)89 1234567"),
        *("sip:+49891234567@pbx.example;user=phone", "sip:%2B49891234567@pbx.example", "tel:+49-89-1234567"),
        *("0891234567@provider.example", "0891234567;phone-context=enterprise", "\u202a+49\u00a089\u20111234567\u202c"),
    ],
)
def test_one_subscriber_in_every_form(shown: str) -> None:
    found = explain_incoming(shown, OFFICE)
    assert (found.e164, found.display, found.internal) == ("+49891234567", "089 1234567", False)
    assert found.dial == "00891234567"
    assert found.lookup[0] == "+49891234567"
    assert "0891234567" in found.lookup


@pytest.mark.parametrize(
    ("settings", "shown", "e164"),
    [
        (OFFICE, "1234567", "+49301234567"),  # a number of the own area
        (OFFICE, "23125000", "+493023125000"),
        (OFFICE, "3023125000", "+493023125000"),  # with the own area code: not a local number that begins like it
        (OFFICE, "14155552671", "+14155552671"),
        (AMERICAN, "5552671", "+14155552671"),
        (AMERICAN, "4155552671", "+14155552671"),
        (AMERICAN, "14155552671", "+14155552671"),
        (AMERICAN, "01149891234567", "+49891234567"),
        (AMERICAN, "901149891234567", "+49891234567"),
        (AMERICAN, "49891234567", "+49891234567"),
        (NumberSettings("", "", "00", "IT"), "0612345678", "+390612345678"),
        (NumberSettings("", "0", "00", "DE"), "0734273830@myprovider.example", "+49734273830"),
    ],
)
def test_numbers_without_all_their_prefixes(settings: NumberSettings, shown: str, e164: str) -> None:
    assert explain_incoming(shown, settings).e164 == e164


@pytest.mark.parametrize(
    "shown",
    ["", " ", "anonymous", "Anonymous@anonymous.invalid", "sip:anonymous@x", "Restricted", "<unknown>", "unavailable"],
)
def test_withheld(shown: str) -> None:
    found = explain_incoming(shown, OFFICE)
    assert (found.e164, found.dial, found.display, found.lookup) == (None, "", "", ())
    assert [rule.rule for rule in found.rules] == ["withheld"]


def test_a_name_is_shown_and_no_number() -> None:
    found = explain_incoming("Vertrieb", OFFICE)
    assert (found.display, found.e164, found.lookup) == ("Vertrieb", None, ())


@pytest.mark.parametrize("shown", ["22", "20155", "*8101", "112"])
def test_colleagues_codes_and_emergency(shown: str) -> None:
    found = explain_incoming(shown, OFFICE)
    assert (found.display, found.e164) == (shown, None)
    assert found.internal is (shown != "112")
    assert found.emergency is (shown == "112")


def test_a_colleague_is_searched_by_the_direct_number() -> None:
    settings = NumberSettings("0", "0", "00", "DE", main_number="+4930123456")
    assert explain_incoming("201", settings).lookup == ("+4930123456201", "201")


def test_a_colleague_by_way_of_the_network() -> None:
    settings = NumberSettings("0", "0", "00", "DE", main_number="+4930123456")
    known = explain_incoming("030123456201", settings, extensions={"201"})
    assert (known.internal, known.dial, known.display) == (True, "201", "030123456201")
    assert not explain_incoming("030123456201", settings).internal  # nobody has said that 201 is an extension


def test_patterns_and_known_extensions_beat_the_length() -> None:
    settings = NumberSettings(
        "0", "0", "00", "DE", force_internal=parse_patterns("77?????"), force_external=parse_patterns("2??")
    )
    assert explain_incoming("7712345", settings).internal
    assert not explain_incoming("234", settings).internal
    assert explain_incoming("1234567", settings, extensions={"1234567"}).internal


# --- head office -----------------------------------------------------------------------------------------------------


def test_the_head_office_of_a_direct_number() -> None:
    found = explain_incoming("+4930123456789", OFFICE)
    assert set(found.probable) < set(found.lookup)
    assert found.lookup[-len(found.probable) :] == found.probable
    # One to three digits cut, alone and with the switchboard's zero, internationally and as dialled within the country.
    assert {"+4930123456", "+493012345678", "+49301234560", "030123456", "0301234560"} <= set(found.probable)
    assert "+4930123450" not in found.probable


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (AMERICAN, "+14155552671"),
        (NumberSettings(country="DE", head_office_digits=0), "+4930123456789"),
        (OFFICE, "+491712345678"),  # a mobile phone has no switchboard
        (OFFICE, "201"),
    ],
)
def test_no_head_office(settings: NumberSettings, shown: str) -> None:
    assert explain_incoming(shown, settings).probable == ()


def test_how_many_digits_are_cut_can_be_set() -> None:
    one = explain_incoming("+4930123456789", NumberSettings(country="DE", head_office_digits=1)).probable
    assert one == ("+4930123456780", "030123456780", "+493012345678", "03012345678")


def test_a_switchboard_is_searched_without_its_zero() -> None:
    assert "+493012345" in explain_outgoing("+49 30 12345-0", OFFICE).lookup


# --- a connector's profile -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "party", "shown", "told"),
    [
        (IncomingProfile(truncate_at="@;"), "caller", "0734273830@provider", "0734273830"),
        (IncomingProfile(truncate_at=";"), "caller", "075255184000;phone-context=enterprise", "075255184000"),
        (IncomingProfile(strip_caller=("0",)), "caller", "00734273830", "0734273830"),
        (IncomingProfile(strip_caller=("0",)), "called", "00734273830", "00734273830"),
        (IncomingProfile(strip_connected=("88", "8")), "connected", "88734273830", "734273830"),
        (IncomingProfile(add_prefix="0"), "caller", "734273830", "0734273830"),
        (IncomingProfile(add_prefix="0"), "caller", "+4930123456", "+4930123456"),
        (IncomingProfile(add_prefix="+"), "caller", "4930123456", "+4930123456"),
        (IncomingProfile(add_prefix="0", strip_caller=("0",)), "caller", "00171234567", "0171234567"),
        (IncomingProfile(strip_caller=("2",), add_prefix="0"), "caller", "201", "201"),  # a colleague
        (IncomingProfile(strip_caller=("2",), longest_internal=2), "caller", "201", "01"),
        (IncomingProfile(truncate_at="@"), "caller", "", ""),
        (IncomingProfile(add_prefix="0"), "caller", "anonymous", "anonymous"),
    ],
)
def test_what_a_connector_undoes(profile: IncomingProfile, party: str, shown: str, told: str) -> None:
    assert presented(shown, party, profile) == told  # type: ignore[arg-type]


def test_a_profile_is_explained() -> None:
    profile = IncomingProfile(strip_caller=("9",), add_prefix="0")
    found = explain_incoming("9734273830", OFFICE, profile=profile)
    assert [rule.rule for rule in found.rules] == ["access_code", "prefix_added", "recognised"]
    assert found.e164 == "+49734273830"


def test_all_parties_of_a_call() -> None:
    call = Call(
        id="pbx-1",
        revision=1,
        device="101",
        direction=Direction.INBOUND,
        role="called",
        state=CallState.ALERTING,
        started_at=1.0,
        caller=Party(number="0030123456", name="Anna"),
        called=Party(number="101"),
        parties=(Party(number="0030999999"),),
        transferred_from=Party(number="102"),
    )
    profile = IncomingProfile(strip_caller=("0",), strip_connected=("00",))
    told = present(call, profile)
    assert (told.caller, told.called, told.parties) == (
        Party(number="030123456", name="Anna"),
        Party(number="101"),
        (Party(number="30999999"),),
    )
    assert told.transferred_from == Party(number="102")
    assert present(call, IncomingProfile()) is call


# --- properties ------------------------------------------------------------------------------------------------------

SHOWN = st.text(max_size=40) | st.text(alphabet="0123456789+*#()-/ .x@;sip:", max_size=30)
SETTINGS = st.sampled_from([OFFICE, AMERICAN, NumberSettings("", "", "00", "IT"), NumberSettings(country="XX")])


@given(SHOWN, SETTINGS)
def test_whatever_is_shown_is_explained(shown: str, settings: NumberSettings) -> None:
    found = explain_incoming(shown, settings)
    text = shown.strip()
    for rule in found.rules:
        assert rule.before == text
        text = rule.after
    assert len(set(found.lookup)) == len(found.lookup)
    assert set(found.probable) <= set(found.lookup)


@given(SHOWN, SETTINGS)
def test_explaining_the_result_changes_nothing(shown: str, settings: NumberSettings) -> None:
    found = explain_incoming(shown, settings)
    if found.e164 is not None:
        again = explain_incoming(found.e164, settings)
        assert (again.e164, again.dial, again.display) == (found.e164, found.dial, found.display)


def test_settings_as_an_admin_writes_them() -> None:
    settings = read_settings({"/reqDialingOptions/reqOutsidePrefix": "0", "/ctiNumbers/country": "DE"}).settings
    assert explain_incoming("00891234567", settings).e164 == "+49891234567"
