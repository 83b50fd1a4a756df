"""How fast the panel is there, and what a day of calls leaves behind in the browser's memory.

First paint: the softphone inside the Salesforce stand-in in real Chromium, from the request of the page to its first
contentful paint and to the moment when the agent can dial; the peer is the stand-in's own page, a plain HTML document
with some modules. Memory: the heap after garbage collection before and after the calls of eight hours. One JSON object
a line on stdout; method and figures: docs/performance.md.
"""

import signal
import sys
import tempfile
from pathlib import Path

from figures import milliseconds, progress, result
from playwright.sync_api import Browser, CDPSession, Frame, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.agent import AgentDesk  # noqa: E402 - helpers of the tests
from e2e.conftest import CHROMIUM_ARGUMENTS, chromium_path  # noqa: E402
from support.processes import Server, until  # noqa: E402

PAINTS = 15
#: One call a minute for eight hours.
CALLS = 500
#: Calls before the heap is looked at first: caches and compiled code are a matter of the first ones.
WARM_UP = 120

PAINT = """() => new Promise((resolve) => {
  const seen = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const ready = () => document.querySelector('[data-testid="presence"]:not([disabled])');
  const look = () => (seen() && ready() ? resolve({ paint: seen(), ready: performance.now() }) : setTimeout(look, 5));
  look();
})"""


def softphone(page: Page) -> Frame:
    return next(frame for frame in page.frames if "/softphone" in frame.url)


def first_paint(browser: Browser, url: str) -> None:
    """Each time in a browser context of its own: nothing is cached, as on the first morning; then in one more tab."""
    figures: dict[str, list[float]] = {"paint": [], "ready": [], "peer": [], "next_ready": []}
    for count in range(PAINTS + 1):
        desk = AgentDesk.open(browser, url, "alice")
        told = softphone(desk.page).evaluate(PAINT)
        peer = desk.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        following = AgentDesk.open(browser, url, "alice", context=desk.page.context)
        again = softphone(following.page).evaluate(PAINT)
        following.close()
        desk.close()
        measured = {"paint": told["paint"], "ready": told["ready"], "peer": peer, "next_ready": again["ready"]}
        for name, value in measured.items() if count else ():  # the first one warms the server up
            figures[name].append(value / 1000)
        progress(f"first paint {count} of {PAINTS}")
    paint, peer_paint = milliseconds(figures["paint"]), milliseconds(figures["peer"])
    result(
        "panel_first_paint",
        **paint,
        ready=milliseconds(figures["ready"]),
        next_tab_ready=milliseconds(figures["next_ready"]),
        peer="the page around it",
        peer_paint=peer_paint,
        ratio=round(paint["median_ms"] / peer_paint["median_ms"], 2),
    )


def heap(session: CDPSession) -> int:
    session.send("HeapProfiler.collectGarbage")
    usage: dict[str, int] = session.send("Runtime.getHeapUsage")
    return usage["usedSize"]


def memory(browser: Browser, url: str) -> None:
    """Carol's panel alone in its page, without the stand-in, whose own log of messages grows."""
    context = browser.new_context(viewport={"width": 400, "height": 600})
    page = context.new_page()
    page.goto(f"{url}/softphone?agent=carol@acme.example")
    page.get_by_test_id("presence").wait_for()
    desk = AgentDesk(page, url, "carol", own_context=True)
    session = context.new_cdp_session(page)
    calls(desk, WARM_UP, "warm-up")
    before = heap(session)
    calls(desk, CALLS, "call")
    after = heap(session)
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    result(
        "panel_memory",
        calls=CALLS,
        before_kib=before // 1024,
        after_kib=after // 1024,
        ratio=round(after / before, 3),
        elements=nodes,
    )
    context.close()


def calls(desk: AgentDesk, count: int, what: str) -> None:
    """Ring, answer, notes, hang up: ``count`` times, from changing numbers."""
    for number in range(count):
        desk.phones.ring_from_outside(f"+4930{7000000 + number}", "103", f"Caller {number}")
        desk.page.get_by_test_id("answer").click()
        desk.page.get_by_test_id("timer").wait_for()
        desk.phones.press("103", "hangup")
        desk.page.get_by_test_id("active").wait_for(state="detached")
        if number % 50 == 49:
            progress(f"{what} {number + 1} of {count}")
    until(lambda: not desk.phones.states_of("103"), "the phone to be idle")


def main() -> int:
    path = chromium_path()
    if path is None:
        progress("no Chromium or Chrome on this system; install the package chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "log.txt")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        try:
            first_paint(browser, server.url)
            memory(browser, server.url)
        finally:
            browser.close()
            server.stop(signal.SIGTERM)
    return 0


if __name__ == "__main__":
    sys.exit(main())
