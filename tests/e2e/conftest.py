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

from support.processes import Server

from .agent import AgentDesk

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
