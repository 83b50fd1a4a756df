"""`cti relay` and `cti connect` as processes of their own, as an operator starts and stops them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from support.processes import Program, cti, free_port, until

pytestmark = pytest.mark.enable_socket

KEY = "a-key-of-a-connector-in-a-test"
OUT = 30


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[tuple[Program, str]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = Program(
        "-m",
        "cti_adapter",
        "relay",
        "--port",
        str(port),
        log=tmp_path / "relay.txt",
        env={"CTI_CONNECTOR_KEYS": f'{{"site": "{KEY}"}}'},
    )
    program.ready(f"{url}/healthz")
    yield program, url
    assert program.stop() == 0, program.output()


def connect(tmp_path: Path, url: str, key: str = KEY) -> Program:
    config = tmp_path / "site.toml"
    config.write_text(
        f"""
relay_url = "{url}"
[[connectors]]
kind = "simulator"
id = "site"
agents = [{{ agent = "Alice@acme.example", extension = "101" }}]
""",
        encoding="utf-8",
    )
    return Program(
        "-m", "cti_adapter", "connect", str(config), log=tmp_path / "connect.txt", env={"CTI_CONNECTOR_KEY": key}
    )


class Softphone:
    """Signs in and asks for the whole state."""

    def __init__(self, url: str) -> None:
        self.url = url
        answer = requests.post(f"{url}/v1/sessions", json={"mode": "id", "agent": "alice@acme.example"}, timeout=OUT)
        assert answer.status_code == 201, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['session']}"}

    def state(self) -> dict[str, Any]:
        body = {"cursor": None, "wait": 0}
        answer = requests.post(f"{self.url}/v1/poll", json=body, headers=self.headers, timeout=OUT)
        state: dict[str, Any] = answer.json()["state"]
        return state


def test_connector_attaches_from_outside(relay: tuple[Program, str], tmp_path: Path) -> None:
    _, url = relay
    softphone = Softphone(url)
    assert softphone.state()["link"] == {"reachable": False, "reason": "no_connector", "connector": ""}
    connector = connect(tmp_path, url)
    state = until(lambda: s if (s := softphone.state())["link"]["reachable"] else None, "the phone system's link")
    assert (state["extension"], state["presence"]) == ("101", "available")
    command = {"verb": "MakeCall", "id": "command-0001", "number": "102345"}
    answer = requests.post(f"{url}/v1/commands", json={"command": command}, headers=softphone.headers, timeout=OUT)
    assert answer.status_code == 202, answer.text
    calls = until(lambda: softphone.state()["calls"], "the call")
    assert (calls[0]["direction"], calls[0]["command"]) == ("outbound", "command-0001")
    assert connector.stop() == 0, connector.output()


def test_wrong_key_is_said_once_and_tried_again(relay: tuple[Program, str], tmp_path: Path) -> None:
    _, url = relay
    connector = connect(tmp_path, url, key="another-key-that-nobody-knows")
    until(lambda: "refuses this connector" in connector.output(), "the refusal in the log")
    assert connector.output().count("refuses this connector") == 1
    assert "another-key" not in connector.output()
    assert connector.stop() == 0


def test_relay_that_comes_later_is_found(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    connector = connect(tmp_path, url)
    until(lambda: "out of reach" in connector.output(), "the loss in the log")
    relay = Program(
        "-m",
        "cti_adapter",
        "relay",
        "--port",
        str(port),
        log=tmp_path / "relay.txt",
        env={"CTI_CONNECTOR_KEYS": f'{{"site": "{KEY}"}}'},
    )
    until(lambda: "the relay is back" in connector.output(), "the return in the log")
    assert connector.output().count("out of reach") == 1
    assert connector.stop() == 0
    assert relay.stop() == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "relay_url is missing"),
        ('relay_url = "http://127.0.0.1:1"', "connector_key is missing"),
        ("colour = 1", "unknown key 'colour'"),
        (
            'relay_url = "http://127.0.0.1:1"\nconnector_key = "k"\n[[connectors]]\nkind = "tapy"\nid = "a"',
            "kind 'tapy' is not one of",
        ),
        (
            'relay_url = "http://127.0.0.1:1"\nconnector_key = "k"\n[[connectors]]\nkind = "asterisk"\nid = "a"\n'
            'agents = [{ agent = "a", extension = "1" }]\nusername = "u"',
            "connector a: host: Field required",
        ),
        (
            'relay_url = "http://127.0.0.1:1"\nconnector_key = "k"\n[[connectors]]\nkind = "simulator"\nid = "a"\n'
            "speed = 3",
            "unknown key 'speed'",
        ),
    ],
)
def test_wrong_configuration_is_a_sentence_and_exit_code_2(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "cti.toml"
    config.write_text(text, encoding="utf-8")
    ended = cti("connect", str(config))
    assert ended.returncode == 2, ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
