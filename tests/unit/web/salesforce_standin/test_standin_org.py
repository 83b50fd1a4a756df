"""The stand-in's org: ids, seeds, saving a log, bounds."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.web.salesforce_standin.ids import PREFIXES, full_id, object_of, record_id
from cti_adapter.web.salesforce_standin.org import MAX_RECORDS, MAX_TASKS, Organization, Record, kind_of
from cti_adapter.web.salesforce_standin.saving import SaveRefused
from cti_adapter.web.salesforce_standin.schema import OBJECTS, Kind

ERIKA = record_id("Contact", 0)


@pytest.fixture
def org() -> Organization:
    return Organization(lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


def call_log(**fields: object) -> dict[str, object]:
    return {"entityApiName": "Task", "Subject": "Call", "TaskSubtype": "Call", "CallType": "Inbound", **fields}


@given(st.sampled_from(sorted(PREFIXES)), st.integers(0, 62**6 - 1))
def test_an_id_tells_its_object_and_survives_losing_its_check_characters(name: str, number: int) -> None:
    identifier = record_id(name, number)
    assert len(identifier) == 18
    assert object_of(identifier) == name
    assert full_id(identifier[:15]) == full_id(identifier) == identifier


def test_check_characters_are_those_of_salesforce() -> None:
    assert full_id("001D000000IqhSL") == "001D000000IqhSLIAZ"  # the pair that Salesforce's developers quote
    assert record_id("Contact", 0) == "003Ac0000000000IAA"
    assert full_id("003Ac0000000000AAA") is None
    assert full_id("003-c0000000000") is None


def test_seeds_are_as_promised(org: Organization) -> None:
    counts = {name: len(org.records(name)) for name in OBJECTS}
    assert counts == {"Account": 12, "Contact": 20, "Lead": 8, "Case": 6, "Task": 0}
    erika = org.get(ERIKA)
    assert erika is not None
    assert (erika.name, erika.value("Phone")) == ("Erika Muster", "+49 30 111222")
    assert org.label(str(erika.value("AccountId"))) == "Muster Medien GmbH"


def test_seeds_obey_the_schema_and_point_to_what_exists(org: Organization) -> None:
    for record in org.all_records():
        fields = {field.name: field for field in OBJECTS[record.object_name].fields}
        assert set(record.fields) <= set(fields)
        for name, value in record.fields.items():
            if fields[name].kind is Kind.REFERENCE and value:
                assert org.label(str(value)) != value, f"{record.name}: {name}"


def test_one_number_belongs_to_two_contacts(org: Organization) -> None:
    assert [c.name for c in org.records("Contact") if c.value("Phone") == "040/66969-121"] == [
        "Fenja Petersen",
        "Jan Petersen",
    ]


@pytest.mark.parametrize("name", ["bob", "BOB", "bob@acme.example"])
def test_a_user_is_found_by_alias_and_login_name(org: Organization, name: str) -> None:
    assert org.user(name).extension == "102"
    with pytest.raises(KeyError):
        org.user("mallory")


def test_a_log_is_created_then_updated(org: Organization) -> None:
    alice = org.user("alice")
    created = org.save_log(call_log(whoid=ERIKA[:15], CallDurationInSeconds="65", WhatId=""), alice)
    assert created["success"]
    assert created["errors"] is None
    task = org.get(created["returnValue"])
    assert task is not None
    assert kind_of(task.id) == "Task"
    assert dict(task.fields) == {
        "OwnerId": alice.id,
        "Status": "Not Started",
        "Priority": "Normal",
        "TaskSubtype": "Call",
        "Subject": "Call",
        "CallType": "Inbound",
        "WhoId": ERIKA,
        "CallDurationInSeconds": 65,
    }
    updated = org.save_log({"Id": task.id, "Status": "Completed", "Subject": "Call with Erika"}, alice)
    assert updated["returnValue"] == task.id
    assert [t.name for t in org.tasks_of(ERIKA)] == ["Call with Erika"]
    assert org.version == 2


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (None, "value: an object with fields was expected"),
        ({"Subject": "x"}, "entityApiName: needed to create a record (or Id to update one)"),
        ({"entityApiName": "Visit__c"}, "sObject type 'Visit__c' is not supported."),
        (call_log(Colour="red"), "No such column 'Colour' on sobject of type Task"),
        (call_log(CallType="Sideways"), "Call Type: bad value for restricted picklist field: Sideways"),
        (call_log(CallDurationInSeconds=-1), "Call Duration: value not of required type: -1"),
        (call_log(CallDurationInSeconds=1.5), "Call Duration: value not of required type: 1.5"),
        (call_log(CallDurationInSeconds=True), "Call Duration: value not of required type: True"),
        (
            call_log(WhoId="005Ac0000000001IAA"),
            "Name: id value of incorrect type: 005Ac0000000001IAA (allowed: Contact, Lead)",
        ),
        (call_log(WhoId="nobody"), "Name: id value of incorrect type: nobody"),
        (call_log(WhoId=record_id("Contact", 99)), f"Name: invalid cross reference id: {record_id('Contact', 99)}"),
        (call_log(ActivityDate="23.11.2026"), "Due Date: value not of required type: 23.11.2026 (YYYY-MM-DD expected)"),
        (call_log(Subject=["x"]), "Subject: value not of required type: list"),
        (
            call_log(Subject="x" * 256),
            f"Subject: data value too large: {'x' * 40}… (max length=255)",
        ),
        ({"Id": record_id("Task", 5), "Subject": "x"}, "invalid cross reference id: " + record_id("Task", 5)),
        ({"Id": ERIKA, "entityApiName": "Task"}, f"entityApiName: {ERIKA} is a Contact, not a Task"),
        ({"Id": ERIKA, "Name": "x"}, "Field Name is not editable on Contact"),
        ({"Id": ERIKA, "LastName": ""}, "Required fields are missing: [LastName]"),
        ({"entityApiName": "Lead", "LastName": "Berg"}, "Required fields are missing: [Company]"),
    ],
)
def test_a_wrong_log_is_refused_with_the_documented_shape(org: Organization, wanted: object, message: str) -> None:
    before = org.version
    refused = org.save_log(wanted, org.user("alice"))
    assert refused["success"] is False
    assert refused["returnValue"] is None
    [error] = refused["errors"]
    assert error["code"] == "GENERIC_ERROR"
    assert error["description"].startswith("An error occurred while calling the saveLog() API method.")
    assert error["details"] == [{"message": message}]
    assert org.version == before


def test_every_fault_of_a_log_is_named(org: Organization) -> None:
    with pytest.raises(SaveRefused) as refused:
        org.save(call_log(Colour="red", CallType="Sideways"), org.user("alice"))
    assert len(refused.value.messages) == 2


def test_the_oldest_task_goes_when_there_are_too_many(org: Organization) -> None:
    for number in range(MAX_TASKS + 1):
        org.save(call_log(Subject=f"Call {number}"), org.user("alice"))
    tasks = org.records("Task")
    assert (len(tasks), tasks[0].name, tasks[-1].name) == (MAX_TASKS, f"Call {MAX_TASKS}", "Call 1")


def test_new_people_are_bounded_and_then_refused(org: Organization) -> None:
    while len(org.records("Contact")) < MAX_RECORDS:
        org.save({"entityApiName": "contact", "LastName": "Neu"}, org.user("bob"))
    with pytest.raises(SaveRefused, match="storage limit exceeded"):
        org.save({"entityApiName": "Contact", "LastName": "Neu"}, org.user("bob"))


def test_many_threads_may_save_at_once(org: Organization) -> None:
    saved: list[Record] = []

    def work() -> None:
        saved.extend(org.save(call_log(), org.user("carol")) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({task.id for task in saved}) == org.version == len(org.records("Task")) == 160
