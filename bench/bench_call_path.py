"""How long a call takes from Asterisk's manager interface into the agent's panel, and a click to ``Originate``.

The real server and real Chromium with the Salesforce stand-in; only Asterisk is a script in this process. Method and
figures: docs/performance.md. One JSON object a line on stdout.
"""

import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from figures import milliseconds, progress, result
from playwright.sync_api import Frame, Page, sync_playwright
from scripted_ami import SECRET, USER, Message, RecordedCall, ScriptedAmi, block

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.agent import AgentDesk  # noqa: E402 - helpers of the tests
from e2e.conftest import CHROMIUM_ARGUMENTS, chromium_path  # noqa: E402
from support.processes import Server, until  # noqa: E402

CALLS = 200
#: Calls before the measured ones: first use of code, caches and connections is a matter of its own.
WARM_UP = 10
#: Longest run of each of the two measurements, in seconds.
LIMIT_S = 300.0
RECORDING = ROOT / "tests/traces/asterisk/s14_missed_caller_gives_up.ami.jsonl"

CONFIG = """
[[connectors]]
kind = "asterisk"
id = "bench"
host = "127.0.0.1"
port = {port}
username = "{user}"
secret = "{secret}"
resync_s = 3600
agents = [{{ agent = "alice@acme.example", extension = "101" }}]
"""

#: Notes when a number shows in the panel, and when it was painted. A frame is on its way to the screen when a task runs
#: that was queued in its requestAnimationFrame. ``changed`` is a promise that the mutation observer keeps, so that
#: nothing is polled in the page while it is measured.
WATCH_INCOMING = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const number = () => document.querySelector('[data-testid="incoming-number"]');
  const bench = (window.bench = { shown: null, painted: null, skew: 0, done: null });
  const painted = new MessageChannel();
  painted.port1.onmessage = () => {
    bench.painted = now();
    bench.done({ shown: bench.shown, painted: bench.painted });
  };
  bench.within = (what) => Promise.race([
    what, new Promise((_, fail) => { setTimeout(fail, 10000, new Error("waited 10 s in vain")); }),
  ]);
  bench.next = () => {
    bench.shown = bench.painted = null;
    bench.seen = new Promise((done) => { bench.done = done; });
    bench.over = new Promise((gone) => { bench.gone = gone; });
  };
  new MutationObserver(() => {
    const shown = number();
    if (bench.painted !== null && !shown) bench.gone();
    if (bench.shown !== null || !shown || !shown.textContent || !shown.checkVisibility()) return;
    bench.shown = now();
    bench.skew = Math.max(bench.skew, Math.abs(Date.now() - bench.shown));
    requestAnimationFrame(() => painted.port2.postMessage(null));
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""

#: Notes when the button that dials was clicked, before the listeners of the page run; ``there`` is a promise that the
#: call has come into the panel, ``over`` that it has gone again and its log is saved. Saved, the call gets a field for
#: notes, which moves the dial pad from under the mouse; the next click has to come after that.
WATCH_CLICKS = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const clicks = (window.clicks = { at: null });
  const within = (what) => Promise.race([
    what, new Promise((_, fail) => { setTimeout(fail, 10000, new Error("waited 10 s in vain")); }),
  ]);
  clicks.next = () => {
    clicks.came = false;
    clicks.there = within(new Promise((done) => { clicks.come = done; }));
    clicks.over = within(new Promise((done) => { clicks.gone = done; }));
  };
  new MutationObserver(() => {
    const active = document.querySelector('[data-testid="active"]') !== null;
    if (active) {
      clicks.came = true;
      clicks.come();
    }
    if (!active && clicks.came && document.querySelector('[data-testid="ended-notes"]:not([hidden])')) clicks.gone();
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-testid="dial-button"]')) clicks.at = now();
  }, { capture: true });
}"""


def softphone_frame(page: Page) -> Frame:
    handle = page.locator('iframe[data-frame="softphone"]').element_handle()
    frame = handle.content_frame() if handle else None
    if frame is None:
        raise RuntimeError("the stand-in shows no softphone")
    return frame


def pause() -> None:
    """A moment of quiet of random length, so that no timer of the program runs in step with the measurement."""
    time.sleep(random.uniform(0.2, 0.3))


class Deadline:
    """Ends a measurement that takes far too long."""

    def __init__(self) -> None:
        self._end = time.monotonic() + LIMIT_S

    def check(self) -> None:
        if time.monotonic() > self._end:
            raise TimeoutError(f"the measurement takes more than {LIMIT_S:g} s")


def ami_to_panel(ami: ScriptedAmi, frame: Frame) -> None:
    """From the first byte of a call's events to its number in the panel."""
    call, deadline = RecordedCall(RECORDING), Deadline()
    frame.evaluate(WATCH_INCOMING)
    shown, painted = [], []
    for number in range(CALLS + WARM_UP):
        deadline.check()
        ringing, over = call.again(number)
        frame.evaluate("() => bench.next()")
        sent = ami.send(ringing)
        at = frame.evaluate("() => bench.within(bench.seen)")
        if number >= WARM_UP:
            shown.append(at["shown"] / 1000 - sent)
            painted.append(at["painted"] / 1000 - sent)
        ami.send(over)
        frame.evaluate("() => bench.within(bench.over)")
        pause()
        if number % 50 == 49:
            progress(f"  {number + 1} calls")
    clock = round(frame.evaluate("() => bench.skew"), 2)
    result("ami_to_panel", calls=len(shown), **milliseconds(shown), clock_difference_ms=clock)
    result("ami_to_painted_panel", calls=len(painted), **milliseconds(painted))


def declined(action: Message) -> bytes:
    """The agent's own phone rings after an Originate, and the agent declines: the call is over."""
    channel = {"Channel": f"{action['Channel']}-ffffffff", "Uniqueid": action["ChannelId"]}
    marks = {"Privilege": "call,all", **channel, "Linkedid": action["ChannelId"], "ChannelState": "0"}
    return b"".join(
        block({"Event": event, **marks, **more})
        for event, more in (
            ("Newchannel", {}),
            ("Newstate", {"ChannelState": "5"}),
            ("Hangup", {"ChannelState": "5", "Cause": "21", "Cause-txt": "Call Rejected"}),
        )
    )


def click_to_originate(ami: ScriptedAmi, desk: AgentDesk, frame: Frame) -> None:
    """From the click on the panel's button to the Originate at the manager interface."""
    frame.evaluate(WATCH_CLICKS)
    deadline, times = Deadline(), []
    for number in range(CALLS + WARM_UP):
        deadline.check()
        frame.evaluate("() => clicks.next()")
        desk.panel("dial-input").fill(f"+493011{number:05}")
        desk.panel("dial-button").click()
        arrived, action = ami.originates.get(timeout=10)
        if number >= WARM_UP:
            times.append(arrived - frame.evaluate("() => clicks.at") / 1000)
        frame.evaluate("() => clicks.there")
        ami.send(declined(action))
        frame.evaluate("() => clicks.over")
        pause()
        if number % 50 == 49:
            progress(f"  {number + 1} clicks")
    result("click_to_originate", calls=len(times), **milliseconds(times))


@contextmanager
def agent_at_work(ami: ScriptedAmi) -> Iterator[AgentDesk]:
    """The server with its connector at ``ami``, and alice signed in at the stand-in in Chromium."""
    chromium = chromium_path()
    if chromium is None:
        raise SystemExit("bench_call_path: no Chromium or Chrome on this system; install the package chromium")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="cti-bench-"))
        stack.callback(shutil.rmtree, folder)
        config = folder / "config.toml"
        config.write_text(CONFIG.format(port=ami.port, user=USER, secret=SECRET), "utf-8")
        server = Server(folder / "log.txt", "--config", str(config))
        stack.callback(server.stop)
        if not ami.snapshots.acquire(timeout=15):
            raise SystemExit(f"the connector did not connect:\n{server.output()}")
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium, args=CHROMIUM_ARGUMENTS
        )
        stack.callback(browser.close)
        yield AgentDesk.open(browser, server.url, "alice")


def main() -> None:
    # So that server and browser are ended, too, when somebody ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ami = ScriptedAmi()
    try:
        with agent_at_work(ami) as desk:
            frame = softphone_frame(desk.page)
            desk.panel("dial-input").fill("+493011000")
            until(lambda: desk.panel("dial-button").is_enabled(), "the phone system to be in reach")
            progress(f"ami_to_panel: {WARM_UP} + {CALLS} calls")
            ami_to_panel(ami, frame)
            progress(f"click_to_originate: {WARM_UP} + {CALLS} clicks")
            click_to_originate(ami, desk, frame)
    finally:
        ami.close()


if __name__ == "__main__":
    main()
