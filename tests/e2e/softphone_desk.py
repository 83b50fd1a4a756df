"""One agent's browser for the tests of the softphone page alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from .softphone_server import CannedRelay

PICTURES = Path(__file__).resolve().parents[2] / "artifacts" / "softphone"


class Desk:
    """One agent's browser: the page, the relay behind it, and Lightning around it."""

    def __init__(self, page: Page, relay: CannedRelay, port: int) -> None:
        self.page = page
        self.relay = relay
        self.port = port
        self.language = "en"

    def open(
        self, *, lightning: dict[str, Any] | None = None, agent: str = "alice@acme.example", org: str = "acme"
    ) -> None:
        """Load the page; ``lightning``: what Salesforce answers, none for a page opened outside; ``org``: its name."""
        query = f"lang={self.language}&agent={agent}"
        if lightning is not None:
            self.page.add_init_script(f"localStorage.setItem('lightning', {json.dumps(json.dumps(lightning))})")
            query += f"&mode=Lightning&sfdcIframeOrigin=http%3A%2F%2F{org}.lightning.localhost%3A{self.port}"
        self.page.goto(f"http://localhost:{self.port}/softphone?{query}")

    def ready(self) -> None:
        expect(self.by("presence")).to_be_enabled()

    def another_tab(self) -> "Desk":
        """One more tab of the same browser, with nothing in it yet."""
        page = self.page.context.new_page()
        page.set_default_timeout(10_000)
        return Desk(page, self.relay, self.port)

    def by(self, testid: str) -> Any:
        return self.page.get_by_test_id(testid)

    def lightning(self, method: str) -> list[dict[str, Any]]:
        """Calls of one method that the page has made to Salesforce."""
        calls: list[dict[str, Any]] = self.page.evaluate("window.lightning.calls")
        return [made for made in calls if made["method"] == method]

    def eventually(self, condition: Callable[[], Any]) -> Any:
        """The first true value of ``condition`` within ten seconds."""
        for _ in range(200):
            if value := condition():
                return value
            self.page.wait_for_timeout(50)
        raise AssertionError("did not happen within ten seconds")

    def picture(self, name: str, widths: tuple[int, ...] = (400, 320)) -> None:
        """Keep a picture, and see to it that nothing sticks out sideways."""
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 640})
            sticks_out = self.page.evaluate(
                """() => [...document.querySelectorAll('body *')].filter((element) => {
                     const box = element.getBoundingClientRect();
                     const style = getComputedStyle(element);
                     return box.width > 1 && style.clipPath === 'none' && box.right > innerWidth + 0.5;
                   }).map((element) => element.outerHTML.slice(0, 120))"""
            )
            assert sticks_out == [], f"{name} at {width} px"
            assert self.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=PICTURES / f"{name}-{self.language}-{width}.png", animations="disabled")
        self.page.set_viewport_size({"width": 400, "height": 640})

    def command(self, verb: str) -> dict[str, Any]:
        """The first command of this kind that the relay has got."""
        found = self.eventually(lambda: [sent for sent in self.relay.commands if sent["command"]["verb"] == verb])
        result: dict[str, Any] = found[0]
        return result
