"""Call logs by REST, against a stand-in that checks sign-in, queries and fields as Salesforce documents them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec.structs import replace as changed

from cti_adapter.application.call_task import task_of
from cti_adapter.application.messages import CallWork, RecordRef
from cti_adapter.application.ports import CallLogRefused, CallLogUnavailable
from cti_adapter.domain.call import Call, CallState, Cause, EventName, Party, advance
from cti_adapter.salesforce.call_log import RestCallLog
from cti_adapter.web.salesforce_standin.ids import record_id
from fakes.relay_world import answered, hung_up, ringing
from support.salesforce_rest import SalesforceRest

pytestmark = pytest.mark.enable_socket

ALICE = "alice@acme.example"
ERIKA = record_id("Contact", 0)
ERIKAS = ("+4930111222", "030111222")


@pytest.fixture(scope="module")
def salesforce(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SalesforceRest]:
    with SalesforceRest(tmp_path_factory.mktemp("salesforce")) as running:
        yield running


@pytest.fixture
def logs(salesforce: SalesforceRest) -> RestCallLog:
    return RestCallLog(salesforce.login, "66.0", str(salesforce.ca_file))


def missed(call_id: str, number: str = "+4930111222") -> Call:
    return advance(
        ringing(call_id, number), EventName.CONNECTION_CLEARED, 120.0, CallState.CLEARED, cause=Cause.MISSED
    ).call


def write(logs: RestCallLog, call: Call, keys: tuple[str, ...] = ERIKAS, work: CallWork | None = None) -> None:
    logs.write(ALICE, call.id, keys, lambda record: task_of(call, work, record, UTC))


def task(salesforce: SalesforceRest, call_id: str) -> dict[str, object]:
    [found] = [each for each in salesforce.tasks() if each["CallObject"] == call_id]
    return found


def test_a_missed_call_is_an_open_task_of_its_agent_on_the_callers_record(
    salesforce: SalesforceRest, logs: RestCallLog
) -> None:
    write(logs, missed("rest-1"))
    found = task(salesforce, "rest-1")
    assert found["OwnerId"] == salesforce.org.user(ALICE).id
    assert found["WhoId"] == ERIKA
    assert (found["Status"], found["CallDisposition"], found["CallType"]) == ("Not Started", "Missed", "Inbound")
    assert found["Subject"] == "Call inbound +4930111222 1970-01-01 00:01"


def test_written_twice_there_is_one(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    for _ in range(2):
        write(logs, missed("rest-2"))
    task(salesforce, "rest-2")


def test_several_records_are_nobodys_guess(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    write(logs, missed("rest-3"), ("+494066969121", "04066969121"))
    assert "WhoId" not in task(salesforce, "rest-3")


def test_what_the_agent_has_written_goes_along(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    call = hung_up(answered(ringing("rest-4")))
    account = RecordRef(id=record_id("Account", 0), type="Account")
    write(logs, call, (), CallWork(call=call.id, notes="Wants a quote", record=account, disposition="Solved"))
    found = task(salesforce, "rest-4")
    assert (found["WhatId"], found["Description"], found["CallDisposition"]) == (account.id, "Wants a quote", "Solved")
    assert (found["Status"], found["CallDurationInSeconds"]) == ("Completed", 5)


def test_calling_back_completes_what_was_missed_from_there(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    write(logs, missed("rest-5", "+4989123456"), ())
    write(logs, missed("rest-6", "+4989999999"), ())
    logs.complete_missed(ALICE, "089123456")
    assert task(salesforce, "rest-5")["Status"] == "Completed"
    assert task(salesforce, "rest-6")["Status"] == "Not Started"
    logs.complete_missed(ALICE, "99")  # too short to be anybody's
    assert task(salesforce, "rest-6")["Status"] == "Not Started"


def test_a_session_that_has_ended_is_opened_anew(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    write(logs, missed("rest-7"))
    requests.delete(f"{salesforce.url}/services/oauth2/tokens", timeout=5, verify=str(salesforce.ca_file))
    write(logs, missed("rest-8"))
    task(salesforce, "rest-8")


def test_a_name_with_a_quote_changes_no_query(salesforce: SalesforceRest, logs: RestCallLog) -> None:
    with pytest.raises(CallLogRefused, match="no active user"):
        logs.write("o'hara' OR Username LIKE '%", "rest-9", (), lambda _: {})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"username": "somebody@acme.example"}, "approved"),
        ({"client_id": "another app"}, "app not found"),
        ({"audience": "https://test.salesforce.com"}, "audience"),
    ],
)
def test_a_wrong_sign_in_says_what_is_wrong(salesforce: SalesforceRest, change: dict[str, str], why: str) -> None:
    wrong = RestCallLog(replace(salesforce.login, **change), "66.0", str(salesforce.ca_file))
    with pytest.raises(CallLogRefused, match=why):
        write(wrong, missed("rest-10"))


def test_the_key_of_another_app_is_refused(salesforce: SalesforceRest) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with pytest.raises(CallLogRefused, match="invalid assertion"):
        write(
            RestCallLog(replace(salesforce.login, private_key=pem), "66.0", str(salesforce.ca_file)), missed("rest-11")
        )


def test_salesforce_out_of_reach_is_for_later(salesforce: SalesforceRest, tmp_path: Path) -> None:
    nowhere = replace(salesforce.login, login_url="https://localhost:1")
    with pytest.raises(CallLogUnavailable):
        write(RestCallLog(nowhere, "66.0", str(salesforce.ca_file)), missed("rest-12"))


def test_a_field_that_salesforce_refuses_is_told_without_its_value(
    salesforce: SalesforceRest, logs: RestCallLog
) -> None:
    with pytest.raises(CallLogRefused, match=r"HTTP 400 INVALID_FIELD$"):
        logs.write(ALICE, "rest-13", (), lambda _: {"Subject": "+4930111222", "Nonsense": 1})


def test_a_caller_who_withholds_the_number_is_logged_all_the_same(
    salesforce: SalesforceRest, logs: RestCallLog
) -> None:
    write(logs, changed(missed("rest-14"), caller=Party()), ())
    assert str(task(salesforce, "rest-14")["Subject"]).startswith("Call inbound Number withheld")
