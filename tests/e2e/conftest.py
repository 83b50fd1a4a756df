"""Shared parts of the browser tests: one Chromium for all, and a way to serve a Flask app on a free port."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from support.processes import PATIENCE, Server, until

from .agent import AgentDesk
from .softphone_desk import Desk
from .softphone_server import CannedRelay
from .softphone_server import create_app as create_softphone_app

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Names under which Salesforce's own client script accepts a host page; all of them are this machine. Chromium
    # speaks only https to force.com (HSTS preload list), but also plain http to salesforce.ms.
    "--host-resolver-rules=MAP *.force.com 127.0.0.1,MAP *.salesforce.ms 127.0.0.1",
    # A page under such a name may else not frame one on loopback (Local Network Access, Chromium 142).
    "--disable-features=LocalNetworkAccessChecks",
]


def chromium_path() -> str | None:
    """The Chromium or Chrome of this system, ``None`` if there is none."""
    names = (os.environ.get("CHROMIUM") or "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the browser tests of a file.

    Not for the whole run: Playwright's event loop occupies the main thread while it is open, and tests of other files
    run event loops of their own there.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium or Chrome on this system; install the package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def own_browser(tmp_path: Path) -> Iterator[Browser]:
    """A Chromium with its own profile, and with everything that Playwright's default arguments switch off."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium or Chrome on this system; install the package chromium")
    profile = tmp_path / "profile"
    arguments = [path, "--headless=new", *CHROMIUM_ARGUMENTS, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    with (tmp_path / "chromium.txt").open("wb") as output, sync_playwright() as playwright:
        process = subprocess.Popen([*arguments, "about:blank"], stdout=output, stderr=output)
        try:
            port = until(lambda: _port_in(profile), "Chromium to name its port")
            browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            yield browser
            browser.close()
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _port_in(profile: Path) -> str:
    told = profile / "DevToolsActivePort"
    lines = told.read_text().splitlines() if told.exists() else []
    return lines[0] if lines else ""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh context, 1280 by 900; script errors of any frame fail the test at its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, ignore_https_errors=True)
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole product in one process, as ``make run`` starts it; it has to end by itself when it is told to."""
    running = Server(tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture
def alice(browser: Browser, server: Server) -> Iterator[AgentDesk]:
    """Alice at work in a tab of her own; afterwards all phones are as they were found."""
    desk = AgentDesk.open(browser, server.url, "alice")
    yield desk
    desk.hang_up_everything()
    desk.close()


class Serve(Protocol):
    """What the fixture ``flask_server`` gives."""

    def __call__(self, factory: Callable[[int], Flask], *, tls: tuple[str, str] | None = None) -> int:
        """Serve the app that ``factory`` makes from its port; returns that port. ``tls``: certificate and key files."""
        ...


@pytest.fixture
def flask_server() -> Iterator[Serve]:
    """Serves Flask apps on free ports of 127.0.0.1 until the test ends."""
    running: list[tuple[Any, threading.Thread]] = []

    def serve(factory: Callable[[int], Flask], *, tls: tuple[str, str] | None = None) -> int:
        placeholder = Flask("placeholder")
        server = make_server("127.0.0.1", 0, placeholder, threaded=True, ssl_context=tls)
        server.app = factory(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return server.server_port

    yield serve
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Certificate and key files of a throw-away certificate, for pages that must be https."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this system; install the package openssl")
    folder: Path = tmp_path_factory.mktemp("tls")
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command = ["openssl", "req", "-x509", *kind, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return files


@pytest.fixture(scope="session")
def images() -> Path:
    """Folder for screenshots, kept as artefacts of a run; ``docs/images`` has copies of the best."""
    folder = Path(__file__).resolve().parents[2] / "artifacts" / "whole"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(browser: Browser, flask_server: Serve) -> Iterator[Desk]:
    relay = CannedRelay()
    port = flask_server(lambda port: create_softphone_app(relay))
    context = browser.new_context(viewport={"width": 400, "height": 640}, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None
    )
    yield Desk(page, relay, port)
    relay.close()
    context.close()
    assert errors == []
