"""The whole way with nothing simulated: a real Asterisk rings a real SIP phone, and the record opens in Chromium."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from e2e.agent import AgentDesk
from e2e.conftest import browser  # noqa: F401 - a fixture
from support.processes import Server, until

from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones

ERIKA = "+4930111222"


@pytest.fixture(scope="module")
def server(asterisk: AsteriskLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    config = folder / "cti.toml"
    config.write_text(
        f"""
[[connectors]]
kind = "asterisk"
id = "lab"
host = "{asterisk.ami_host}"
port = {asterisk.ami_port}
username = "{asterisk.ami_user}"
secret_env = "CTI_SECRET_LAB"
trunks = ["trunk"]
agents = [
    {{ agent = "alice@acme.example", extension = "101" }},
    {{ agent = "bob@acme.example", extension = "102" }},
]
""",
        encoding="utf-8",
    )
    running = Server(folder / "log.txt", "--config", str(config), env={"CTI_SECRET_LAB": asterisk.ami_secret})
    yield running
    assert running.stop() == 0, running.output()
    assert ERIKA[1:] not in running.output(), "no full number in a log line"


@pytest.fixture
def alice(browser: Browser, server: Server, phones: SipPhones) -> Iterator[AgentDesk]:  # noqa: F811
    desk = AgentDesk.open(browser, server.url, "alice")
    yield desk
    desk.close()


def test_incoming_call_pops_and_is_logged(alice: AgentDesk, phones: SipPhones) -> None:
    out = phones.dial("trunk", "49891101", display_name="Erika Muster", asserted_identity=ERIKA)
    ringing = phones.wait_incoming("101")
    expect(alice.panel("incoming-number")).to_contain_text("30")
    expect(alice.record_title()).to_have_text("Erika Muster")
    phones.answer(ringing)
    expect(alice.panel("timer")).to_be_visible()
    phones.hangup(out)
    expect(alice.panel("active")).to_have_count(0)
    task = until(lambda: next(iter(alice.tasks()), None), "the call to be logged")
    assert (task["CallType"], task["WhoId"][:3]) == ("Inbound", "003")


def test_click_makes_the_phone_dial(alice: AgentDesk, phones: SipPhones) -> None:
    alice.open_record()
    alice.click_number()
    own = phones.wait_incoming("101")
    expect(alice.panel("active")).to_be_visible()
    expect(alice.panel("incoming")).to_have_count(0)
    phones.answer(own)
    far = phones.wait_incoming("trunk")
    assert "111222" in json.dumps(phones.seen(own).remote)
    phones.answer(far)
    expect(alice.panel("timer")).to_be_visible()
    alice.panel("hangup").click()
    phones.wait_state(far, "DISCONNECTED")
    expect(alice.panel("active")).to_have_count(0)


def test_blind_transfer_from_the_panel(alice: AgentDesk, phones: SipPhones, asterisk: AsteriskLab) -> None:
    out = phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    phones.answer(phones.wait_incoming("101"))
    expect(alice.panel("timer")).to_be_visible()
    asterisk.wait_talking("101")
    alice.panel("transfer").click()
    alice.panel("transfer-number").fill("102")
    alice.panel("transfer-confirm").click()
    phones.answer(phones.wait_incoming("102"))
    expect(alice.panel("active")).to_have_count(0)
    phones.wait_state(out, "CONFIRMED")
