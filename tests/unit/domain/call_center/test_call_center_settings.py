"""What Salesforce hands to the page: typed settings, named problems, and the flat form that the stand-in returns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.definition import DefinitionOptions, build_definition
from cti_adapter.domain.call_center.document import document_for, read
from cti_adapter.domain.call_center.settings import AdapterSettings, flat_settings, read_settings

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
    assert read_settings(flat) == (AdapterSettings("", "0", "00", "DE"), ())


PREFIXES = st.from_regex(r"[0-9*#]{0,10}", fullmatch=True)


@given(PREFIXES, PREFIXES, PREFIXES)
def test_every_prefix_of_digits_is_taken_as_it_is(outside: str, long_distance: str, international: str) -> None:
    settings, problems = read_settings({OUTSIDE: outside, LONG: long_distance, INTERNATIONAL: international})
    assert (settings.outside_prefix, settings.long_distance_prefix) == (outside, long_distance)
    assert settings.international_prefix == international
    assert problems == ()


def test_labels_sort_orders_and_unknown_keys_are_ignored() -> None:
    raw = {OUTSIDE: "9", f"{OUTSIDE}/label": "Outside Prefix", f"{OUTSIDE}/sortOrder": "0.0", "/own/x": "y", "": ""}
    assert read_settings(raw) == (AdapterSettings(outside_prefix="9"), ())


def test_older_forms() -> None:
    assert read_settings({}).settings == AdapterSettings()
    assert read_settings({"reqDialingOptions/reqOutsidePrefix": "9"}).settings.outside_prefix == "9"


@pytest.mark.parametrize("value", ["", "none", "None", "NONE"])
def test_no_prefix(value: str) -> None:
    assert read_settings({OUTSIDE: value}) == (AdapterSettings(), ())


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
    assert settings == AdapterSettings(right[OUTSIDE], right[LONG], right[INTERNATIONAL])


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
    assert all(set(prefix) <= set("0123456789*#") for prefix in list(settings.effective().values())[:3])


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
    assert (settings.country, settings.country_code) == (country, code)
    assert settings.effective()["country_code"] == code


def test_a_country_given_beats_the_prefixes() -> None:
    assert read_settings({LONG: "1"}, country="FR").settings.country == "FR"
