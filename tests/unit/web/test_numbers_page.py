"""The page that explains numbers: what it hands to the browser, and how lists are read."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call_center.definition import DefinitionOptions, build_definition
from cti_adapter.domain.call_center.number_items import DIALING_ITEMS, NUMBER_ITEMS
from cti_adapter.domain.call_center.settings import flat_settings
from cti_adapter.web.app import ROOT
from cti_adapter.web.numbers_page import MAX_BYTES, MAX_ROWS, ListError, create_blueprint, read_list

SETTINGS = flat_settings(build_definition(DefinitionOptions("https://cti.example.com/softphone")))


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("test", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.register_blueprint(create_blueprint(lambda: SETTINGS, "https://relay.example.com", demonstration=True))
    return app.test_client()


def test_the_page_holds_every_setting_in_its_order(client: FlaskClient) -> None:
    page = client.get("/admin/numbers")
    found = re.search(r'id="config" nonce="[^"]+">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    config = json.loads(found[1])
    assert (config["relay_url"], config["demonstration"]) == ("https://relay.example.com", True)
    names = [item["key"].rpartition("/")[2] for item in config["settings"]]
    assert names == [item.name for item in (*DIALING_ITEMS, *NUMBER_ITEMS)]
    assert all(item["label"] for item in config["settings"])


def test_the_page_is_framed_by_nobody_and_speaks_to_the_relay_only(client: FlaskClient) -> None:
    policy = client.get("/admin/numbers").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' https://relay.example.com;" in policy
    assert client.get("/admin/numbers").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"Name;Telefon\r\nM\xc3\xbcller;+49 89 1\r\n", [["Name", "Telefon"], ["Müller", "+49 89 1"]]),
        (b"\xef\xbb\xbfname,phone\nA,1\n\n", [["name", "phone"], ["A", "1"]]),
        (b"M\xfcller\t089", [["Müller", "089"]]),
        (b'"a;b";1\n"c\nd";2', [["a;b", "1"], ["c\nd", "2"]]),
        (b"+49 89 1\n112\n", [["+49 89 1"], ["112"]]),
        (b"a|b\n", [["a", "b"]]),
    ],
)
def test_lists(client: FlaskClient, content: bytes, rows: list[list[str]]) -> None:
    assert client.post("/admin/numbers/list", data=content).json == {"rows": rows}


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "nothing in it"),
        (b"\n \n", 422, "nothing in it"),
        (b"PK\x03\x04\x00\x00", 422, "no text"),
        (b"1\n" * (MAX_ROWS + 1), 422, f"{MAX_ROWS} are allowed"),
        (b"1" * (MAX_BYTES + 1), 413, "2 MB"),
    ],
)
def test_what_is_no_list_is_said(client: FlaskClient, content: bytes, status: int, told: str) -> None:
    answer = client.post("/admin/numbers/list", data=content)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert told in answer.json["detail"]


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_an_error(content: bytes) -> None:
    try:
        rows = read_list(content)
    except ListError:
        return
    assert rows
    assert all(isinstance(cell, str) for row in rows for cell in row)
