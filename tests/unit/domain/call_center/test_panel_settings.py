"""How the panel works by its settings: what an admin writes, what counts, and what is said of a wrong value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.omni_rules import OmniRule
from cti_adapter.domain.call_center.panel_items import (
    LOGGING,
    LOGGING_ITEMS,
    OMNI_CHANNEL,
    OMNI_CHANNEL_ITEMS,
    SCREEN_POP,
    SCREEN_POP_ITEMS,
)
from cti_adapter.domain.call_center.panel_settings import PanelSettings, PopRule, read_panel_settings

ROOT = Path(__file__).resolve().parents[4]
DOCS = ROOT / "docs/salesforce-admin"
SECTIONS = {
    SCREEN_POP: (SCREEN_POP_ITEMS, DOCS / "screen-pop-and-logging.md"),
    LOGGING: (LOGGING_ITEMS, DOCS / "screen-pop-and-logging.md"),
    OMNI_CHANNEL: (OMNI_CHANNEL_ITEMS, DOCS / "omni-channel.md"),
}
ITEMS = {f"/{section}/{item.name}": item for section, (items, _) in SECTIONS.items() for item in items}


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
            "/ctiLogging/logCalls": "false",
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
        log_calls=False,
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


def test_omni_channel_and_presence_follow_rules() -> None:
    settings, problems = read_panel_settings(
        {
            "/ctiOmniChannel/channel": "CtiPresence__c",
            "/ctiOmniChannel/toOmni": "Call -> Busy_Call;ringing->NONE; wrap_up -> After_Call;"
            " away: Lunch at 12:00 -> Lunch; AWAY -> Break; do_not_disturb -> Busy; available -> Available; * -> none",
            "/ctiOmniChannel/fromOmni": "Available* -> Available; Break -> away:Break ; Busy -> do_not_disturb;"
            " offline -> AWAY; * -> None",
        }
    )
    assert problems == ()
    assert settings.omni_channel == "CtiPresence__c"
    assert settings.to_omni == (
        OmniRule("call", "Busy_Call"),
        OmniRule("ringing", "none"),
        OmniRule("wrap_up", "After_Call"),
        OmniRule("away:Lunch at 12:00", "Lunch"),
        OmniRule("away", "Break"),
        OmniRule("do_not_disturb", "Busy"),
        OmniRule("available", "Available"),
        OmniRule("*", "none"),
    )
    assert settings.from_omni == (
        OmniRule("Available*", "available"),
        OmniRule("Break", "away:Break"),
        OmniRule("Busy", "do_not_disturb"),
        OmniRule("offline", "away"),
        OmniRule("*", "none"),
    )


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
        ("ctiLogging/logCalls", "no", "true_or_false"),
        ("ctiOmniChannel/channel", "CtiPresence", "message_channel"),
        ("ctiOmniChannel/toOmni", "call", "to_omni_target"),
        ("ctiOmniChannel/toOmni", "call -> On a call", "to_omni_target"),
        ("ctiOmniChannel/toOmni", "call -> Busy*", "to_omni_target"),
        ("ctiOmniChannel/toOmni", "calls -> Busy", "to_omni_condition"),
        ("ctiOmniChannel/toOmni", f"away:{'x' * 41} -> Busy", "to_omni_condition"),
        ("ctiOmniChannel/toOmni", ";".join(f"away:{number} -> Busy" for number in range(31)), "omni_rules"),
        ("ctiOmniChannel/fromOmni", "Busy -> busy", "from_omni_target"),
        ("ctiOmniChannel/fromOmni", "Busy -> available:Lunch", "from_omni_target"),
        ("ctiOmniChannel/fromOmni", "On a call -> away", "from_omni_condition"),
        ("ctiOmniChannel/fromOmni", "B*sy -> away", "from_omni_condition"),
        ("ctiOmniChannel/fromOmni", ";".join(f"Busy_{number} -> away" for number in range(31)), "omni_rules"),
    ],
)
def test_wrong_values_are_named_and_the_usual_counts(item: str, value: str, rule: str) -> None:
    settings, problems = read_panel_settings({f"/{item}": value})
    assert [(problem.setting, problem.rule) for problem in problems] == [(f"/{item}", rule)]
    assert settings == PanelSettings()


def test_a_wrong_rule_is_named_in_short() -> None:
    _, (problem,) = read_panel_settings({"/ctiOmniChannel/toOmni": f"call -> Busy; {'weather' * 20} -> Busy"})
    assert "has the rule 'weatherweather" in problem.message
    assert len(problem.message) < 260


@given(st.dictionaries(st.sampled_from(list(ITEMS)), st.text(max_size=90)))
def test_no_value_raises(raw: dict[str, str]) -> None:
    settings, problems = read_panel_settings(raw)
    assert {problem.setting for problem in problems} <= set(raw)
    assert len(settings.dispositions) <= 30


@pytest.mark.parametrize("section", SECTIONS)
def test_every_item_is_documented_with_its_default(section: str) -> None:
    items, page = SECTIONS[section]
    for item in items:
        assert f"| `{item.name}` | `{item.value}` |" in page.read_text("utf-8")
