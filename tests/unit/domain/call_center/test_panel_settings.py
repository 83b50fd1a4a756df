"""Sections ctiScreenPop and ctiLogging: what an admin writes, what counts, and what is said of a wrong value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.panel_items import LOGGING, LOGGING_ITEMS, SCREEN_POP, SCREEN_POP_ITEMS
from cti_adapter.domain.call_center.panel_settings import PanelSettings, PopRule, read_panel_settings

ROOT = Path(__file__).resolve().parents[4]
ITEMS = {f"/{SCREEN_POP}/{item.name}": item for item in SCREEN_POP_ITEMS} | {
    f"/{LOGGING}/{item.name}": item for item in LOGGING_ITEMS
}


def test_a_new_definition_means_what_counts_without_it() -> None:
    settings, problems = read_panel_settings({key: item.value for key, item in ITEMS.items()})
    assert problems == ()
    assert settings == read_panel_settings({}).settings == PanelSettings()


def test_every_item_is_read() -> None:
    settings, problems = read_panel_settings(
        {
            "/ctiScreenPop/popOn": "Answer",
            "/ctiScreenPop/popRules": "queue=Support Gold -> flow:Support_Flow; called=+4989* -> home:Case; *->record",
            "/ctiScreenPop/newRecords": "Contact; Lead; My_Object__c",
            "/ctiLogging/wrapUp": "required",
            "/ctiLogging/dispositions": "Sold; Not interested; Sold",
            "/ctiLogging/logInternal": "true",
        }
    )
    assert problems == ()
    assert settings == PanelSettings(
        pop_on="answer",
        pop_rules=(
            PopRule("queue", "Support Gold", "flow", "Support_Flow"),
            PopRule("called", "+4989*", "home", "Case"),
            PopRule("", "", "record"),
        ),
        new_records=("Contact", "Lead", "My_Object__c"),
        wrap_up="required",
        dispositions=("Sold", "Not interested"),
        log_internal=True,
    )
    told = read_panel_settings({"/ctiScreenPop/popRules": "Data.Case_1=47* -> SEARCH:DATA.Case_1; *-> record:data.id"})
    assert told.problems == ()
    assert told.settings.pop_rules == (
        PopRule("data.Case_1", "47*", "search", "data.Case_1"),
        PopRule("", "", "record", "data.id"),
    )
    assert [str(rule) for rule in settings.pop_rules][:2] == [
        "queue=Support Gold -> flow:Support_Flow",
        "called=+4989* -> home:Case",
    ]


@pytest.mark.parametrize(
    ("item", "value", "rule"),
    [
        ("ctiScreenPop/popOn", "always", "one_of"),
        ("ctiScreenPop/popRules", "queue=Support", "pop_rule_target"),
        ("ctiScreenPop/popRules", "* -> search:CASE", "pop_rule_target"),
        ("ctiScreenPop/popRules", "* -> flow:data.CASE", "pop_rule_target"),
        ("ctiScreenPop/popRules", "data.=1 -> record", "pop_rule_condition"),
        ("ctiScreenPop/popRules", "queue=Support -> open:Case", "pop_rule_target"),
        ("ctiScreenPop/popRules", "weather=rain -> record", "pop_rule_condition"),
        ("ctiScreenPop/newRecords", "Contact;New Lead", "object_name"),
        ("ctiLogging/wrapUp", "yes", "one_of"),
        ("ctiLogging/dispositions", ";".join(f"r{number}" for number in range(31)), "dispositions"),
        ("ctiLogging/dispositions", "x" * 81, "disposition_length"),
        ("ctiLogging/logInternal", "1", "true_or_false"),
    ],
)
def test_wrong_values_are_named_and_the_usual_counts(item: str, value: str, rule: str) -> None:
    settings, problems = read_panel_settings({f"/{item}": value})
    assert [(problem.setting, problem.rule) for problem in problems] == [(f"/{item}", rule)]
    assert settings == PanelSettings()


@given(st.dictionaries(st.sampled_from(list(ITEMS)), st.text(max_size=90)))
def test_no_value_raises(raw: dict[str, str]) -> None:
    settings, problems = read_panel_settings(raw)
    assert {problem.setting for problem in problems} <= set(raw)
    assert len(settings.dispositions) <= 30


def test_every_item_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/salesforce-admin/screen-pop-and-logging.md").read_text("utf-8")
    for item in ITEMS.values():
        assert f"| `{item.name}` | `{item.value}` |" in page
