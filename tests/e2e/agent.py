"""An agent at work in the browser tests: the Salesforce stand-in with the real softphone, and the simulated phones."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from playwright.sync_api import Browser, BrowserContext, ElementHandle, Error, Locator, Page, Request, expect

from cti_adapter.web.salesforce_standin.ids import record_id
from support.processes import until

#: Longest wait for something to appear in the page, in milliseconds.
PATIENCE_MS = 15_000
ERIKA_ID = record_id("Contact", 0)
OUT = 10
"""Time limit of requests to the phones, in seconds."""


class Phones:
    """The simulated desk phones and the outside world, by their HTTP interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.url}/phones/api/state", timeout=OUT).json()
        return answer

    def calls_of(self, extension: str) -> list[dict[str, Any]]:
        phone = next(p for p in self.state()["phones"] if p["extension"] == extension)
        return [call for call in phone["calls"] if call["state"] != "cleared"]

    def states_of(self, extension: str) -> list[str]:
        return [call["state"] for call in self.calls_of(extension)]

    def state_of(self, extension: str) -> str | None:
        states = self.states_of(extension)
        return states[0] if len(states) == 1 else None

    def call_at(self, extension: str) -> dict[str, Any] | None:
        return next(iter(self.calls_of(extension)), None)

    def press(self, extension: str, action: str, **fields: Any) -> None:
        self._post(f"phones/{extension}/{action}", fields)

    def ring_from_outside(self, number: str, to: str, name: str = "", data: dict[str, str] | None = None) -> str:
        return str(self._post("outside/calls", {"from": number, "name": name, "to": to, "data": data or {}})["id"])

    def outside(self, call: str, action: str) -> None:
        self._post(f"outside/calls/{call}/{action}", {})

    def outside_calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.state()["outside"]["calls"]
        return calls

    def far_end(self, action: str) -> None:
        """Whoever outside takes part in the only call there is does ``action``."""
        (call,) = [call for call in self.outside_calls() if call["state"] != "cleared"]
        self.outside(str(call["id"]), action)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/phones/api/{path}", json=body, timeout=OUT)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}


def _is_gone(element: ElementHandle) -> bool:
    """Whether the page that an element was in is another one now."""
    try:
        return not element.evaluate("element => element.isConnected")
    except Error:
        return True


class AgentDesk:
    """One browser tab of one agent."""

    def __init__(self, page: Page, url: str, user: str, *, own_context: bool) -> None:
        self.page = page
        self.url = url
        self.user = user
        self.phones = Phones(url)
        self._own_context = own_context
        #: Addresses of all pages that were loaded, frames included.
        self.visited: list[str] = []
        page.on("framenavigated", lambda frame: self.visited.append(frame.url))
        #: What the softphone and the relay said to each other, for tests that fail now and then.
        self.traffic: list[str] = []
        page.on("response", lambda answer: self._heard(answer.request, str(answer.status)))
        page.on("requestfailed", lambda request: self._heard(request, request.failure or "failed"))

    @classmethod
    def open(
        cls,
        browser: Browser,
        url: str,
        user: str,
        context: BrowserContext | None = None,
        origin: str | None = None,
        query: str = "",
    ) -> "AgentDesk":
        """Open the stand-in as ``user`` (under another ``origin`` than ``url``'s) until the softphone can be used."""
        own = context is None
        context = context or browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        desk = cls(page, url, user, own_context=own)
        page.goto(f"{origin or url}/salesforce?user={user}{query}")
        expect(desk.panel("dial-input")).to_be_visible()
        try:
            expect(desk.panel("presence")).to_be_enabled()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{desk.traffic}") from None
        return desk

    def _heard(self, request: Request, outcome: str) -> None:
        if "/v1/" in request.url:
            self.traffic.append(f"{time.monotonic():.1f} {request.url.partition('/v1/')[2]} {outcome}")

    def panel(self, testid: str) -> Locator:
        """A control of the softphone."""
        return self.page.frame_locator('iframe[data-frame="softphone"]').get_by_test_id(testid)

    def record_title(self) -> Locator:
        """The heading of the record page that is open."""
        return self.page.locator("div.page[data-record] h1")

    def open_record(self, record: str = ERIKA_ID) -> None:
        """Go to a record's page, as by a link in Salesforce."""
        self.page.evaluate("path => { location.hash = path }", f"/lightning/r/Contact/{quote(record)}/view")
        expect(self.record_title()).to_be_visible()

    def cancel_new_record(self) -> None:
        """Close the form of a new contact, which this org's softphone layout wants for an unknown caller's answer."""
        self.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    def click_number(self) -> None:
        """Click the first number of the record."""
        self.page.locator("div.page[data-record] button.click-to-dial").first.click()

    def change_setting(self, key: str, value: str) -> None:
        """Try another value of the call center definition; the softphone is loaded anew."""
        self.page.evaluate("() => { location.hash = '/lightning/setup/CallCenters/home' }")
        self.page.locator(f'input[name="{key}"]').fill(value)
        before = self.panel("dial-input").element_handle()
        self.page.get_by_role("button", name="Try these values").click()
        until(lambda: _is_gone(before), "the softphone to be loaded anew")
        expect(self.panel("dial-input")).to_be_visible()
        expect(self.panel("presence")).to_be_enabled()

    def tasks(self) -> list[dict[str, Any]]:
        """Tasks that were logged, as field -> value."""
        answer = requests.get(f"{self.url}/salesforce/api/tasks?user={self.user}", timeout=OUT).json()
        return [{f["name"]: f.get("value") for f in self._fields(task)} for task in answer["tasks"]]

    def _fields(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        record = requests.get(f"{self.url}/salesforce/api/records/{task['id']}?user={self.user}", timeout=OUT).json()
        fields: list[dict[str, Any]] = record["fields"]
        return fields

    def hang_up_everything(self) -> None:
        """Leave the phones as they were found."""
        for call in self.phones.outside_calls():
            if call["state"] != "cleared":
                self.phones.outside(str(call["id"]), "hangup")
        for extension in ("101", "102", "103"):
            while self.phones.calls_of(extension):
                self.phones.press(extension, "hangup")
            self.phones.press(extension, "forward")

    def settle(self) -> None:
        """Wait until nothing moves or fades any more, but for what turns or blinks without end."""
        for frame in self.page.frames:
            frame.evaluate("""() => Promise.all(document.getAnimations()
              .filter((animation) => Number.isFinite(animation.effect.getComputedTiming().endTime))
              .map((animation) => animation.finished.catch(() => null)))""")

    def picture(self, path: Path) -> None:
        """A screenshot of the whole window, once nothing in it moves any more."""
        self.settle()
        self.page.screenshot(path=path)

    def close(self) -> None:
        """Close the tab (and its browser session, if it was opened for it)."""
        self.page.close()
        if self._own_context:
            self.page.context.close()
