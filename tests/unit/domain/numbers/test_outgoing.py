"""What is dialled for what was typed: prefixes, numbers that are never touched, notations, nothing lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.numbers.explanation import Explanation
from cti_adapter.domain.numbers.outgoing import explain_outgoing, explain_raw
from cti_adapter.domain.numbers.reading import MAX_TYPED
from cti_adapter.domain.numbers.settings import NumberSettings

NONE = NumberSettings()
GERMAN = NumberSettings("", "0", "00")
OFFICE = NumberSettings("0", "0", "00")
AMERICAN = NumberSettings("9", "1", "011", "US")
#: The values of Salesforce's sample definition.
SAMPLE = NumberSettings("9", "1", "01", "US")


@pytest.mark.parametrize(
    ("settings", "typed", "dial"),
    [
        # outside prefix, long distance, international
        (OFFICE, "089 1234567", "00891234567"),
        (OFFICE, "+49 89 1234567", "00891234567"),
        (OFFICE, "0049 89 1234567", "00891234567"),
        (OFFICE, "+1 415 555 2671", "00014155552671"),
        (OFFICE, "001 415 555 2671", "00014155552671"),
        (OFFICE, "1234567", "01234567"),
        (GERMAN, "+49 89 1234567", "0891234567"),
        (GERMAN, "+33 1 23 45 67 89", "0033123456789"),
        (GERMAN, "089 1234567", "0891234567"),
        (NONE, "+49 89 1234567", "+49891234567"),
        (NONE, "089 1234567", "0891234567"),
        (AMERICAN, "(415) 555-2671", "914155552671"),
        (AMERICAN, "1 415 555 2671", "914155552671"),
        (AMERICAN, "+1 415 555 2671", "914155552671"),
        (AMERICAN, "555-1212", "95551212"),
        (AMERICAN, "+49 89 1234567", "901149891234567"),
        (SAMPLE, "(415) 555-1212", "914155551212"),
        (SAMPLE, "+49 89 1234567", "90149891234567"),
        # a carrier's code in front of the trunk prefix; a prefix that is not the country's
        (NumberSettings("0", "010330", "00"), "089 1234567", "0010330891234567"),
        (NumberSettings("0", "7", "00"), "+49 89 1234567", "00049891234567"),
        (NumberSettings("0", "7", "00"), "089 1234567", "00891234567"),
        # a country without trunk prefix
        (NumberSettings("0", "", "00", "IT"), "06 1234567", "0061234567"),
        (NumberSettings("0", "", "00", "IT"), "+39 06 1234567", "0061234567"),
        # another country's prefix for abroad
        (NumberSettings("", "0", "010", "DE"), "+1 415 555 2671", "01014155552671"),
        (NumberSettings("", "0", "010", "DE"), "010 1 415 555 2671", "01014155552671"),
    ],
)
def test_prefixes(settings: NumberSettings, typed: str, dial: str) -> None:
    plan = explain_outgoing(typed, settings)
    assert (plan.dial, plan.problems) == (dial, ())
    assert not plan.internal
    assert not plan.emergency


@pytest.mark.parametrize(
    ("settings", "typed", "dial"),
    [
        (OFFICE, "0 089 1234567", "00891234567"),
        (OFFICE, "0-0171 2345678", "001712345678"),
        (OFFICE, "0+49 89 1234567", "00891234567"),
        (OFFICE, "0 00 1 415 555 2671", "00014155552671"),
        (AMERICAN, "9 1 407 555 2671", "914075552671"),
        (AMERICAN, "9 407 555 2671", "914075552671"),
        (AMERICAN, "9 011 49 89 1234567", "901149891234567"),
    ],
)
def test_an_outside_prefix_that_was_typed_is_not_put_twice(settings: NumberSettings, typed: str, dial: str) -> None:
    plan = explain_outgoing(typed, settings)
    assert plan.dial == dial
    assert "outside_prefix_typed" in [rule.rule for rule in plan.rules]
    assert plan.e164 is not None


@pytest.mark.parametrize(
    ("settings", "typed", "dial"),
    [
        (OFFICE, "0089 12345678901234", "0008912345678901234"),  # neither reading is a number: nothing is taken away
        (AMERICAN, "941 555 2671", "919415552671"),  # begins with 9, and is a number of Florida
        (OFFICE, "0043 1 5123456", "0004315123456"),  # Vienna from abroad, not 0 and 043…
    ],
)
def test_in_doubt_the_digits_are_the_number(settings: NumberSettings, typed: str, dial: str) -> None:
    assert explain_outgoing(typed, settings).dial == dial


@pytest.mark.parametrize("settings", [NONE, OFFICE, AMERICAN])
@pytest.mark.parametrize("typed", ["110", "112", "911", "999", "1-1-2", "tel:112", " 112 "])
def test_emergency_numbers_are_never_altered(settings: NumberSettings, typed: str) -> None:
    plan = explain_outgoing(typed, settings)
    assert plan.emergency
    assert plan.dial == "".join(filter(str.isdigit, typed))
    assert plan.problems == ()


def test_emergency_numbers_of_the_country() -> None:
    assert explain_outgoing("000", NumberSettings(country="AU")).emergency
    assert not explain_outgoing("000", GERMAN).emergency


@pytest.mark.parametrize(("settings", "typed"), [(OFFICE, "0112"), (OFFICE, "0-112"), (AMERICAN, "9911")])
def test_an_emergency_number_typed_behind_the_outside_prefix_stays(settings: NumberSettings, typed: str) -> None:
    plan = explain_outgoing(typed, settings)
    assert (plan.emergency, plan.dial) == (True, typed.replace("-", ""))


def test_emergency_numbers_get_the_outside_prefix_where_a_setting_asks_for_it() -> None:
    settings = NumberSettings("0", "0", "00", emergency_with_outside_prefix=True)
    assert explain_outgoing("112", settings).dial == "0112"
    assert explain_outgoing("0112", settings).dial == "0112"


@pytest.mark.parametrize("typed", ["1", "201", "20155", "*43#", "#31#", "*72089123456", "**21*0171#"])
@pytest.mark.parametrize("settings", [NONE, OFFICE, AMERICAN])
def test_extensions_and_star_codes_are_never_altered(settings: NumberSettings, typed: str) -> None:
    plan = explain_outgoing(typed, settings)
    assert (plan.dial, plan.internal, plan.e164) == (typed, True, None)
    assert [rule.rule for rule in plan.rules] == ["feature_code" if set("*#") & set(typed) else "internal_length"]


def test_the_longest_extension_can_be_set() -> None:
    assert explain_outgoing("201555", NumberSettings("0", longest_internal=6)).dial == "201555"
    assert explain_outgoing("201555", NumberSettings("0")).dial == "0201555"


@pytest.mark.parametrize(
    ("typed", "dial"),
    [
        ("+49 (0)89 123456", "089123456"),
        ("+49(0)89-123.456", "089123456"),
        ("0049 (0) 89 123456", "089123456"),
        ("49(0)345279580", "0345279580"),  # the library alone makes +49 490345… of it
        ("+39 (0)6 1234567", "0039061234567"),  # in Italy the zero belongs to the number
        ("033432/123456", "033432123456"),
        ("030/ 23125-000", "03023125000"),
        ("+49\u00a089\u2011123456", "089123456"),
        ("\u202a+49 89 123456\u202c", "089123456"),
        ("'089123456", "089123456"),
        ("٠٨٩١٢٣٤٥٦", "089123456"),
        ("０８９１２３４５６", "089123456"),
        ("＋49 89 123456", "089123456"),
        ("tel:+49-89-123456", "089123456"),
        ("TEL:%2B4989123456", "089123456"),
        ("tel:123456;phone-context=+4989", "089123456"),
        ("tel:201;phone-context=example.com", "201"),
        ("callto://+4989123456", "089123456"),
        ("sip:201@pbx.example", "201"),
        ("sips:+4989123456:5061@pbx.example;user=phone", "089123456"),
    ],
)
def test_notations(typed: str, dial: str) -> None:
    plan = explain_outgoing(typed, GERMAN)
    assert (plan.dial, plan.problems) == (dial, ())


@pytest.mark.parametrize(
    ("typed", "dial", "error_id"),
    [
        ("089 1234567 / 0171 2345678", "0891234567", "several_numbers"),
        ("089 1234567 oder 0171 2345678", "0891234567", "several_numbers"),
        ("089 1234567, 0171 2345678", "0891234567", "several_numbers"),
        # dialled as typed
        ("+49 89 1234567 oder 99", "+49 89 1234567 oder 99", "not_understood"),
        (" 1-800-FLOWERS ", "1-800-FLOWERS", "not_understood"),
        ("+999 12345678", "+999 12345678", "not_understood"),
        ("12+34", "12+34", "not_understood"),
        ("00999123456", "00999123456", "unknown_number"),
        # a guess that is told
        ("491773333333", "01773333333", "uncertain"),
        ("49 89 1234567", "0891234567", "uncertain"),
        ("1712345678", "01712345678", "uncertain"),
    ],
)
def test_what_the_agent_should_know(typed: str, dial: str, error_id: str) -> None:
    plan = explain_outgoing(typed, GERMAN)
    assert (plan.dial, [problem.error_id for problem in plan.problems]) == (dial, [error_id])
    assert plan.refused is None


@pytest.mark.parametrize(
    "typed",
    [
        *("089 1234567 DW 12", "089 1234567 Durchwahl 12", "+49 89 1234567 ext. 12", "tel:+49891234567;ext=12"),
        *(
            "0891234567,,12#",
            "0891234567x12",
            "089 1234567 Nst. 12",
            "089 1234567 App. 12",
            "+49 89 1234567 extension 12",
        ),
    ],
)
def test_extensions_are_sent_after_the_answer(typed: str) -> None:
    plan = explain_outgoing(typed, GERMAN)
    assert (plan.dial, plan.extension, plan.problems) == ("0891234567", "12", ())
    # In Germany an extension is a direct number: both may be what a record holds.
    assert plan.lookup[:2] == ("+4989123456712", "+49891234567")


def test_messages_shorten_numbers() -> None:
    (problem,) = explain_outgoing("089 1234567 / 0171 2345678", GERMAN).problems
    assert "017…78" in problem.message
    assert "2345678" not in problem.message


def test_a_number_that_is_not_recognised_still_fetches_a_line() -> None:
    plan = explain_outgoing("00999 123456", OFFICE)
    assert (plan.dial, plan.e164) == ("000999123456", None)


def test_a_plus_is_not_dialled_behind_an_outside_prefix() -> None:
    plan = explain_outgoing("+33 1 23 45 67 89", NumberSettings("0"))
    assert plan.dial == "+33123456789"
    assert [problem.error_id for problem in plan.problems] == ["no_international_prefix"]


@pytest.mark.parametrize("typed", ["", " ", "+", "abc", "()-", "sip:alice@pbx.example", "anonymous"])
def test_nothing_to_dial(typed: str) -> None:
    plan = explain_outgoing(typed, OFFICE)
    assert (plan.dial, plan.refused and plan.refused.error_id) == ("", "nothing_to_dial")


@pytest.mark.parametrize(
    "typed", ["112\r\nAction: Originate", "1\n2", "089\t1", "12\x003", "12\x7f", "12\x85", "1\u20282"]
)
@pytest.mark.parametrize("plan", [lambda typed: explain_outgoing(typed, OFFICE), explain_raw])
def test_control_characters_are_refused(typed: str, plan: object) -> None:
    found = plan(typed)  # type: ignore[operator]
    assert (found.dial, found.display, found.refused.error_id) == ("", "", "control_characters")


def test_an_encoded_line_break_in_a_link_does_not_get_through() -> None:
    assert explain_outgoing("tel:112%0d%0aAction:%20x", OFFICE).dial == "tel:112%0d%0aAction:%20x"


def test_far_too_long() -> None:
    plan = explain_outgoing("1" * (MAX_TYPED + 1), OFFICE)
    assert plan.refused is not None
    assert plan.refused.error_id == "number_too_long"


def test_explain_raw() -> None:
    assert explain_raw("+49 (0)89 1").dial == "+49 (0)89 1"
    assert explain_raw("alice").dial == "alice"
    assert (explain_raw(" 112").dial, explain_raw("112").emergency) == ("112", True)
    blank = explain_raw("  ").refused
    assert blank is not None
    assert blank.error_id == "nothing_to_dial"


def test_e164_and_display() -> None:
    own, foreign = explain_outgoing("089 1234567", OFFICE), explain_outgoing("0014155552671", OFFICE)
    assert (own.e164, own.display) == ("+49891234567", "089 1234567")
    assert (foreign.e164, foreign.display) == ("+14155552671", "+1 415-555-2671")
    assert explain_outgoing("555 123", OFFICE).display == "555 123"


def test_the_rules_tell_the_way() -> None:
    plan = explain_outgoing("+49 (0)89 1234567", OFFICE)
    assert [(rule.rule, rule.before, rule.after) for rule in plan.rules] == [
        ("bracketed_trunk", "+49 (0)89 1234567", "+49 89 1234567"),
        ("separators", "+49 89 1234567", "+49891234567"),
        ("national_form", "+49891234567", "0891234567"),
        ("outside_prefix", "0891234567", "00891234567"),
    ]


PREFIX = st.from_regex(r"[0-9*#]{0,4}", fullmatch=True)
SETTINGS = st.builds(
    NumberSettings, PREFIX, PREFIX, PREFIX, st.sampled_from(["DE", "US", "IT", "ES", "HU", "AU", "XX"])
)
TYPED = (
    st.text(max_size=40)
    | st.text(alphabet="0123456789+*#()-/ .xo;=%", max_size=30)
    | st.sampled_from(["tel:", "sip:", "+49 (0)", "0049", "+1", "(415) "]).flatmap(
        lambda head: st.text(alphabet="0123456789 -x,;@", max_size=20).map(lambda tail: head + tail)
    )
)
#: Rules that only take marks away or write the same digits in other signs.
KEEPS_DIGITS = {"separators", "plain_characters"}


def digits(text: str) -> int:
    return sum(char.isdecimal() for char in text)


def no_digit_is_lost_silently(typed: str, plan: Explanation) -> None:
    text = typed.strip()
    for rule in plan.rules:
        assert rule.before == text
        assert rule.why
        assert rule.rule not in KEEPS_DIGITS or digits(rule.before) == digits(rule.after)
        text = rule.after
    assert plan.dial == text


@given(TYPED, SETTINGS)
def test_any_text_gives_a_plan_whose_rules_explain_every_change(typed: str, settings: NumberSettings) -> None:
    plan = explain_outgoing(typed, settings)
    if plan.refused:
        assert plan.dial == ""
    else:
        assert plan.dial
        no_digit_is_lost_silently(typed, plan)


@given(st.from_regex(r"[0-9]{6,15}", fullmatch=True), SETTINGS)
def test_external_digits_come_out_as_digits(typed: str, settings: NumberSettings) -> None:
    plan = explain_outgoing(typed, settings)
    assert set(plan.dial) <= set("0123456789*#+")
    untouched = plan.emergency or "short_code" in [rule.rule for rule in plan.rules]
    assert untouched or plan.dial.startswith((settings.outside_prefix, "+"))


@given(
    TYPED,
    st.sampled_from(
        [GERMAN, OFFICE, AMERICAN, NumberSettings("0", "", "00", "IT"), NumberSettings("", "0", "00", "GB")]
    ),
)
def test_what_came_out_leads_to_the_same_again(typed: str, settings: NumberSettings) -> None:
    once = explain_outgoing(typed, settings)
    if once.e164 is not None:
        again = explain_outgoing(once.e164, settings)
        assert (again.dial, again.e164, again.display) == (once.dial, once.e164, once.display)


@given(st.from_regex(r"0[1-9][0-9]{5,9}", fullmatch=True))
def test_a_second_pass_changes_nothing_where_no_outside_prefix_is_set(typed: str) -> None:
    once = explain_outgoing(typed, GERMAN).dial
    assert explain_outgoing(once, GERMAN).dial == once
