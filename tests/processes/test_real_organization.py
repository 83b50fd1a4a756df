"""An organization put into service by commands alone: agent with a token, connector that signs, and its end again."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import requests

from support.processes import PATIENCE, ROOT, Program, free_port, until


class Operator:
    """Somebody at a terminal in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.env = {"CTI_DATABASE_URL": f"sqlite:///{folder}/registry.sqlite3"}
        self.folder = folder

    def cti(self, *arguments: str) -> str:
        """What a command answers on stdout."""
        command = [sys.executable, "-m", "cti_adapter", *arguments]
        env = {**os.environ, **self.env, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


class Softphone:
    """Alice's, as plain HTTP."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        body = {"mode": "token", "organization": "acme", "token": token}
        answer = requests.post(f"{url}/v1/sessions", json=body, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['session']}"}

    def state(self) -> Any:
        """The whole of it; the relay may want us to ask less often."""
        while (answer := self._poll()).status_code == 429:
            threading.Event().wait(float(answer.headers["Retry-After"]))
        return answer.json()["state"]

    def is_out(self) -> bool:
        return self._poll().status_code == 401

    def _poll(self) -> requests.Response:
        return requests.post(f"{self.url}/v1/poll", json={}, headers=self.headers, timeout=PATIENCE)


def test_from_nothing_to_a_call_and_back(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    operator.cti("org", "create", "acme", "--name", "Acme", "--sign-in", "token")
    operator.cti("agent", "create", "alice@acme.example", "--org", "acme")
    token = operator.cti("agent", "token", "alice@acme.example", "--org", "acme")
    public = operator.cti("connector", "keygen", "--out", "site.key")
    operator.cti("connector", "create", "site", "--org", "acme")
    operator.cti("connector", "add-key", "site", "--org", "acme", "--public-key", public)
    port = free_port()
    url = f"http://localhost:{port}"
    relay = Program("-m", "cti_adapter", "relay", "--port", str(port), log=tmp_path / "relay.txt", env=operator.env)
    relay.ready(f"{url}/healthz")
    softphone = Softphone(url, token)
    assert softphone.state()["link"]["reason"] == "no_connector"
    config = tmp_path / "site.toml"
    config.write_text(
        f'relay_url = "{url}"\nconnector_private_key_file = "{tmp_path}/site.key"\n'
        '[[connectors]]\nkind = "simulator"\nid = "site"\norganization = "acme"\n'
        'agents = [{ agent = "alice@acme.example", extension = "101" }]\n'
    )
    connector = Program("-m", "cti_adapter", "connect", str(config), log=tmp_path / "connect.txt")
    until(lambda: softphone.state()["link"]["reachable"], "the signing connector")
    command = {"command": {"verb": "MakeCall", "id": "command-0001", "number": "+49891234567"}}
    answer = requests.post(f"{url}/v1/commands", json=command, headers=softphone.headers, timeout=PATIENCE)
    assert answer.status_code == 202, answer.text
    until(lambda: softphone.state()["calls"], "the call")
    operator.cti("connector", "deactivate", "site", "--org", "acme")
    until(lambda: not softphone.state()["link"]["reachable"], "the connector to be let go")
    until(lambda: "refuses this connector" in connector.output(), "the connector to say why")
    assert connector.stop() == 0
    operator.cti("agent", "deactivate", "alice@acme.example", "--org", "acme")
    until(softphone.is_out, "the agent to be out")
    assert relay.stop() == 0
    assert token not in relay.output() + connector.output()
