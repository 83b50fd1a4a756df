"""Shapes records for the stand-in's pages: JSON that a page can show without knowing the schema. Pure."""

from collections.abc import Iterable
from typing import Any

from .org import Organization, Record
from .schema import OBJECTS, Field, Kind, ObjectType
from .seed import User


def user_view(user: User) -> dict[str, str]:
    """One user, as the user menu and getters show it."""
    return {
        "id": user.id,
        "alias": user.alias,
        "name": user.name,
        "username": user.username,
        "extension": user.extension,
    }


def object_view(kind: ObjectType) -> dict[str, Any]:
    """Labels, columns and writable fields of one object."""
    fields = [
        {
            "name": field.name,
            "label": field.label,
            "kind": field.kind.value,
            "required": field.required,
            "choices": list(field.choices),
            "writable": not field.computed,
        }
        for field in kind.fields
    ]
    return {
        "name": kind.name,
        "label": kind.label,
        "plural": kind.plural,
        "columns": list(kind.columns),
        "fields": fields,
    }


def row_view(org: Organization, record: Record) -> dict[str, Any]:
    """One line of a list: id, name and the cells of the object's columns."""
    kind = OBJECTS[record.object_name]
    cells = [_cell(org, record, field) for field in map(kind.field, kind.columns) if field]
    return {"id": record.id, "objectType": record.object_name, "name": record.name, "cells": cells}


def record_view(org: Organization, record: Record) -> dict[str, Any]:
    """A whole record page: fields in order, related lists, tasks."""
    kind = OBJECTS[record.object_name]
    return {
        "id": record.id,
        "objectType": record.object_name,
        "label": kind.label,
        "name": record.name,
        "modified": record.modified,
        "fields": [_cell(org, record, field) for field in kind.fields],
        "related": list(_related(org, record)),
        "tasks": [task_view(org, task) for task in org.tasks_of(record.id)],
    }


def task_view(org: Organization, task: Record) -> dict[str, Any]:
    """One logged activity, with the names of what it is about."""
    view: dict[str, Any] = {"id": task.id, "name": task.name, "modified": task.modified, "fields": dict(task.fields)}
    for field in ("WhoId", "WhatId", "OwnerId"):
        identifier = task.value(field)
        view[field] = {"id": identifier, "name": org.label(str(identifier))} if identifier else None
    return view


def _cell(org: Organization, record: Record, field: Field) -> dict[str, Any]:
    value = record.value(field.name)
    cell: dict[str, Any] = {"name": field.name, "label": field.label, "kind": field.kind.value, "value": value}
    if field.kind is Kind.REFERENCE and value:
        cell["target"] = {"id": value, "name": org.label(str(value)), "page": org.get(str(value)) is not None}
    return cell


def _related(org: Organization, record: Record) -> Iterable[dict[str, Any]]:
    for kind in OBJECTS.values():
        links = [f.name for f in kind.fields if record.object_name in f.targets and kind.name != "Task"]
        rows = [r for r in org.records(kind.name) if any(r.value(link) == record.id for link in links)]
        if links:
            yield {"title": kind.plural, "objectType": kind.name, "rows": [row_view(org, row) for row in rows]}
