"""``/callcenter.xml`` over HTTP: this server's own address, never stored, and a sentence where there can be none."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from cti_adapter.domain.call_center.definition import DefinitionOptions
from cti_adapter.domain.call_center.document import read
from cti_adapter.domain.call_center.rules import check
from cti_adapter.web.call_center import create_blueprint


def client(options: Callable[[], DefinitionOptions]) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(create_blueprint(options))
    return app.test_client()


def test_the_definition_holds_the_servers_address_standby_and_timeout() -> None:
    options = DefinitionOptions("https://a.example.org", standby_url="https://b.example.org", timeout_ms=7000)
    response = client(lambda organization: options).get("/callcenter.xml")
    assert response.status_code == 200
    assert response.content_type == "application/xml; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="callcenter.xml"'
    assert response.headers["Cache-Control"] == "no-store"
    center = read(response.data)
    assert center.value("reqGeneralInfo", "reqAdapterUrl") == "https://a.example.org/softphone"
    assert center.value("reqGeneralInfo", "reqStandbyUrl") == "https://b.example.org/softphone"
    assert center.value("reqGeneralInfo", "reqTimeout") == "7000"
    assert check(response.data).problems == ()


def test_without_standby_neither_of_its_items_is_there() -> None:
    center = read(client(lambda organization: DefinitionOptions("http://localhost:8080")).get("/callcenter.xml").data)
    assert center.value("reqGeneralInfo", "reqAdapterUrl") == "http://localhost:8080/softphone"
    assert center.value("reqGeneralInfo", "reqStandbyUrl") is None
    assert center.value("reqGeneralInfo", "reqTimeout") is None


def test_the_options_are_asked_for_each_time() -> None:
    urls = iter(["https://a.example.org", "https://b.example.org"])
    browser = client(lambda organization: DefinitionOptions(next(urls)))
    assert b"//a.example.org/" in browser.get("/callcenter.xml").data
    assert b"//b.example.org/" in browser.get("/callcenter.xml").data


def test_an_address_that_salesforce_cannot_load_is_explained() -> None:
    response = client(lambda organization: DefinitionOptions("http://cti.example.org")).get("/callcenter.xml")
    assert (response.status_code, response.mimetype) == (409, "text/plain")
    assert "https" in response.text
    assert "public_url" in response.text
    assert response.headers["Cache-Control"] == "no-store"
