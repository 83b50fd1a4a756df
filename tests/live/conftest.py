"""Fixtures of the live tests: one Asterisk and one set of phones for the whole run, quiet again after each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones
from .talk_phone import TalkPhone

HERE = Path(__file__).parent
not_run = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked `live`, and may use sockets should they be forbidden elsewhere."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.enable_socket)


def pytest_unconfigure(config: pytest.Config) -> None:
    """In CI a skip must not go unnoticed: its reason is the last line of the output."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and (reason := config.stash.get(not_run, None)):
        reporter.write_line(f"Asterisk live tests did not run: {reason}", yellow=True)


@pytest.fixture(scope="session")
def asterisk(request: pytest.FixtureRequest) -> Iterator[AsteriskLab]:
    """The running laboratory; where there can be none, the tests are skipped with the reason."""
    if reason := AsteriskLab.available():
        if os.environ.get("CI") == "true":
            request.config.stash[not_run] = reason
        pytest.skip(reason)
    with AsteriskLab() as lab:
        yield lab


@pytest.fixture(scope="session")
def all_phones(asterisk: AsteriskLab) -> Iterator[SipPhones]:
    """101 Alice, 102 Bob, 103 Carol and `trunk`, the public network; tests take `phones` instead."""
    with SipPhones(asterisk.passwords, asterisk.host, asterisk.sip_port) as phones:
        yield phones


@pytest.fixture
def phones(asterisk: AsteriskLab, all_phones: SipPhones) -> Iterator[SipPhones]:
    """The phones, registered and without calls; afterwards all calls are ended, also inside Asterisk."""
    for name in asterisk.passwords:
        if not all_phones.registered(name):
            all_phones.register(name)
    yield all_phones
    all_phones.reset()
    asterisk.wait_idle()


@pytest.fixture
def talk_phone(asterisk: AsteriskLab, phones: SipPhones) -> Iterator[Callable[..., TalkPhone]]:
    """`talk_phone("101", obeys=True)`: a phone that is controlled by NOTIFY takes 101's place for this test."""
    made: list[TalkPhone] = []

    def make(name: str = "101", *, obeys: bool = True) -> TalkPhone:
        phones.unregister(name)
        made.append(TalkPhone(name, asterisk.passwords[name], asterisk.host, asterisk.sip_port, obeys=obeys))
        return made[-1]

    yield make
    for phone in made:
        phone.close()
