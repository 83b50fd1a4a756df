"""The process in which the phones of sip_phones.py live: pjsua2 on one thread, JSON lines on stdin and stdout.

Source: docs.pjsip.org, "PJSUA2 API" (Endpoint, Account, Call); with threadCnt 0 and mainThreadOnly every callback
comes from libHandleEvents, on this thread.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
import traceback
from collections.abc import Callable
from itertools import count
from typing import Any

import pjsua2 as pj

POLL_MS = 5
LEAVE_SECONDS = 2.0
MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "NONE",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "ACTIVE",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "LOCAL_HOLD",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "REMOTE_HOLD",
    pj.PJSUA_CALL_MEDIA_ERROR: "ERROR",
}
# pjsip abbreviates one of its state names; the tests write the word.
STATES = {"DISCONNCTD": "DISCONNECTED"}


# pjsip writes its first log lines to stdout before it can be told not to: the pipe to the parent moves to another
# descriptor and stdout becomes stderr.
PARENT = os.dup(1)
os.dup2(2, 1)


def tell(kind: str, **what: object) -> None:
    """One line to the parent."""
    line = (json.dumps({"kind": kind, **what}) + "\n").encode()
    while line:
        line = line[os.write(PARENT, line) :]


def header_of(message: str, name: str) -> str:
    """The value of the first header of this name in a SIP message, or an empty string."""
    for line in message.splitlines():
        key, separator, value = line.partition(":")
        if separator and key.strip().lower() == name.lower():
            return value.strip()
    return ""


class Call(pj.Call):  # type: ignore[misc]
    """One call of one phone; reports what happens to it."""

    def __init__(self, phone: Phone, pj_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone, pj_id)
        self.phone = phone
        self.name = f"{phone.name}/{next(phone.numbers)}"
        self.incoming = pj_id != pj.PJSUA_INVALID_ID
        self.over = self.done_here = False
        phone.calls[self.name] = self

    def tell(self, **changes: object) -> None:
        tell("call", call=self.name, phone=self.phone.name, incoming=self.incoming, **changes)

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        state = STATES.get(info.stateText, info.stateText)
        self.tell(state=state, code=info.lastStatusCode, reason=info.lastReason, remote=info.remoteUri)

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()  # has to live as long as its list is read
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                self.tell(media=MEDIA.get(media.status, str(media.status)))

    def onCallTransferStatus(self, prm: Any) -> None:
        self.tell(transfer=prm.statusCode if prm.finalNotify else 100)
        # RFC 5589, 6.1: the phone that transferred hangs up when it hears that the transfer succeeded.
        if prm.finalNotify and prm.statusCode // 100 == 2:
            self.done_here = True

    def onDtmfDigit(self, prm: Any) -> None:
        tell("dtmf", phone=self.phone.name, digit=prm.digit)


class Phone(pj.Account):  # type: ignore[misc]
    """One registered phone; it rings (180) by itself."""

    def __init__(self, name: str, password: str, pbx: str) -> None:
        super().__init__()
        self.name, self.pbx = name, pbx
        self.registered = False
        self.numbers = count(1)
        # Ended calls stay: pjsip still holds them, and Python may not destroy them first.
        self.calls: dict[str, Call] = {}
        self.create(account_config(name, password, pbx))

    def onRegState(self, prm: Any) -> None:
        self.registered = bool(self.getInfo().regIsActive)
        tell("registration", phone=self.name, active=self.registered, code=prm.code)

    def onIncomingCall(self, prm: Any) -> None:
        call = Call(self, prm.callId)
        info = call.getInfo()
        asserted = header_of(prm.rdata.wholeMsg, "P-Asserted-Identity")
        call.tell(state="INCOMING", remote=info.remoteUri, asserted=asserted)
        call.answer(operation(180))


def account_config(name: str, password: str, pbx: str) -> Any:
    """A phone that registers with a password and keeps its sound on 127.0.0.1."""
    config = pj.AccountConfig()
    config.idUri = f"sip:{name}@{pbx}"
    config.regConfig.registrarUri = f"sip:{pbx}"
    config.regConfig.retryIntervalSec = 1  # a restarted PBX gets its phones back quickly
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", name, 0, password))
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    config.natConfig.contactRewriteUse = 0
    return config


def operation(code: int = 0, headers: tuple[tuple[str, str], ...] = ()) -> Any:
    """pjsip's parameters of an operation on a call, with the default settings."""
    parameters = pj.CallOpParam(True)
    if code:
        parameters.statusCode = code
    if headers:
        vector = pj.SipHeaderVector()
        for name, value in headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            vector.append(header)
        parameters.txOption.headers = vector
    return parameters


class Desk:
    """All phones of this process and the commands on them."""

    def __init__(self, phones: dict[str, str], host: str, port: int) -> None:
        self.endpoint = quiet_endpoint()
        self.pbx = f"{host}:{port}"
        self.phones = {name: Phone(name, password, self.pbx) for name, password in phones.items()}

    def obey(self, serial: int, do: str, target: str, **details: Any) -> None:
        """Carries out one command and answers it; pjsip's refusal is an answer too."""
        command: Callable[..., object] = getattr(self, f"do_{do}")
        try:
            tell("answer", serial=serial, result=command(target, **details))
        except pj.Error as refused:
            tell("answer", serial=serial, error=refused.info().splitlines()[0])
        except KeyError as unknown:
            tell("answer", serial=serial, error=f"unknown phone or call {unknown}")

    def call(self, name: str) -> Call:
        return self.phones[name.split("/")[0]].calls[name]

    def uri(self, number: str) -> str:
        return f"sip:{number}@{self.pbx}"

    def do_dial(self, target: str, number: str, display_name: str | None, identity: str | None) -> str:
        phone = self.phones[target]
        name = (display_name or "").replace("\\", "\\\\").replace('"', '\\"')
        quoted = f'"{name}" ' if name else ""
        headers = (("P-Asserted-Identity", f"{quoted}<{self.uri(identity)}>"),) if identity else ()
        parameters = operation(headers=headers)
        if name and not identity:
            parameters.txOption.localUri = f"{quoted}<{self.uri(target)}>"
        call = Call(phone)
        call.makeCall(self.uri(number), parameters)
        return call.name

    def do_answer(self, target: str, code: int) -> None:
        self.call(target).answer(operation(code))

    def do_hangup(self, target: str, code: int) -> None:
        call = self.call(target)
        if not call.over:
            call.hangup(operation(code))

    def do_forward(self, target: str, number: str) -> None:
        self.call(target).answer(operation(302, (("Contact", f"<{self.uri(number)}>"),)))

    def do_hold(self, target: str) -> None:
        self.call(target).setHold(operation())

    def do_resume(self, target: str) -> None:
        parameters = operation()
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.call(target).reinvite(parameters)

    def do_blind_transfer(self, target: str, number: str) -> None:
        self.call(target).xfer(self.uri(number), operation())

    def do_attended_transfer(self, target: str, other: str) -> None:
        self.call(target).xferReplaces(self.call(other), operation())

    def do_send_dtmf(self, target: str, digits: str) -> None:
        self.call(target).dialDtmf(digits)

    def do_register(self, target: str) -> None:
        self.phones[target].setRegistration(True)

    def do_unregister(self, target: str) -> None:
        self.phones[target].setRegistration(False)

    def do_hangup_all(self, target: str) -> None:
        self.endpoint.hangupAllCalls()

    def run(self, orders: int) -> None:
        """Works off orders (a file descriptor) and pjsip's events until the parent closes the pipe."""
        rest = b""
        while True:
            self.endpoint.libHandleEvents(POLL_MS)
            self.leave_transferred()
            if not select.select([orders], [], [], 0)[0]:
                continue
            data = os.read(orders, 65536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.obey(**json.loads(line))

    def leave_transferred(self) -> None:
        """Not done in the callback itself: pjsip is still busy with the call there."""
        for call in [call for phone in self.phones.values() for call in phone.calls.values() if call.done_here]:
            call.done_here = False
            if not call.over:
                call.hangup(operation())

    def leave(self) -> None:
        """Ends the calls and unregisters, as long as the PBX answers."""
        self.endpoint.hangupAllCalls()
        leaving = [phone for phone in self.phones.values() if phone.registered]
        for phone in leaving:
            phone.setRegistration(False)
        deadline = time.monotonic() + LEAVE_SECONDS
        while time.monotonic() < deadline and any(phone.registered for phone in leaving):
            self.endpoint.libHandleEvents(POLL_MS)


def quiet_endpoint() -> Any:
    """pjsip without sound card, log and threads, on any free port of 127.0.0.1."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 32
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port = 0
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    return endpoint


def read_line(descriptor: int) -> bytes:
    """The first line, unbuffered: what follows belongs to Desk.run."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            break
        line += byte
    return line


def main() -> None:
    """First line: {"phones": {name: password}, "host": …, "port": …}; then one command a line. Does not return."""
    code = 1
    try:
        orders = sys.stdin.fileno()
        desk = Desk(**json.loads(read_line(orders)))
        desk.run(orders)
        desk.leave()
        code = 0
    except BaseException:
        traceback.print_exc()  # all the parent will ever see
        sys.stderr.flush()
    finally:
        # Before `desk` goes: pjsua2's destructors wait for a second, or crash when the interpreter ends.
        os._exit(code)


if __name__ == "__main__":
    main()
