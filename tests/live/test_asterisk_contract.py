"""The Asterisk connector keeps the contract of all connectors, at a real Asterisk.

At 101 stands a phone that can be controlled by NOTIFY; the other phones are pjsip's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from contract.harness import LINES, Harness
from contract.suite import ConnectorContract
from cti_adapter.connectors.asterisk.connector import AsteriskConnector
from cti_adapter.domain.commands import VERBS

from .ami_cable import Cable
from .asterisk_connector import wait_ringing
from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones
from .talk_phone import TalkPhone


class AsteriskHarness(Harness):
    """Real phones do what people do with them; their methods wait, hence the threads."""

    rings_first = True
    supported = frozenset(VERBS) - {"ConferenceCall"}
    patience_s = 10.0
    dialled = "040999888"  # 0 is the outside line

    def __init__(self, lab: AsteriskLab, cable: Cable, phones: SipPhones, own: TalkPhone) -> None:
        self._lab, self._cable, self._phones, self._own = lab, cable, phones, own
        self._far = ""
        self.secrets = (lab.ami_secret,)
        login = {"host": lab.ami_host, "port": cable.port, "username": lab.ami_user, "secret": lab.ami_secret}
        site = {"trunks": ["trunk"], "queues": ["billing"], "recording_file": "cti-{call}.wav"}
        site |= {
            "do_not_disturb": "DND",
            "parking_lot": "default",
            "forwarding": {"immediate": "CF"},
            "voicemail_number": "*97",
        }
        site |= {"outbound_numbers": {"+498912345": "Head office"}, "call_data": [*self.data]}
        self.connector = AsteriskConnector.from_options("lab", LINES, login | site)

    async def ring_forwarded_agent(self) -> None:
        def ring() -> str:
            return self._phones.dial("trunk", "49891101", display_name="Erika", asserted_identity=self.far_number)

        self._far = await asyncio.to_thread(ring)

    async def ring_agent(self) -> None:
        await self.ring_forwarded_agent()
        await asyncio.to_thread(wait_ringing, self._lab, "101")

    async def agent_answers_on_phone(self) -> None:
        await asyncio.to_thread(self._own.wait_state, "ringing")
        await asyncio.to_thread(self._own.answer)

    async def lift_own_phone(self) -> None:
        await self.agent_answers_on_phone()

    async def agent_hangs_up_on_phone(self) -> None:
        await asyncio.to_thread(self._own.hangup)

    async def far_end_answers(self) -> None:
        self._far = await asyncio.to_thread(self._phones.wait_incoming, "trunk")
        await asyncio.to_thread(self._phones.answer, self._far)

    async def far_end_hangs_up(self) -> None:
        await asyncio.to_thread(self._phones.hangup, self._far)

    async def colleague_answers_on_phone(self) -> None:
        ringing = await asyncio.to_thread(self._phones.wait_incoming, "102")
        await asyncio.to_thread(self._phones.answer, ringing)

    async def colleague_dials(self, number: str) -> None:
        await asyncio.to_thread(self._phones.dial, "102", number)

    async def lose_phone_system(self) -> None:
        self._cable.pull()

    async def restore_phone_system(self) -> None:
        self._cable.plug()


class TestAsterisk(ConnectorContract):
    harness_class = AsteriskHarness

    @pytest.fixture
    def harness(
        self, asterisk: AsteriskLab, phones: SipPhones, talk_phone: Callable[..., TalkPhone]
    ) -> Iterator[Harness]:
        with Cable(asterisk.ami_port) as cable:
            yield AsteriskHarness(asterisk, cable, phones, talk_phone("101"))
