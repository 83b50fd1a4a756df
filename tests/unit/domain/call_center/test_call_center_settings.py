"""What Salesforce hands to the page: typed settings, named problems, and the flat form that the stand-in returns."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.definition import DefinitionOptions, build_definition
from cti_adapter.domain.call_center.document import document_for, read
from cti_adapter.domain.call_center.number_items import DIALING_ITEMS, NUMBER_ITEMS
from cti_adapter.domain.call_center.settings import effective, flat_settings, read_settings
from cti_adapter.domain.numbers.patterns import parse_patterns
from cti_adapter.domain.numbers.settings import NumberSettings

ROOT = Path(__file__).resolve().parents[4]
OUTSIDE = "/reqDialingOptions/reqOutsidePrefix"
LONG = "/reqDialingOptions/reqLongDistPrefix"
INTERNATIONAL = "/reqDialingOptions/reqInternationalPrefix"


def test_the_full_form_of_salesforce() -> None:
    flat = flat_settings(build_definition(DefinitionOptions("https://cti.example.com/softphone")))
    assert flat["/label"] == "CTI Adapter"
    assert flat["/displayNameLabel"] == "Display name"
    assert flat["/internalNameLabel"].startswith("Internal name")
    assert flat["/reqGeneralInfo/label"] == "General information"
    assert flat["/reqGeneralInfo/sortOrder"] == "0.0"
    assert flat["/reqDialingOptions/sortOrder"] == "1.0"
    assert flat["/reqGeneralInfo/reqAdapterUrl"] == "https://cti.example.com/softphone"
    assert flat["/reqGeneralInfo/reqAdapterUrl/label"] == "Softphone URL"
    assert flat["/reqGeneralInfo/reqAdapterUrl/sortOrder"] == "2.0"
    for name in ("reqInternalName", "reqDisplayName"):
        assert [key for key in flat if key.startswith(f"/reqGeneralInfo/{name}")] == [f"/reqGeneralInfo/{name}"]
    assert all(isinstance(value, str) for value in flat.values())


@given(
    st.builds(
        DefinitionOptions,
        st.sampled_from(["https://cti.example.com/softphone", "https://a.example.org:8443"]),
        internal_name=st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,39}", fullmatch=True),
        display_name=st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=100),
        width=st.integers(200, 1920),
        height=st.integers(240, 2560),
        mode=st.sampled_from(["Classic", "Lightning", "Classic_and_Lightning"]),
    )
)
def test_build_write_read_flat_typed(options: DefinitionOptions) -> None:
    center = read(document_for(options))
    assert center == build_definition(options)
    flat = flat_settings(center)
    assert flat["/label"] == flat["/reqGeneralInfo/reqDisplayName"] == options.display_name
    assert flat["/reqGeneralInfo/reqSoftphoneWidth"] == str(options.width)
    assert read_settings(flat) == (NumberSettings("", "0", "00", "DE"), ())


PREFIXES = st.from_regex(r"[0-9*#]{0,10}", fullmatch=True)


@given(PREFIXES, PREFIXES, PREFIXES)
def test_every_prefix_of_digits_is_taken_as_it_is(outside: str, long_distance: str, international: str) -> None:
    settings, problems = read_settings({OUTSIDE: outside, LONG: long_distance, INTERNATIONAL: international})
    assert (settings.outside_prefix, settings.long_distance_prefix) == (outside, long_distance)
    assert settings.international_prefix == international
    assert {problem.rule for problem in problems} <= {"prefix_of_another_country"}


def test_labels_sort_orders_and_unknown_keys_are_ignored() -> None:
    raw = {OUTSIDE: "9", f"{OUTSIDE}/label": "Outside Prefix", f"{OUTSIDE}/sortOrder": "0.0", "/own/x": "y", "": ""}
    assert read_settings(raw) == (NumberSettings(outside_prefix="9"), ())


def test_older_forms() -> None:
    assert read_settings({}).settings == NumberSettings()
    assert read_settings({"reqDialingOptions/reqOutsidePrefix": "9"}).settings.outside_prefix == "9"


@pytest.mark.parametrize("value", ["", "none", "None", "NONE"])
def test_no_prefix(value: str) -> None:
    assert read_settings({OUTSIDE: value}) == (NumberSettings(), ())


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("nine", "prefix_characters"),
        ("0,", "prefix_characters"),
        ("+", "prefix_characters"),
        ("٩", "prefix_characters"),
        ("<script>", "prefix_characters"),
        (" 9", "prefix_with_spaces"),
        ("9 ", "prefix_with_spaces"),
        ("9\r\nAction: Originate", "prefix_with_spaces"),
        ("12345678901", "prefix_too_long"),
        (9, "prefix_not_text"),
        (None, "prefix_not_text"),
        (["9"], "prefix_not_text"),
    ],
)
@pytest.mark.parametrize("key", [OUTSIDE, LONG, INTERNATIONAL])
def test_a_wrong_value_is_named_and_counts_as_empty(key: str, value: object, rule: str) -> None:
    settings, problems = read_settings({OUTSIDE: "0", LONG: "0", INTERNATIONAL: "00", key: value})
    assert [(problem.setting, problem.rule) for problem in problems] == [(key, rule)]
    assert problems[0].message.startswith(key.rpartition("/")[2])
    assert "without this prefix" in problems[0].message
    assert problems[0].value.isprintable()
    right = {OUTSIDE: "0", LONG: "0", INTERNATIONAL: "00", key: ""}
    assert settings == NumberSettings(right[OUTSIDE], right[LONG], right[INTERNATIONAL])


def test_a_long_wrong_value_is_shortened() -> None:
    (problem,) = read_settings({OUTSIDE: "x" * 2000}).problems
    assert len(problem.value) == 40


def test_several_wrong_values_are_all_named() -> None:
    problems = read_settings({OUTSIDE: "a", LONG: "b", INTERNATIONAL: "c"}).problems
    assert [problem.setting for problem in problems] == [OUTSIDE, LONG, INTERNATIONAL]


@given(st.dictionaries(st.sampled_from([OUTSIDE, LONG, INTERNATIONAL, "x"]), st.text() | st.none() | st.integers()))
def test_nothing_that_arrives_raises(raw: dict[str, object]) -> None:
    settings, problems = read_settings(raw)
    assert {problem.setting for problem in problems} <= set(raw)
    assert all(set(prefix) <= set("0123456789*#") for prefix in list(effective(settings).values())[:3])


@pytest.mark.parametrize(
    ("long_distance", "international", "country", "code"),
    [
        ("0", "00", "DE", "49"),
        ("", "", "DE", "49"),
        ("1", "01", "US", "1"),  # the values of Salesforce's own sample
        ("none", "011", "US", "1"),
    ],
)
def test_the_prefixes_of_north_america_tell_the_country(
    long_distance: str, international: str, country: str, code: str
) -> None:
    settings = read_settings({LONG: long_distance, INTERNATIONAL: international}).settings
    assert settings.country == country
    assert effective(settings)["country_code"] == code


COUNTRY = "/ctiNumbers/country"


@pytest.mark.parametrize(
    ("country", "long_distance", "international"),
    [
        *(("DE", "0", "00"), ("AT", "0", "00"), ("CH", "0", "00"), ("GB", "0", "00"), ("FR", "0", "00")),
        *(("IT", "", "00"), ("US", "1", "011")),
    ],
)
def test_the_shipped_definition_works_in_every_country(country: str, long_distance: str, international: str) -> None:
    shipped = flat_settings(build_definition(DefinitionOptions("https://cti.example.com/softphone")))
    for raw in (shipped | {COUNTRY: country}, {COUNTRY: country.lower()}):
        settings, problems = read_settings(raw)
        assert (settings, problems) == (NumberSettings("", long_distance, international, country), ())


def test_a_country_given_beats_the_prefixes() -> None:
    settings, problems = read_settings({COUNTRY: "DE", LONG: "1", INTERNATIONAL: "011"})
    assert settings == NumberSettings("", "1", "011", "DE")
    # They stay in force, because the phone system may know better; but most likely they lead nowhere.
    assert [(problem.setting, problem.rule) for problem in problems] == [
        (INTERNATIONAL, "prefix_of_another_country"),
        (LONG, "prefix_of_another_country"),
    ]


def test_the_prefix_for_abroad_in_salesforces_sample_is_named() -> None:
    settings, problems = read_settings({OUTSIDE: "9", LONG: "1", INTERNATIONAL: "01"})
    assert settings == NumberSettings("9", "1", "01", "US")
    assert [problem.rule for problem in problems] == ["prefix_of_another_country"]
    assert "(011)" in problems[0].message


def test_everything_that_can_be_set() -> None:
    given = {
        "country": "at",
        "areaCode": "1",
        "mainNumber": "+43 (1) 234567-0",
        "shortestInternal": "2",
        "longestInternal": "4",
        "forceInternal": "77??;200-299",
        "forceExternal": "^19222$",
        "dialFormat": "International",
        "dialOwnAreaCode": "FALSE",
        "headOfficeDigits": "2",
        "emergencyNumbers": "4444; 5555",
        "emergencyOutsidePrefix": "true",
        "serviceOutsidePrefix": "true",
        "countryCodeFirst": "true",
    }
    settings, problems = read_settings({f"/ctiNumbers/{name}": value for name, value in given.items()})
    assert problems == ()
    assert settings == NumberSettings(
        long_distance_prefix="0",
        international_prefix="00",
        country="AT",
        area_code="1",
        main_number="+431234567",
        shortest_internal=2,
        longest_internal=4,
        force_internal=parse_patterns("77??;200-299"),
        force_external=parse_patterns("^19222$"),
        dial_format="international",
        dial_own_area_code=False,
        head_office_digits=2,
        emergency_numbers=("4444", "5555"),
        emergency_with_outside_prefix=True,
        short_code_with_outside_prefix=True,
        country_code_first=True,
    )


@pytest.mark.parametrize(
    ("name", "value", "rule", "used"),
    [
        ("country", "Deutschland", "country_unknown", "guessed from the prefixes"),
        ("country", "XX", "country_unknown", "guessed from the prefixes"),
        ("areaCode", "089", "area_code_with_prefix", "not given"),
        ("areaCode", "8a", "area_code_digits", "not given"),
        ("mainNumber", "089 123456", "main_number_form", "not given"),
        ("mainNumber", "+49 89 12 ext 3", "main_number_form", "not given"),
        ("shortestInternal", "0", "length_range", "1 is used"),
        ("shortestInternal", "7", "length_order", "1 is used"),
        ("longestInternal", "20", "length_range", "5 is used"),
        ("longestInternal", "four", "length_range", "5 is used"),
        ("forceInternal", "2??;(1|2)", "pattern", "not given"),
        ("forceExternal", "^(a+)+$", "pattern", "not given"),
        ("dialFormat", "e164", "dial_format", "national is used"),
        ("dialOwnAreaCode", "yes", "true_or_false", "true is used"),
        ("headOfficeDigits", "9", "digits_range", "not given"),
        ("emergencyNumbers", "1;2", "emergency_numbers", "not given"),
        ("emergencyOutsidePrefix", "1", "true_or_false", "false is used"),
    ],
)
def test_wrong_values_are_named_and_never_guessed(name: str, value: str, rule: str, used: str) -> None:
    given = {f"/ctiNumbers/{name}": value} | ({"/ctiNumbers/longestInternal": "5"} if rule == "length_order" else {})
    settings, problems = read_settings(given)
    assert [(problem.setting, problem.rule) for problem in problems] == [(f"/ctiNumbers/{name}", rule)]
    assert problems[0].message.startswith(f"{name}: '{value}' ")
    assert used in problems[0].message
    assert settings == read_settings({}).settings


ITEMS = [f"/ctiNumbers/{item.name}" for item in NUMBER_ITEMS]


@given(st.dictionaries(st.sampled_from(ITEMS), st.text(max_size=70) | st.none() | st.integers()))
def test_no_value_of_our_own_section_raises(raw: dict[str, object]) -> None:
    settings, problems = read_settings(raw)
    assert {problem.setting for problem in problems} <= set(raw)
    assert settings.shortest_internal <= settings.longest_internal


def test_every_item_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/salesforce-admin/numbers.md").read_text("utf-8")
    for item in (*DIALING_ITEMS, *NUMBER_ITEMS):
        assert f"| `{item.name}` | `{item.value}` |" in page
