"""The Apex classes that runApex finds in the stand-in's org. Pure: a user and parameters in, text out."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from .org import Organization, Record
from .seed import COLLEAGUES, ORGANIZATION_ID, USERS, User

ApexMethod = Callable[[User, Mapping[str, str]], str]  # returns what the Apex method returns: text, mostly JSON


def who_am_i(user: User, parameters: Mapping[str, str]) -> str:
    """``CtiIdentity.whoAmI``: JSON text ``{"username", "userId", "organizationId"}`` of the user who is signed in."""
    return json.dumps({"username": user.username, "userId": user.id, "organizationId": ORGANIZATION_ID})


def find_log(org: Organization) -> ApexMethod:
    """``CtiCallLog.find`` of ``org``: id of the Task whose ``CallObject`` is the parameter ``callObject``, or empty."""

    def find(_: User, parameters: Mapping[str, str]) -> str:
        wanted = parameters["callObject"]
        tasks = org.records("Task")
        return next((task.id for task in tasks if wanted and task.value("CallObject") == wanted), "")

    return find


def read_log(org: Organization) -> ApexMethod:
    """``CtiCallLog.read`` of ``org``: JSON text of the same Task's changeable fields, or empty."""

    def read(_: User, parameters: Mapping[str, str]) -> str:
        wanted = parameters["callObject"]
        task = next((task for task in org.records("Task") if wanted and task.value("CallObject") == wanted), None)
        fields = ("Subject", "CallDisposition", "Description", "WhoId", "WhatId")
        return "" if task is None else json.dumps({"Id": task.id} | {name: task.value(name) for name in fields})

    return read


def history(org: Organization) -> ApexMethod:
    """``CtiCallLog.history`` of ``org``: JSON text with the calls of the user who is signed in, newest first."""

    def read(user: User, parameters: Mapping[str, str]) -> str:
        tasks = [task for task in org.records("Task") if task.value("OwnerId") == user.id]
        calls = [task for task in tasks if task.value("TaskSubtype") == "Call"]
        return json.dumps([_past_call(org, task) for task in calls])

    return read


def find_people(user: User, parameters: Mapping[str, str]) -> str:
    """``CtiDirectory.find``: JSON text with the other users whose name contains the parameter ``search``."""
    wanted = parameters["search"].casefold()
    people = [
        {"id": each.id, "name": each.name, "extension": each.extension} for each in USERS if each.id != user.id
    ] + [
        {"id": each.id, "name": each.name, "title": each.title, "phone": each.phone, "mobile": each.mobile}
        for each in COLLEAGUES
    ]
    found = [person for person in people if len(wanted) > 1 and wanted in person["name"].casefold()]
    return json.dumps(sorted(found, key=lambda person: person["name"]))


def do_not_call(org: Organization) -> ApexMethod:
    """``CtiDirectory.doNotCall`` of ``org``: ``true`` for a record whose field says so."""

    def ask(_: User, parameters: Mapping[str, str]) -> str:
        record = org.get(parameters["recordId"])
        return "true" if record is not None and record.value("DoNotCall") == "true" else "false"

    return ask


def _past_call(org: Organization, task: Record) -> dict[str, Any]:
    names = {
        "callObject": "CallObject",
        "subject": "Subject",
        "callType": "CallType",
        "disposition": "CallDisposition",
        "seconds": "CallDurationInSeconds",
    }
    fields = {name: task.value(field) for name, field in names.items()}
    at = datetime.strptime(task.modified, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000
    references = {"who": _named(org, task.value("WhoId")), "what": _named(org, task.value("WhatId"))}
    return {"id": task.id, "at": at} | fields | references


def _named(org: Organization, identifier: object) -> dict[str, Any] | None:
    record = org.get(str(identifier)) if identifier else None
    if record is None:
        return None
    return {"id": record.id, "name": record.name, "type": record.object_name, "phone": record.value("Phone")}


CLASSES: Mapping[str, Mapping[str, ApexMethod]] = {
    "CtiIdentity": {"whoAmI": who_am_i},
}


def run_apex(classes: Mapping[str, Mapping[str, ApexMethod]], request: Mapping[str, Any], user: User) -> dict[str, Any]:
    """runApex's response object; ``returnValue`` is ``{"runApex": text}`` (Open CTI guide, runApex for Lightning).

    ``request``: ``apexClass``, ``methodName``, ``methodParams`` (a query string, or nothing). An unknown class or
    method and a method that fails are SERVER_ERROR, the first with the documented sentence.
    """
    class_name, method_name = str(request.get("apexClass") or ""), str(request.get("methodName") or "")
    if class_name not in classes:
        return _server_error(f"Could not load Apex class: {class_name[:80]}.")
    method = classes[class_name].get(method_name)
    if method is None:
        return _server_error(f"Could not find method {method_name[:80]} of Apex class: {class_name}.")
    parameters = request.get("methodParams")
    text = parameters if isinstance(parameters, str) else ""
    try:
        value = method(user, dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50)))
    except (ValueError, KeyError):
        return _server_error("A problem was encountered on the server.")
    return {"success": True, "returnValue": {"runApex": value}, "errors": None}


def _server_error(description: str) -> dict[str, Any]:
    return {"success": False, "returnValue": None, "errors": [{"code": "SERVER_ERROR", "description": description}]}
