"""The stand-in's search: what is found by which spelling, and what a softphone layout lets through."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.web.salesforce_standin.ids import record_id
from cti_adapter.web.salesforce_standin.layout import fields_by_object, softphone_layout
from cti_adapter.web.salesforce_standin.org import Organization
from cti_adapter.web.salesforce_standin.search import find, search_result

ORG = Organization(lambda: datetime(2026, 11, 23, tzinfo=UTC))
RECORDS = ORG.all_records()


def names(text: str) -> list[str]:
    return sorted(record.name for record in find(RECORDS, text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+4930111222", ["Erika Muster"]),
        ("+49 30 111222", ["Erika Muster"]),
        ("030 111222", []),  # a country code is not understood
        ("030111222 OR +4930111222", ["Erika Muster"]),
        ("0301112223", ["Spree Apotheke"]),
        ("4155550132", ["Bay Area Bikes Inc.", "Tom Reyes"]),  # the extension x22 does not hide the number
        ("415555013222", ["Tom Reyes"]),
        ("04066969121", ["Fenja Petersen", "Jan Petersen"]),
        ("66969127", ["Fenja Petersen"]),  # custom phone field, last seven digits or more
        ("8912345678", ["Alpenblick Hotels AG"]),  # written +49 (0)89 12345-678
        ("4989123*", []),  # the zero in brackets is a digit to Salesforce
        ("49089123*", ["Alpenblick Hotels AG", "Leni Gruber", "Sepp Huber"]),
        ("2214710333", ["Kölner Kontor"]),
        ("222", []),  # too short for the end of a number
        ("muster", ["Erika Muster", "Max Muster", "Muster Medien GmbH"]),
        ("eri mus", ["Erika Muster"]),
        ("JÜRG", ["Jürgen Groß"]),
        ("00001026", ["00001026"]),
        ('"Erika Muster"', ["Erika Muster"]),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize("text", ["", "12", "  a ", "a OR b", "x" * 401])
def test_too_short_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="searchParams"):
        find(RECORDS, text)


@given(st.text(max_size=60))
def test_no_search_text_breaks_it(text: str) -> None:
    try:
        found = find(RECORDS, text)
    except ValueError:
        return
    assert all(record in RECORDS for record in found)


def test_the_answer_is_keyed_by_id_and_holds_the_fields_of_the_layout() -> None:
    erika = record_id("Contact", 0)
    assert search_result(RECORDS, "+4930111222", fields_by_object("inbound")) == {
        erika: {
            "Id": erika,
            "Name": "Erika Muster",
            "RecordType": "Contact",
            "LastModifiedDate": "2026-11-23T00:00:00.000+0000",
            "AccountId": record_id("Account", 0),
            "Title": "Head of Editing",
            "Phone": "+49 30 111222",
            "MobilePhone": "+49 (0)171 39200-15",
        }
    }


def test_an_internal_call_searches_people_only() -> None:
    found = search_result(RECORDS, "4155550132", fields_by_object("internal"))
    assert [record["Name"] for record in found.values()] == ["Tom Reyes"]
    assert search_result(RECORDS, "00001026", fields_by_object("internal")) == {}
    assert [found["CaseNumber"] for found in search_result(RECORDS, "1026", fields_by_object("inbound")).values()] == [
        "00001026"
    ]


def test_a_call_type_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="callType"):
        fields_by_object("sideways")


def test_the_layout_has_the_documented_shape() -> None:
    layout = softphone_layout()
    assert list(layout) == ["Internal", "Inbound", "Outbound"]
    assert all(set(part) == {"callRelatedFields", "objects", "screenPopSettings"} for part in layout.values())
    assert layout["Inbound"]["screenPopSettings"]["NoMatch"] == {
        "screenPopType": "PopToEntity",
        "screenPopData": "Contact",
    }
    assert layout["Outbound"]["screenPopSettings"] == {}
    assert layout["Inbound"]["objects"]["Account"][1] == {"displayName": "Phone", "apiName": "Phone"}
