"""What an account of manager.conf with fewer rights than documented leads to: each must be noticed and be said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.commands import Command, CommandRefused, GenerateDigits, MakeCall, SetAgentState

from .asterisk_connector import LiveConnector
from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones

SECRET = "only for this test"
RIGHTS = {"read": {"call", "agent", "dtmf", "user", "system"}, "write": {"call", "agent", "originate", "system"}}


class Account:
    """An account in the laboratory's manager.conf, beside the product's."""

    def __init__(self, lab: AsteriskLab) -> None:
        self._lab = lab
        self._file = lab.folder / "etc" / "manager.conf"
        self._before = self._file.read_text(encoding="utf-8")

    def without(self, kind: str, right: str) -> LiveConnector:
        """A connector (not started) whose account has all documented rights but one."""
        rights = {each: sorted(given - {right} if each == kind else given) for each, given in RIGHTS.items()}
        lines = [f"{each} = {','.join(given)}" for each, given in rights.items()]
        self._write(self._before + "\n".join(["", "[poor]", f"secret = {SECRET}", *lines, ""]))
        return LiveConnector(self._lab, username="poor", secret=SECRET, connect_timeout_s=1)

    def remove(self) -> None:
        self._write(self._before)

    def _write(self, text: str) -> None:
        self._file.write_text(text, encoding="utf-8")
        self._lab.cli("manager reload")


@pytest.fixture
def account(asterisk: AsteriskLab) -> Iterator[Account]:
    account = Account(asterisk)
    yield account
    account.remove()


def test_without_the_list_of_channels_there_is_no_work(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    with account.without("write", "system") as live:
        live.lost("rights_missing")
    assert "needs write = system" in caplog.text


def test_not_told_that_asterisk_is_up(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    with account.without("read", "system") as live:
        live.up()
    assert "needs read = system" in caplog.text


@pytest.mark.parametrize(
    ("right", "kind", "fields"),
    [
        ("originate", MakeCall, {"number": "102"}),
        ("agent", SetAgentState, {"state": AgentState.AWAY}),
        ("call", GenerateDigits, {"call": "", "digits": "1"}),
    ],
)
def test_what_is_not_allowed_is_refused_in_asterisks_words(
    account: Account,
    phones: SipPhones,
    asterisk: AsteriskLab,
    right: str,
    kind: Callable[..., Command],
    fields: dict[str, Any],
) -> None:
    with account.without("write", right) as live:
        live.up()
        phones.dial("trunk", "49891101")
        phones.answer(phones.wait_incoming("101"))
        asterisk.wait_talking("101")
        call = live.state("connected").id
        with pytest.raises(CommandRefused, match="Permission denied") as refused:
            live.execute(kind, **(fields | {"call": call} if "call" in fields else fields))
        assert refused.value.error_id == "refused_by_phone_system"
