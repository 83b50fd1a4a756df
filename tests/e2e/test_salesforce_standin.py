"""The Salesforce stand-in in Chromium with a tiny test softphone: what a softphone page can rely on."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, send_from_directory
from playwright.sync_api import FilePayload, Frame, Page, Route, expect

from cti_adapter.web.salesforce_standin.blueprint import StandinDependencies, create_blueprint
from cti_adapter.web.salesforce_standin.ids import record_id

from .conftest import Serve

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
ASSETS = Path(__file__).parent / "assets"
ERIKA = record_id("Contact", 0)
NAMES = ("acme.lightning.localhost", "acme.lightning.salesforce.ms", "127.0.0.1")


def make_app(port: int, *, adapter: str = "/test-softphone", standby_ms: int = 0, scheme: str = "http") -> Flask:
    app = Flask("standin", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    origin = f"{scheme}://localhost:{port}"
    settings = {
        "/label": "Test Center",
        "/internalNameLabel": "Internal Name",
        "/displayNameLabel": "Display Name",
        "/reqGeneralInfo/label": "General Information",
        "/reqGeneralInfo/sortOrder": "0.0",
        "/reqGeneralInfo/reqInternalName": "TestCenter",
        "/reqGeneralInfo/reqDisplayName": "Test Center",
        "/reqGeneralInfo/reqAdapterUrl": origin + adapter,
        "/reqGeneralInfo/reqSoftphoneHeight": "500",
        "/reqGeneralInfo/reqSoftphoneWidth": "380",
        "/reqDialingOptions/label": "Dialing Options",
        "/reqDialingOptions/sortOrder": "1.0",
        "/reqDialingOptions/reqOutsidePrefix": "9",
    }
    if standby_ms:
        settings |= {
            "/reqGeneralInfo/reqStandbyUrl": f"http://127.0.0.1:{port}/test-softphone?standby=1",
            "/reqGeneralInfo/reqTimeout": str(standby_ms),
        }
    app.register_blueprint(
        create_blueprint(
            StandinDependencies(call_center=lambda: settings, adapter_url=lambda: adapter, public_origin=lambda: origin)
        )
    )

    @app.get("/test-softphone")
    def softphone() -> Response:
        return send_from_directory(ASSETS, "test_softphone.html")

    @app.get("/test-softphone/page.js")
    def script() -> Response:
        return send_from_directory(ASSETS, "test_softphone.js", mimetype="text/javascript")

    return app


def softphone_frame(page: Page, name: str = "softphone") -> Frame:
    """The frame of a softphone, as soon as its page is ready."""
    expect(page.frame_locator(f'iframe[data-frame="{name}"]').locator("#state")).to_have_text("ready")
    return frame_of(page, name)


def frame_of(page: Page, name: str) -> Frame:
    frame = page.locator(f'iframe[data-frame="{name}"]').element_handle().content_frame()
    assert frame is not None
    return frame


def opened(page: Page, port: int, query: str = "", name: str = "acme.lightning.localhost") -> Frame:
    page.goto(f"http://{name}:{port}/salesforce{query}")
    return softphone_frame(page)


def call(frame: Frame, method: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = frame.evaluate("([m, a]) => window.cti(m, a)", [method, arguments or {}])
    return answer


def events(frame: Frame, kind: str, count: int) -> list[dict[str, Any]]:
    """Payloads of the events of a kind, once there are ``count``."""
    frame.wait_for_function("([k, n]) => window.events.filter((e) => e.kind === k).length >= n", arg=[kind, count])
    found: list[dict[str, Any]] = frame.evaluate(
        "(k) => window.events.filter((e) => e.kind === k).map((e) => e.payload)", kind
    )
    return found


@pytest.fixture
def port(flask_server: Serve) -> int:
    return flask_server(make_app)


@pytest.mark.parametrize("name", NAMES)
def test_the_softphone_is_open_and_ready_at_once_under_each_name(page: Page, port: int, name: str) -> None:
    frame = opened(page, port, name=name)
    assert frame.url.startswith(
        f"http://localhost:{port}/test-softphone?mode=Lightning&isdtp=vw&sfdcIframeOrigin=http%3A"
    )
    assert call(frame, "isSoftphonePanelVisible")["returnValue"] == {"visible": True}
    box = page.locator(".panel-body").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (380, 500)


def test_the_softphone_starts_under_a_name_of_salesforce_with_https(
    page: Page, flask_server: Serve, certificate: tuple[str, str]
) -> None:
    port = flask_server(lambda port: make_app(port, scheme="https"), tls=certificate)
    page.goto(f"https://acme.lightning.localhost.force.com:{port}/salesforce")
    assert softphone_frame(page).url.startswith(f"https://localhost:{port}/test-softphone?mode=Lightning")


def test_the_page_moves_to_another_name_than_the_softphone(page: Page, port: int) -> None:
    page.goto(f"http://localhost:{port}/salesforce?user=bob")
    assert page.url == f"http://acme.lightning.localhost:{port}/salesforce?user=bob"
    frame = softphone_frame(page)
    identity = call(frame, "runApex", {"apexClass": "CtiIdentity", "methodName": "whoAmI", "methodParams": ""})
    assert '"bob@acme.example"' in identity["returnValue"]["runApex"]


@pytest.mark.parametrize("version", [43, 57, 68])
def test_a_click_on_a_number_reaches_the_softphone(page: Page, flask_server: Serve, version: int) -> None:
    port = flask_server(lambda port: make_app(port, adapter=f"/test-softphone?version={version}"))
    frame = opened(page, port)
    page.get_by_role("link", name="Erika Muster").click()
    page.get_by_role("button", name="+49 30 111222").click()
    assert events(frame, "dial", 1) == [
        {"number": "+49 30 111222", "recordId": ERIKA, "recordName": "Erika Muster", "objectType": "Contact"}
    ]


def test_numbers_are_dead_before_click_to_dial_is_enabled_and_after_it_is_disabled(
    page: Page, flask_server: Serve
) -> None:
    frame = opened(page, flask_server(lambda port: make_app(port, adapter="/test-softphone?nodial")))
    number = page.locator('[data-phone="+49 30 111222"]')
    expect(number).to_have_text("+49 30 111222")
    expect(page.locator(".click-to-dial")).to_have_count(0)
    call(frame, "enableClickToDial")
    expect(number.locator(".click-to-dial")).to_be_visible()
    call(frame, "disableClickToDial")
    expect(page.locator(".click-to-dial")).to_have_count(0)


def test_a_caller_who_is_known_pops_and_the_softphone_hears_of_it(page: Page, port: int) -> None:
    frame = opened(page, port)
    found = call(frame, "searchAndScreenPop", {"searchParams": "+4930111222", "callType": "inbound"})
    assert list(found["returnValue"]) == [ERIKA]
    expect(page.get_by_role("heading", name="Erika Muster")).to_be_visible()
    payload = events(frame, "navigation", 1)[-1]
    assert (payload["recordId"], payload["objectType"]) == (ERIKA, "Contact")
    assert call(frame, "getAppViewInfo")["returnValue"] == payload


def test_a_refresh_that_ends_late_does_not_cover_the_record_that_popped(page: Page, port: int) -> None:
    frame = opened(page, port)
    expect(page.get_by_role("heading", name="Good to see you")).to_be_visible()
    held: list[Route] = []
    page.route("**/salesforce/api/records?object=Contact*", lambda route: held.append(route))
    frame.evaluate("() => { window.refreshed = window.cti('refreshView', {}); }")
    call(frame, "screenPop", {"type": "sobject", "params": {"recordId": ERIKA}})
    expect(page.get_by_role("heading", name="Erika Muster")).to_be_visible()
    assert held, "the page is being refreshed"
    held[0].continue_()
    frame.evaluate("() => window.refreshed")
    expect(page.get_by_role("heading", name="Erika Muster")).to_be_visible()


def test_two_people_with_one_number_pop_the_search(page: Page, port: int) -> None:
    frame = opened(page, port)
    deferred = call(
        frame, "searchAndScreenPop", {"searchParams": "04066969121", "callType": "inbound", "deferred": True}
    )
    data = deferred["returnValue"].pop("SCREEN_POP_DATA")
    assert len(deferred["returnValue"]) == 2
    expect(page.get_by_role("heading", name="Good to see you, Alice")).to_be_visible()
    assert call(frame, "screenPop", data)["success"]
    expect(page.get_by_role("heading", name="Contacts (2)")).to_be_visible()


def test_an_unknown_caller_pops_a_new_contact_that_can_be_saved_and_found(page: Page, port: int) -> None:
    frame = opened(page, port)
    unknown = {"searchParams": "+493023125555", "callType": "inbound", "defaultFieldValues": {"Phone": "+493023125555"}}
    assert call(frame, "searchAndScreenPop", unknown)["returnValue"] == {}
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Phone", exact=True)).to_have_value("+493023125555")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Required fields are missing: [LastName]")
    dialog.get_by_label("Last Name").fill("Neumann")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Neumann")).to_be_visible()
    assert len(call(frame, "searchAndScreenPop", unknown)["returnValue"]) == 1


def test_a_log_appears_in_the_activities_by_itself_and_can_be_updated(page: Page, port: int) -> None:
    frame = opened(page, port)
    call(frame, "screenPop", {"type": "sobject", "params": {"recordId": ERIKA}})
    value = {"entityApiName": "Task", "Subject": "Call with Erika", "WhoId": ERIKA, "CallDurationInSeconds": 65}
    saved = call(frame, "saveLog", {"value": value})
    activity = page.locator("[data-activities] li")
    expect(activity).to_contain_text("Call with Erika")
    expect(activity).to_contain_text("1:05")
    updated = call(frame, "saveLog", {"value": {"Id": saved["returnValue"], "CallDisposition": "Sold"}})
    assert updated["returnValue"] == saved["returnValue"]
    expect(activity).to_contain_text("Sold")


def test_a_wrong_log_is_an_error_with_details(page: Page, port: int) -> None:
    refused = call(opened(page, port), "saveLog", {"value": {"entityApiName": "Task", "Colour": "red"}})
    assert refused["errors"][0]["details"] == [{"message": "No such column 'Colour' on sobject of type Task"}]


def test_panel_and_item_follow_the_softphone(page: Page, port: int) -> None:
    frame = opened(page, port)
    call(frame, "setSoftphonePanelHeight", {"heightPX": 300})
    call(frame, "setSoftphoneItemLabel", {"label": "Ringing: Erika"})
    call(frame, "setSoftphoneItemIcon", {"key": "incoming_call"})
    call(frame, "setSoftphonePanelLabel", {"label": "CTI"})
    item = page.locator('[data-item="softphone"]')
    expect(item).to_have_text("Ringing: Erika")
    expect(item.locator("svg")).to_have_attribute("data-icon", "incoming_call")
    expect(page.locator(".panel-title")).to_have_text("CTI")
    assert call(frame, "setSoftphonePanelHeight", {"heightPX": 239})["errors"][0]["code"] == "INVALID_PARAM"
    item.click()
    expect(page.locator(".panel")).to_be_hidden()
    assert call(frame, "isSoftphonePanelVisible")["returnValue"] == {"visible": False}
    call(frame, "setSoftphonePanelVisibility", {"visible": True})
    expect(page.locator(".panel")).to_be_visible()
    page.get_by_role("button", name="Pop out").click()
    expect(page.get_by_role("button", name="Dock")).to_be_visible()
    assert frame.evaluate("window.events.length") == 0  # not loaded anew, nothing lost


def test_a_silent_softphone_is_replaced_by_its_standby_for_the_session(page: Page, flask_server: Serve) -> None:
    port = flask_server(lambda port: make_app(port, adapter="/test-softphone?silent", standby_ms=300))
    frame = opened(page, port)
    page.get_by_text("Standby", exact=True).wait_for()
    frame = softphone_frame(page)
    assert frame.url.startswith(f"http://127.0.0.1:{port}/test-softphone?standby=1&mode=Lightning")
    assert call(frame, "getCallCenterSettings")["returnValue"]["/reqDialingOptions/reqOutsidePrefix"] == "9"
    page.reload()
    assert "standby=1" in softphone_frame(page).url


def test_a_softphone_that_answers_in_time_stays(page: Page, flask_server: Serve) -> None:
    frame = opened(page, flask_server(lambda port: make_app(port, standby_ms=20_000)))
    expect(page.locator(".spinner")).to_be_hidden()
    assert "standby" not in frame.url


def test_messages_of_strangers_are_ignored(page: Page, port: int) -> None:
    frame = opened(page, port)
    forged = {"methodName": "setSoftphoneItemLabel", "callId": 0, "apiVersion": 57, "apiType": "opencti"}
    forged |= {"args": {"label": "Mallory"}, "isCallbackRegistered": False}
    # The page itself is not a softphone frame, and the softphone's frame is not of the origin once it is elsewhere.
    page.evaluate("(m) => window.postMessage(m, '*')", forged)
    frame.goto(f"http://127.0.0.1:{port}/static/standin/opencti.js")
    frame_of(page, "softphone").evaluate("(m) => window.parent.postMessage(m, '*')", forged)
    page.get_by_role("button", name="CTI log").click()
    expect(page.locator('.log li[data-direction="ignored"]')).to_have_count(2)
    expect(page.locator('[data-item="softphone"]')).to_have_text("Phone")


def test_a_console_stays_silent_about_lists(page: Page, port: int) -> None:
    frame = opened(page, port, "?console=1")
    assert frame.url.endswith("clc=1")
    page.get_by_role("link", name="Leads").click()
    expect(page.get_by_text("8 items")).to_be_visible()
    page.get_by_role("link", name="Lena Vogt").click()
    payloads = events(frame, "navigation", 1)
    assert [payload["recordName"] for payload in payloads] == ["Lena Vogt"]


def test_a_standard_app_tells_only_the_address_of_a_list(page: Page, port: int) -> None:
    frame = opened(page, port)
    page.get_by_role("link", name="Leads").click()
    assert [set(payload) for payload in events(frame, "navigation", 1)] == [{"url"}]


def test_faults_are_set_by_the_address_and_in_the_drawer(page: Page, port: int) -> None:
    frame = opened(page, port, "?faults=saveLog:SERVER_ERROR,screenPop:silent")
    refused = call(frame, "saveLog", {"value": {"entityApiName": "Task"}})
    assert refused["errors"][0]["code"] == "SERVER_ERROR"
    page.get_by_role("button", name="CTI log").click()
    page.get_by_role("button", name="None").click()
    assert call(frame, "saveLog", {"value": {"entityApiName": "Task"}})["success"]
    page.get_by_label("Faults").fill("saveLog:nonsense")
    page.get_by_label("Faults").blur()
    expect(page.get_by_role("alert").filter(has_text="Not understood: saveLog:nonsense")).to_be_visible()


def test_two_softphones_on_one_page_share_message_channels(page: Page, port: int) -> None:
    first = opened(page, port, "?frames=2")
    second = softphone_frame(page, "softphone-2")
    subscribe = """() => new Promise((done) => sforce.opencti.subscribe({
        channelName: 'News__c', listener: (m) => window.events.push({kind: 'news', payload: m}), callback: done}))"""
    assert second.evaluate(f"async () => (await ({subscribe})()).success")
    call(first, "publish", {"channelName": "News__c", "message": {"text": "hello"}})
    assert events(second, "news", 1) == [{"text": "hello"}]


def test_work_started_from_the_queue_reaches_the_softphone(page: Page, port: int) -> None:
    frame = opened(page, port)
    frame.evaluate("sforce.opencti.hvs.onWorkStart({listener: (w) => window.events.push({kind: 'work', payload: w})})")
    page.get_by_role("button", name="CTI log").click()
    page.get_by_label("Number to call").fill("+49 30 111222")
    page.get_by_role("button", name="Start work").click()
    [work] = events(frame, "work", 1)
    assert (work["completeWorkWhen"], work["attributes"]) == ("TaskSaved", {"to": "+49 30 111222"})


def test_other_values_are_tried_for_the_session_only(page: Page, port: int) -> None:
    frame = opened(page, port)
    page.get_by_role("link", name="Setup").click()
    page.locator('input[name="/reqDialingOptions/reqOutsidePrefix"]').fill("00")
    page.get_by_role("button", name="Try these values").click()
    expect(page.get_by_text("(definition: 9)")).to_be_visible()
    frame = softphone_frame(page)
    assert call(frame, "getCallCenterSettings")["returnValue"]["/reqDialingOptions/reqOutsidePrefix"] == "00"
    page.get_by_role("button", name="Back to the definition").click()
    expect(page.get_by_text("(definition: 9)")).to_have_count(0)
    softphone_frame(page)  # it is loaded anew; closed in the middle of that, it would miss Salesforce's script


def test_setup_gives_what_a_relay_wants_to_know_of_the_org(page: Page, port: int) -> None:
    opened(page, port)
    page.get_by_role("link", name="Setup").click()
    expect(page.get_by_text(record_id("Organization", 1))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Certificate").click()
    assert download.value.suggested_filename == "CtiSignIn.crt"
    assert download.value.path().read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_a_definition_can_be_imported(page: Page, port: int) -> None:
    opened(page, port)
    page.get_by_role("link", name="Setup").click()
    definition = f"""<callCenter><section sortOrder="0" name="reqGeneralInfo" label="General">
        <item sortOrder="0" name="reqInternalName" label="Internal">Imported</item>
        <item sortOrder="1" name="reqDisplayName" label="Display">Imported Center</item>
        <item sortOrder="2" name="reqAdapterUrl" label="URL">http://localhost:{port}/test-softphone</item>
        </section></callCenter>"""
    chosen = page.locator('input[type="file"]')
    chosen.set_input_files(FilePayload(name="center.xml", mimeType="text/xml", buffer=definition.encode()))
    expect(page.get_by_role("heading", name="Imported Center")).to_be_visible()
    settings = call(softphone_frame(page), "getCallCenterSettings")["returnValue"]
    assert (settings["/label"], settings["/internalNameLabel"]) == ("Imported Center", "Internal")
    assert settings["/reqGeneralInfo/reqAdapterUrl/sortOrder"] == "2.0"
    chosen.set_input_files(FilePayload(name="center.xml", mimeType="text/xml", buffer=b"<CallCenter/>"))
    expect(page.get_by_text("The root element is <CallCenter>, not <callCenter>.")).to_be_visible()


def test_search_and_users_in_the_header(page: Page, port: int) -> None:
    opened(page, port)
    page.get_by_role("searchbox").fill("0301112223")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Spree Apotheke")).to_be_visible()
    page.get_by_label("Signed in as").select_option("carol")
    softphone_frame(page)
    assert page.url.split("?")[1].startswith("user=carol")
