"""The Apex classes that runApex finds in the stand-in's org. Pure: a user and parameters in, text out."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from .org import Organization
from .seed import ORGANIZATION_ID, User

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


CLASSES: Mapping[str, Mapping[str, ApexMethod]] = {"CtiIdentity": {"whoAmI": who_am_i}}


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
