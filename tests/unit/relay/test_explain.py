"""``/v1/dialing/explain``: one number by GET, many by POST with anybody's settings; wrong input is named."""

from typing import Any

import pytest
import requests

from cti_adapter.application.relay import Relay
from fakes.relay_server import SystemClock, relay_app, served_by_thread

SITE = {"/reqDialingOptions/reqOutsidePrefix": "0", "/ctiNumbers/country": "DE"}


@pytest.fixture(scope="module")
def url() -> Any:
    with served_by_thread(relay_app(Relay(SystemClock()), site=lambda: SITE)) as address:
        yield f"{address}/v1/dialing/explain"


def test_one_number_by_the_servers_own_definition(url: str) -> None:
    found = requests.get(url, {"number": "+49 89 1234567"}, timeout=5).json()
    assert (found["dial"], found["e164"]) == ("00891234567", "+49891234567")
    assert [rule["rule"] for rule in found["rules"]] == ["separators", "national_form", "outside_prefix"]


def test_a_plus_that_was_not_escaped_is_a_plus(url: str) -> None:
    assert requests.get(f"{url}?number=+49891234567", timeout=5).json()["input"] == "+49891234567"


def test_incoming_and_the_country_of_the_record(url: str) -> None:
    found = requests.get(url, {"number": "00891234567", "incoming": "true"}, timeout=5).json()
    assert (found["e164"], found["lookup"][0]) == ("+49891234567", "+49891234567")
    french = requests.get(url, {"number": "01 99 00 12 35", "record_country": "FR"}, timeout=5).json()
    assert french["dial"] == "00033199001235"


def test_many_numbers_with_other_settings(url: str) -> None:
    numbers = ["110", "+1 415 555 2671", "nothing", "089 1 / 2"] + ["0171 2345678"] * 196
    body = {"numbers": numbers, "settings": {"/ctiNumbers/country": "US", "/ctiNumbers/areaCode": "1415"}}
    answer = requests.post(url, json=body, timeout=5).json()
    assert [found["input"] for found in answer["explanations"]] == numbers
    assert answer["explanations"][1]["dial"] == "14155552671"
    assert answer["explanations"][2]["problems"][0]["refused"] is True
    assert [problem["rule"] for problem in answer["problems"]] == ["area_code_with_prefix"]


@pytest.mark.parametrize(
    ("query", "error_id", "field"),
    [
        ({}, "missing_field", "number"),
        ({"number": "1", "nummer": "2"}, "unknown_field", "nummer"),
        ({"number": ["1", "2"]}, "out_of_range", "number"),
        ({"number": "1" * 401}, "out_of_range", "number"),
        ({"number": "1", "record_country": "Germany"}, "out_of_range", "record_country"),
        ({"number": "1", "incoming": "perhaps"}, "wrong_type", "incoming"),
    ],
)
def test_wrong_queries(url: str, query: dict[str, Any], error_id: str, field: str) -> None:
    answer = requests.get(url, query, timeout=5)
    assert (answer.status_code, answer.json()["error_id"], answer.json()["field"]) == (422, error_id, field)


@pytest.mark.parametrize(
    ("body", "error_id", "field"),
    [
        ({"numbers": []}, "out_of_range", "numbers"),
        ({"numbers": ["1"] * 201}, "out_of_range", "numbers"),
        ({"numbers": [1]}, "wrong_type", "numbers[0]"),
        ({"number": "1"}, "unknown_field", "number"),
        ({"numbers": ["1"], "settings": {"a": 1}}, "wrong_type", "settings[...]"),
    ],
)
def test_wrong_bodies(url: str, body: dict[str, Any], error_id: str, field: str) -> None:
    answer = requests.post(url, json=body, timeout=5)
    assert (answer.status_code, answer.json()["error_id"], answer.json()["field"]) == (422, error_id, field)
