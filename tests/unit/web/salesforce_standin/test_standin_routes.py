"""The stand-in over HTTP: page, origins, JSON, client script, bad requests."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cti_adapter.web.salesforce_standin.blueprint import (
    MAX_BODY,
    StandinDependencies,
    create_blueprint,
    host_page_location,
)
from cti_adapter.web.salesforce_standin.ids import record_id

ROOT = Path(__file__).resolve().parents[4]
ERIKA = record_id("Contact", 0)
SETTINGS = {
    "/label": "CTI Adapter",
    "/reqGeneralInfo/reqInternalName": "CtiAdapter",
    "/reqGeneralInfo/reqStandbyUrl": "/standby",
    "/reqGeneralInfo/reqTimeout": "5000",
    "/reqDialingOptions/reqOutsidePrefix": "</script>",
}


def make_client(**changes: Any) -> FlaskClient:
    app = Flask("standin", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    parts: dict[str, Any] = {
        "call_center": lambda: SETTINGS,
        "adapter_url": lambda: "/softphone",
        "public_origin": lambda: "http://localhost:8080",
    }
    app.register_blueprint(create_blueprint(StandinDependencies(**parts | changes)))
    return app.test_client()


@pytest.fixture
def client() -> FlaskClient:
    return make_client()


def boot_of(client: FlaskClient, address: str = "http://acme.lightning.localhost:8080/salesforce") -> dict[str, Any]:
    text = client.get(address).get_data(as_text=True)
    match = re.search(r'<script id="boot" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert match is not None
    boot: dict[str, Any] = json.loads(match.group(1))
    return boot


def test_the_page_moves_to_a_name_of_its_own_and_keeps_its_query(client: FlaskClient) -> None:
    answer = client.get("http://localhost:8080/salesforce?user=bob&console=1")
    assert answer.status_code == 302
    assert answer.location == "http://acme.lightning.localhost:8080/salesforce?user=bob&console=1"


@pytest.mark.parametrize(
    ("asked", "adapter", "location"),
    [
        ("http://localhost/salesforce", "http://localhost/softphone", "http://acme.lightning.localhost/salesforce"),
        ("http://127.0.0.1:1/salesforce", "http://127.0.0.1:1/", "http://acme.lightning.localhost:1/salesforce"),
        ("http://[::1]:1/salesforce", "http://[::1]:1/", "http://acme.lightning.localhost:1/salesforce"),
        ("http://127.0.0.1:1/salesforce", "http://localhost:1/", None),
        ("http://acme.lightning.localhost.force.com:1/salesforce", "http://localhost:1/", None),
        ("http://acme.lightning.localhost:1/salesforce", "http://acme.lightning.localhost:1/", None),
        ("https://cti.example.com/salesforce", "https://cti.example.com/softphone", None),
    ],
)
def test_where_the_page_may_be_shown(asked: str, adapter: str, location: str | None) -> None:
    assert host_page_location(asked, adapter) == location


def test_the_page_carries_what_its_script_needs(client: FlaskClient) -> None:
    boot = boot_of(client, "http://acme.lightning.localhost:8080/salesforce?user=bob")
    assert boot["user"]["username"] == "bob@acme.example"
    assert boot["adapterUrl"] == "http://localhost:8080/softphone"
    assert (boot["standbyUrl"], boot["standbyTimeoutMs"]) == ("http://localhost:8080/standby", 5000)
    assert boot["settings"] == SETTINGS
    assert set(boot["layout"]) == {"Internal", "Inbound", "Outbound"}


def test_standby_may_be_given_apart_from_the_definition() -> None:
    client = make_client(standby_url=lambda: "http://b.example/", standby_timeout_ms=lambda: 0)
    boot = boot_of(client)
    assert (boot["standbyUrl"], boot["standbyTimeoutMs"]) == ("http://b.example/", 0)


def test_the_page_is_not_frameable_and_runs_no_inline_script(client: FlaskClient) -> None:
    answer = client.get("http://acme.lightning.localhost:8080/salesforce")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http://127.0.0.1:8080/salesforce" in answer.get_data(as_text=True)


def test_a_page_of_the_same_origin_says_so(client: FlaskClient) -> None:
    client = make_client(public_origin=lambda: "https://cti.example.com")
    assert "same origin" in client.get("https://cti.example.com/salesforce").get_data(as_text=True)


def test_the_current_user(client: FlaskClient) -> None:
    assert client.get("/salesforce/api/me").get_json()["username"] == "alice@acme.example"
    assert client.get("/salesforce/api/me?user=carol").get_json()["extension"] == "103"


def test_records_and_one_record(client: FlaskClient) -> None:
    rows = client.get("/salesforce/api/records?object=contact").get_json()["rows"]
    assert len(rows) == 20
    erika = client.get(f"/salesforce/api/records/{ERIKA[:15]}").get_json()
    assert (erika["id"], erika["name"]) == (ERIKA, "Erika Muster")
    account = next(field for field in erika["fields"] if field["name"] == "AccountId")
    assert account["target"] == {"id": record_id("Account", 0), "name": "Muster Medien GmbH", "page": True}
    [cases] = [related for related in erika["related"] if related["objectType"] == "Case"]
    assert [row["name"] for row in cases["rows"]] == ["00001026"]


def test_search_respects_the_layout_but_also_says_all_matches(client: FlaskClient) -> None:
    asked = {"searchParams": "4155550132", "callType": "internal"}
    answer = client.post("/salesforce/api/search", json=asked).get_json()
    assert [record["Name"] for record in answer["returnValue"].values()] == ["Tom Reyes"]
    assert [row["name"] for row in answer["matches"]] == ["Bay Area Bikes Inc.", "Tom Reyes"]


def test_a_log_is_saved_shown_and_fetched_only_when_new(client: FlaskClient) -> None:
    log = {"object": {"entityApiName": "Task", "Subject": "Call", "WhoId": ERIKA}}
    saved = client.post("/salesforce/api/log?user=bob", json=log).get_json()
    assert saved["success"]
    first = client.get("/salesforce/api/tasks").get_json()
    [task] = first["tasks"]
    assert (task["WhoId"]["name"], task["OwnerId"]["name"]) == ("Erika Muster", "Bob Brandt")
    again = client.get(f"/salesforce/api/tasks?since={first['version']}")
    assert (again.status_code, again.data) == (204, b"")
    assert client.get(f"/salesforce/api/tasks?about={record_id('Contact', 1)}").get_json()["tasks"] == []


def test_a_refused_log_has_the_open_cti_shape(client: FlaskClient) -> None:
    refused = client.post("/salesforce/api/log", json={"object": {"entityApiName": "Task", "Colour": "red"}})
    assert refused.status_code == 200
    assert refused.get_json()["errors"][0]["details"] == [
        {"message": "No such column 'Colour' on sobject of type Task"}
    ]


def test_a_new_record_is_created_and_found(client: FlaskClient) -> None:
    fields = {"entityApiName": "Contact", "LastName": "Neumann", "Phone": "+49 30 23125 999"}
    assert client.post("/salesforce/api/records", json=fields).status_code == 201
    found = client.post("/salesforce/api/search", json={"searchParams": "+493023125999", "callType": "inbound"})
    assert [record["Name"] for record in found.get_json()["returnValue"].values()] == ["Neumann"]
    refused = client.post("/salesforce/api/records", json={"entityApiName": "Contact"})
    assert refused.status_code == 422
    assert refused.get_json() == {"errors": ["Required fields are missing: [LastName]"]}


def test_apex_says_who_is_signed_in(client: FlaskClient) -> None:
    asked = {"apexClass": "CtiIdentity", "methodName": "whoAmI", "methodParams": ""}
    answer = client.post("/salesforce/api/apex?user=bob", json=asked).get_json()
    identity = json.loads(answer["returnValue"]["runApex"])
    assert identity["username"] == "bob@acme.example"
    assert set(identity) == {"username", "userId", "organizationId"}


@pytest.mark.parametrize(
    ("asked", "description"),
    [
        ({"apexClass": "Nope", "methodName": "x"}, "Could not load Apex class: Nope."),
        ({"apexClass": "CtiIdentity", "methodName": "x"}, "Could not find method x of Apex class: CtiIdentity."),
    ],
)
def test_unknown_apex_is_a_server_error(client: FlaskClient, asked: dict[str, str], description: str) -> None:
    answer = client.post("/salesforce/api/apex", json=asked).get_json()
    assert answer["errors"] == [{"code": "SERVER_ERROR", "description": description}]


def test_apex_passes_parameters_and_survives_a_failing_method() -> None:
    def echo(user: object, parameters: Any) -> str:
        return str(parameters["name"])

    client = make_client(apex_classes={"Demo": {"echo": echo}})
    asked = {"apexClass": "Demo", "methodName": "echo", "methodParams": "name=acme&phone=(212) 555-5555"}
    assert client.post("/salesforce/api/apex", json=asked).get_json()["returnValue"] == {"runApex": "acme"}
    failed = client.post("/salesforce/api/apex", json=asked | {"methodParams": None}).get_json()
    assert failed["errors"][0]["code"] == "SERVER_ERROR"


@pytest.mark.parametrize("name", ["opencti_min.js", "opencti.js"])
def test_the_client_script_is_served_for_every_version(client: FlaskClient, name: str) -> None:
    with client.get(f"/support/api/66.0/lightning/{name}") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/javascript"
        assert "sforce.opencti" in answer.get_data(as_text=True)


def test_a_script_that_is_dropped_in_is_served_instead(tmp_path: Path) -> None:
    (tmp_path / "opencti_min.js").write_text("/* theirs */")
    client = make_client(script_dir=tmp_path)
    for name in ("opencti_min.js", "opencti.js"):
        with client.get(f"/support/api/57.0/lightning/{name}") as answer:
            assert answer.get_data(as_text=True) == "/* theirs */"


@pytest.mark.parametrize(
    "path",
    ["/support/api/57/lightning/opencti.js", "/support/api/57.0/lightning/other.js", "/salesforce/api/records/x"],
)
def test_what_is_not_there_is_a_problem_document(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json()["error_id"] == "standin_not_found"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/salesforce/api/log?user=mallory", {"json": {"object": {}}}),
        ("/salesforce/api/log", {"data": '{"object": {}}'}),
        ("/salesforce/api/log", {"data": "{", "content_type": "application/json"}),
        ("/salesforce/api/log", {"json": [1]}),
        ("/salesforce/api/log", {"json": {"object": "x" * MAX_BODY}}),
        ("/salesforce/api/search", {"json": {"searchParams": "12", "callType": "inbound"}}),
        ("/salesforce/api/search", {"json": {"searchParams": "123", "callType": "sideways"}}),
        ("/salesforce/api/search", {"json": {"searchParams": 123}}),
    ],
)
def test_a_bad_request_is_a_problem_document(client: FlaskClient, path: str, sent: dict[str, Any]) -> None:
    answer = client.post(path, **sent)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["error_id"] == "standin_bad_request"


def test_an_unknown_object_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.get("/salesforce/api/records?object=Visit__c")
    assert answer.status_code == 400
    assert "Account, Contact, Lead, Case, Task" in answer.get_json()["detail"]
