"""Calls of agents without any softphone become Tasks: the real server, the simulated phones, Salesforce's REST API."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.processes import Server, cti, until
from support.salesforce_rest import AUDIENCE, CLIENT_ID, INTEGRATION, SalesforceRest

pytestmark = pytest.mark.enable_socket

OUT = 30
NUMBER = "+4989555661"


@pytest.fixture
def salesforce(tmp_path: Path) -> Iterator[SalesforceRest]:
    with SalesforceRest(tmp_path) as running:
        yield running


def settings(salesforce: SalesforceRest, **changes: object) -> dict[str, str]:
    wanted = {
        "login_url": salesforce.url,
        "client_id": CLIENT_ID,
        "username": INTEGRATION,
        "private_key_file": str(salesforce.key_file),
        "audience": AUDIENCE,
        "ca_file": str(salesforce.ca_file),
        "after_s": 10,
        "time_zone": "Europe/Berlin",
    }
    return {"CTI_SERVER_LOGGING": json.dumps(wanted | changes)}


def press(server: Server, path: str, **body: object) -> dict[str, str]:
    answer = requests.post(f"{server.url}/phones/api/{path}", json=body, timeout=OUT)
    assert answer.ok, answer.text
    result: dict[str, str] = answer.json() if answer.content else {}
    return result


def test_a_missed_call_becomes_a_task_and_is_done_when_called_back(salesforce: SalesforceRest, tmp_path: Path) -> None:
    server = Server(tmp_path / "server.txt", env=settings(salesforce))
    call = press(server, "outside/calls", **{"from": NUMBER, "name": "", "to": "101"})["id"]
    press(server, f"outside/calls/{call}/hangup")
    [missed] = until(salesforce.tasks, "the missed call to be logged")
    assert (missed["Status"], missed["CallDisposition"]) == ("Not Started", "Missed")
    assert missed["OwnerId"] == salesforce.org.user("alice").id

    press(server, "phones/101/dial", number=f"0{NUMBER.replace('+49', '0')}")
    [out] = requests.get(f"{server.url}/phones/api/state", timeout=OUT).json()["outside"]["calls"]
    press(server, f"outside/calls/{out['id']}/answer")
    press(server, "phones/101/hangup")
    until(lambda: len(salesforce.tasks()) == 2, "the call back to be logged")
    assert {str(task["Status"]) for task in salesforce.tasks()} == {"Completed"}
    assert server.stop() == 0
    assert "555661" not in server.output()


def test_a_wrong_setting_is_named_at_the_start(salesforce: SalesforceRest, tmp_path: Path) -> None:
    for change, named in (
        ({"private_key_file": str(tmp_path / "nowhere")}, "server_logging.private_key_file"),
        ({"private_key_file": str(salesforce.ca_file)}, "server_logging.private_key_file: holds"),
        ({"private_key_file": __file__}, "server_logging.private_key_file: holds no RSA key"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"login_url": "http://acme.my.salesforce.com"}, "login_url"),
        ({"after_s": 3600}, "server_logging.after_s"),
    ):
        config = tmp_path / "cti.toml"
        wanted = json.loads(settings(salesforce, **change)["CTI_SERVER_LOGGING"])
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in wanted.items())
        config.write_text(f"port = 0\n[server_logging]\n{lines}\n", "utf-8")
        refused = cti("serve", "--config", str(config))
        assert refused.returncode != 0
        assert named in refused.stderr + refused.stdout
