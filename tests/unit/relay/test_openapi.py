"""openapi.json says what the server does: no gap in it, and a fuzzer that reads it finds no fault of the server."""

import random
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cti_adapter.application.connector_messages import Hello
from cti_adapter.application.refusals import ErrorId
from cti_adapter.application.relay import Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.domain.agent import Line
from cti_adapter.relay.openapi import openapi
from cti_adapter.relay.problems import STATUS
from cti_adapter.relay.routes import OPERATIONS
from fakes.relay_server import KEYS, ORG, SystemClock, relay_app, served_by_thread

ROOT = Path(__file__).resolve().parents[3]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
#: Time for the fuzzer, in seconds.
BUDGET = 40


def test_every_operation_is_described_with_all_it_can_refuse() -> None:
    paths = openapi(OPERATIONS)["paths"]
    for operation in OPERATIONS:
        responses = paths[operation.path][operation.method.lower()]["responses"]
        for error_id in operation.refusals:
            assert str(error_id) in responses[str(STATUS[error_id][0])]["description"], (operation.name, error_id)


def test_all_references_lead_somewhere() -> None:
    document = openapi(OPERATIONS)
    schemas = document["components"]["schemas"]

    def check(node: Any) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            assert not reference or reference.removeprefix("#/components/schemas/") in schemas
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(document)
    closed = [name for name, schema in schemas.items() if schema.get("type") == "object"]
    assert all(schemas[name]["additionalProperties"] is False for name in closed)


@pytest.mark.parametrize("error_id", list(ErrorId))
def test_every_error_id_is_documented(error_id: ErrorId) -> None:
    page = (ROOT / "docs/api.md").read_text("utf-8")
    assert f"| `{error_id}` | {STATUS[error_id][0]} |" in page


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_documented(operation: Any) -> None:
    assert f"`{operation.method} {operation.path}`" in (ROOT / "docs/api.md").read_text("utf-8")


@pytest.mark.timeout(180)
def test_a_fuzzer_finds_no_fault() -> None:
    relay = Relay(SystemClock(), rng=NoPatience(), settings=RelaySettings(sessions=100_000))
    lines = (Line(agent="alice", extension="101"),)
    relay.attach(ORG, Hello(connector="pbx", kind="fake", boot="boot-000001", lines=lines))
    with served_by_thread(relay_app(relay)) as url:
        description = requests.get(f"{url}/openapi.json", timeout=5).json()
        schema = schemathesis.openapi.from_dict(description)
        schema.config.base_url = url
        asked = 0
        begun = time.monotonic()
        for result in schema.get_all_operations():
            asked += _fuzz(result.ok(), url, begun + BUDGET)
    assert asked > 300


class NoPatience(random.Random):
    """Shortens every waiting time to nothing, so that the fuzzer is not parked for long."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


def _fuzz(operation: Any, url: str, deadline: float) -> int:
    asked = 0
    caller = next((op.caller for op in OPERATIONS if op.path == operation.path), "anybody")

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @_given_cases(operation)
    def run(case: Any) -> None:
        nonlocal asked
        if time.monotonic() > deadline:
            return
        asked += 1
        case.call_and_validate(headers=_credentials(caller, url), checks=CHECKS, timeout=10)

    run()
    return asked


def _given_cases(operation: Any) -> Any:
    from hypothesis import given
    from hypothesis import strategies as st
    from schemathesis import GenerationMode

    modes = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    return given(case=st.one_of(*(modes if operation.body else modes[:1])))


def _credentials(caller: str, url: str) -> dict[str, str]:
    if caller == "connector":
        return {"Authorization": f"Bearer {KEYS['pbx']}"}
    if caller == "anybody":
        return {}
    body = msgspec.json.encode({"mode": "id", "agent": "alice"})
    answer = requests.post(f"{url}/v1/sessions", body, headers={"content-type": "application/json"}, timeout=5)
    return {"Authorization": f"Bearer {answer.json()['session']}"}
