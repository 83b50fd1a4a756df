"""openapi.json (OpenAPI 3.1), made of the table of operations and the record types. Nothing is written twice."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, get_args

import msgspec

from ..application.refusals import ErrorId
from .problems import PROBLEM_JSON, STATUS, Problem
from .routes import Operation

_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "The session of POST /v1/sessions: 256 random bits, in page memory only.",
    },
    "connector": {"type": "http", "scheme": "bearer", "description": "The key of a connector."},
}
_INTRODUCTION = (
    "Softphones sign in and poll; connectors attach, hand over events and wait for commands. Every event of a call "
    "carries its whole record with a revision: keep the highest. Unknown fields are refused."
)


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """The description of ``operations`` as plain JSON data."""
    named = [kind for op in operations for kind in (op.body, op.query, op.answer) if kind]
    types = {member for kind in named for member in get_args(kind) or (kind,)} | {Problem}
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation)
        if operation.query:
            described["parameters"] = _parameters(schemas[operation.query.__name__])
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "CTI adapter: relay", "version": version("cti-adapter"), "description": _INTRODUCTION},
        "paths": paths | _plain_paths(),
        "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": [] if operation.caller == "anybody" else [{operation.caller: []}],
        "responses": {str(operation.status): _success(operation)} | _refusals(operation.refusals),
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content("application/json", operation.body)}
    return described


def _parameters(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _success(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "Done"}
    return {"description": operation.summary, "content": _content("application/json", operation.answer)}


def _refusals(error_ids: Iterable[ErrorId]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for error_id in (*error_ids, ErrorId.INTERNAL_ERROR):
        by_status.setdefault(STATUS[error_id][0], []).append(f"{error_id}: {STATUS[error_id][1]}")
    return {
        str(status): {"description": "; ".join(which), "content": _content(PROBLEM_JSON, Problem)}
        for status, which in sorted(by_status.items())
    }


def _content(media_type: str, kind: Any) -> dict[str, Any]:
    return {media_type: {"schema": _reference(kind)}}


def _reference(kind: Any) -> dict[str, Any]:
    """A record, or one of several that a field tells apart."""
    members = get_args(kind)
    if not members:
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    told_apart_by = members[0].__struct_config__.tag_field
    return {"oneOf": [_reference(member) for member in members], "discriminator": {"propertyName": told_apart_by}}


def _plain_paths() -> dict[str, Any]:
    """The two paths beside the table, which take nothing and need no record type."""
    up = {"type": "object", "properties": {"status": {"enum": ["ok", "starting", "draining"]}}, "required": ["status"]}
    health = {"application/json": {"schema": up}}
    return {
        "/healthz": {
            "get": {
                "operationId": "health",
                "summary": "Whether this process wants traffic",
                "security": [],
                "responses": {
                    "200": {"description": "Ready", "content": health},
                    "503": {"description": "Starting, or going away", "content": health},
                },
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "description",
                "summary": "This document",
                "security": [],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        },
    }
