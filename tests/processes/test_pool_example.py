"""`make pool`: three nodes, three NATS servers, HAProxy and pages on this machine; a call outlives two of the nodes."""

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import requests

from support.processes import ROOT, Program, free_port, until

pytestmark = pytest.mark.enable_socket

OUT = 30


def test_a_call_outlives_two_of_three_nodes(tmp_path: Path) -> None:
    port = free_port()
    pool = Program(str(ROOT / "scripts/pool.py"), "--port", str(port), log=tmp_path / "pool.txt")
    try:
        until(lambda: "Kill a node" in pool.output() or pool.process.poll() is not None, "the pool", patience=90)
        told = pool.output()
        relay = re.search(r"HAProxy: (\S+)", told)
        assert relay, told
        page = Page(relay[1])
        until(lambda: page.state()["link"]["reachable"], "the phone system")
        press(port, "outside/calls", **{"from": "+4989555661", "name": "", "to": "101"})
        (call,) = until(lambda: page.live(), "the call")
        press(port, "phones/101/answer")
        until(lambda: page.live().get(call) == "connected", "the call to be answered")
        for pid in re.findall(r"pid (\d+)", told)[:2]:
            os.kill(int(pid), signal.SIGKILL)
            until(lambda: page.live().get(call) == "connected", "the call to be there")
            page.command(verb="HoldCall", call=call)
            until(lambda: page.live().get(call) == "held", "the call to be held")
            page.command(verb="RetrieveCall", call=call)
            until(lambda: page.live().get(call) == "connected", "the call to be back")
        refused = requests.post(f"{relay[1]}/internal/drain", timeout=OUT)
        assert refused.status_code == 404
    finally:
        assert pool.stop() == 0, pool.output()


def press(port: int, path: str, **body: str) -> None:
    answer = requests.post(f"http://127.0.0.1:{port}/phones/api/{path}", json=body, timeout=OUT)
    assert answer.ok, answer.text


class Page:
    """Signs in whenever it has to, and tries again when it is told to, as the panel does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.count = 0
        self.headers: dict[str, str] = {}

    def post(self, path: str, body: Any) -> requests.Response | None:
        try:
            if not self.headers:
                self.sign_in()
            answer = requests.post(f"{self.url}/v1/{path}", json=body, headers=self.headers, timeout=OUT)
        except requests.RequestException:
            return None
        if answer.status_code == 401:
            self.headers = {}
        return answer if answer.ok else None

    def sign_in(self) -> None:
        body = {"mode": "id", "agent": "alice@acme.example"}
        session = requests.post(f"{self.url}/v1/sessions", json=body, timeout=OUT).json()["session"]
        self.headers = {"Authorization": f"Bearer {session}"}

    def state(self) -> dict[str, Any]:
        answer = until(lambda: self.post("poll", {"cursor": None, "wait": 0}), "a node that answers")
        state: dict[str, Any] = answer.json()["state"]
        return state

    def live(self) -> dict[str, str]:
        return {call["id"]: call["state"] for call in self.state()["calls"] if call["state"] != "cleared"}

    def command(self, **command: str) -> None:
        self.count += 1
        body = {"command": {"id": f"command-{self.count:04}", **command}}
        until(lambda: self.post("commands", body), "the command to be accepted")
