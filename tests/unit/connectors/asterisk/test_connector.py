"""The life of the connection: login, snapshot, events, loss and return; over a real socket with a scripted AMI."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator

import pytest

from cti_adapter.connectors.asterisk import connection, connector
from fakes.ami_server import SECRET, block
from fakes.asterisk_world import ALICE, AsteriskWorld

Row = dict[str, str]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pauses, only shorter."""
    monkeypatch.setattr(connector, "PAUSE_S", (0.01, 0.05))
    monkeypatch.setattr(connector, "LOGIN_PAUSE_S", 0.05)
    monkeypatch.setattr(connector, "SNAPSHOT_PAUSE_S", 0.05)


@pytest.fixture
async def world() -> AsyncIterator[AsteriskWorld]:
    async with AsteriskWorld(ping_s=1, answer_timeout_s=0.5) as world:
        await world.sink.up()
        yield world


def rows_of(world: AsteriskWorld) -> list[Row]:
    """The call of ``ringing`` or ``talking`` as CoreShowChannels has it."""
    shared = {"Event": "CoreShowChannel", "Duration": "00:00:03"}
    bridge = {"BridgeId": "bridge-1" if world.phone.state == 6 else ""}
    applications = {world.caller.uid: "Dial", world.phone.uid: "AppDial"}
    return [
        {
            **shared,
            **bridge,
            **{key: str(value) for key, value in chan.headers().items()},
            "Application": applications[chan.uid],
        }
        for chan in (world.caller, world.phone)
    ]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "cti.asterisk"]


async def test_login_snapshot_and_then_events(world: AsteriskWorld) -> None:
    asked = [action["Action"] for action in world.server.actions]
    assert asked == ["CoreShowChannels", "ExtensionStateList", "DeviceStateList", "QueueStatus"]
    call = await world.talking()
    assert world.sink.names(ALICE) == ["Delivered", "Established"]
    assert [known.id for _, known in world.connector.live_calls()] == [call]


async def test_a_call_that_was_up_before_is_told_at_once(world: AsteriskWorld) -> None:
    await world.talking()
    other = AsteriskWorld()
    other.server.rows["CoreShowChannels"] = rows_of(world)
    async with other:
        await other.sink.up()
        assert [call.state for _, call in other.connector.live_calls()] == ["connected"]
        assert other.sink.last(ALICE).caller.number == "+4930111222"


async def test_events_during_the_snapshot_are_not_missed() -> None:
    world = AsteriskWorld()
    world.script.ring(world.script.outside(), "101")

    def while_the_list_is_made(action: Row) -> Row:
        asyncio.ensure_future(world.play())
        return {"Response": "Success"}

    world.server.answers["QueueStatus"] = while_the_list_is_made
    async with world:
        await world.sink.state(ALICE, "alerting")
        assert world.sink.names(ALICE) == ["Delivered"]


async def test_connection_cut_in_mid_call(world: AsteriskWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cti.asterisk")
    call = await world.talking()
    told = len(world.sink.events)
    world.server.rows["CoreShowChannels"] = rows_of(world)
    await world.server.hang_up()
    await world.sink.lost()
    await world.sink.up(resyncs=2)
    assert [known.id for _, known in world.connector.live_calls()] == [call]
    assert len(world.sink.events) == told, "nothing doubled"
    world.script.finish("bridge-1", world.caller, world.phone)
    await world.play()
    assert (await world.sink.state(ALICE, "cleared")).cause == "normal"
    assert lines(caplog) == [
        "connector lab: Asterisk is out of reach, trying again: Asterisk closed the connection",
        "connector lab: Asterisk is back",
    ]


async def test_a_call_that_ended_meanwhile_is_over_after_the_return(world: AsteriskWorld) -> None:
    await world.talking()
    await world.server.hang_up()
    await world.sink.up(resyncs=2)
    assert world.sink.last(ALICE).state == "cleared"
    assert world.sink.last(ALICE).cause == "lost"
    assert world.connector.live_calls() == []


async def test_down_for_a_while_is_one_line_and_not_one_for_each_try(
    world: AsteriskWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cti.asterisk")
    await world.server.leave()
    await world.sink.until(lambda: len(world.sink.links) > 5, "several tries")
    await world.server.listen()
    await world.sink.up(resyncs=2)
    assert world.sink.reasons == ["up", "phone_system_unreachable", "up"]
    assert len(lines(caplog)) == 2


async def test_silence_is_noticed(world: AsteriskWorld) -> None:
    world.server.silent = True
    await world.sink.lost()
    world.server.silent = False
    await world.sink.up(resyncs=2)


async def test_wrong_password_is_tried_again_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    world = AsteriskWorld()
    world.server.secret = "another one"
    async with world:
        await world.server.until(lambda: world.server.logins >= 3)
        assert world.sink.reasons == ["login_refused"]
        world.server.secret = SECRET
        await world.sink.up()
    (line,) = lines(caplog)
    assert "check username and secret" in line
    assert SECRET not in caplog.text


async def test_each_reason_has_its_line(world: AsteriskWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.server.secret = "changed by the administrator"
    await world.server.hang_up()
    await world.sink.lost("login_refused")
    assert [line.split(": ")[-1] for line in lines(caplog)] == [
        "Asterisk closed the connection",
        "check username and secret of this connector",
    ]


async def test_user_who_may_not_list_channels(caplog: pytest.LogCaptureFixture) -> None:
    world = AsteriskWorld()
    del world.server.rows["CoreShowChannels"]
    world.server.answers["CoreShowChannels"] = {"Response": "Error", "Message": "Permission denied"}
    async with world:
        await world.server.wait_action("CoreShowChannels", 3)
        assert world.sink.reasons == ["rights_missing"]
    (line,) = lines(caplog)
    assert "refuses CoreShowChannels (Permission denied)" in line
    assert "write = system" in line


@pytest.mark.parametrize("name", ["ExtensionStateList", "DeviceStateList", "QueueStatus"])
async def test_the_other_lists_may_be_missing(name: str) -> None:
    world = AsteriskWorld()
    del world.server.rows[name]
    world.server.answers[name] = {"Response": "Error", "Message": "Permission denied"}
    async with world:
        await world.sink.up()


async def test_user_who_is_not_told_that_asterisk_is_up(caplog: pytest.LogCaptureFixture) -> None:
    world = AsteriskWorld(connect_timeout_s=0.1)
    world.server.fully_booted = False
    async with world:
        await world.sink.up()
    assert "needs read = system" in lines(caplog)[0]


async def test_asterisk_that_still_starts_is_waited_for() -> None:
    world = AsteriskWorld()
    world.server.fully_booted = False
    async with world:
        await world.server.until(lambda: world.server.logins == 1)
        assert world.server.actions == []
        await world.server.event("FullyBooted")
        await world.sink.up()


async def test_a_restart_of_asterisk_is_no_second_snapshot(world: AsteriskWorld) -> None:
    """``FullyBooted`` after the login belongs to the login."""
    await world.talking()
    world.server.rows["CoreShowChannels"] = rows_of(world)
    await world.server.hang_up()
    await world.sink.up(resyncs=2)
    assert len(world.server.named("CoreShowChannels")) == 2


async def test_an_event_that_makes_no_sense_leads_to_a_comparison(world: AsteriskWorld) -> None:
    asked = len(world.server.named("CoreShowChannels"))
    await world.server.event(
        "Newstate", Channel="PJSIP/101-00000099", ChannelState="6", ChannelStateDesc="Up", Uniqueid="1795390000.99",
        Linkedid="1795390000.99", Exten="", CallerIDNum="101", CallerIDName="", ConnectedLineNum="1",
    )  # fmt: skip
    await world.server.wait_action("CoreShowChannels", asked + 1)


async def test_the_picture_is_compared_now_and_then() -> None:
    async with AsteriskWorld(resync_s=5) as world:
        await world.sink.up()
        world.connector._last_snapshot -= 6
        await world.server.wait_action("CoreShowChannels", 2)


@pytest.mark.parametrize(
    ("noise", "why"),
    [
        (b"x" * 70_000, "a line of more than 65536 bytes"),
        (b"\xff\xfe\r\n\r\n" + b"y" * 70_000, "a line of more than 65536 bytes"),
    ],
)
async def test_nonsense_ends_the_connection_and_not_the_connector(
    world: AsteriskWorld, noise: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    await world.server.raw(noise)
    await world.sink.lost()
    await world.sink.up(resyncs=2)
    assert lines(caplog)[0].endswith(why)


async def test_too_many_events_end_the_connection(world: AsteriskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = block({"Event": "Something"}) * 3000
    monkeypatch.setattr(connection, "MOST_EVENTS", 100)
    await world.server.hang_up()
    await world.sink.up(resyncs=2)
    await world.server.raw(flood)
    await world.sink.lost()
    await world.sink.up(resyncs=3)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_another_kind_of_server(greeting: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    world = AsteriskWorld()
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    world._options["port"] = server.sockets[0].getsockname()[1]
    async with server, world:
        await world.sink.lost()
    assert "this is not an Asterisk Manager Interface" in lines(caplog)[0]


async def test_a_server_that_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        async with AsteriskWorld(port=deaf.getsockname()[1], connect_timeout_s=0.1) as world:
            await world.sink.lost()
    assert "no login within 0.1 s" in lines(caplog)[0]


async def test_tls_to_a_port_without_it(caplog: pytest.LogCaptureFixture) -> None:
    async with AsteriskWorld(tls=True) as world:
        await world.sink.lost()
    assert "no TLS there (is it the port of tlsbindaddr?)" in lines(caplog)[0]


async def test_without_a_challenge_the_secret_is_not_sent_in_the_clear() -> None:
    world = AsteriskWorld()
    world.server.challenges = False
    async with world:
        await world.sink.lost("login_refused")
        assert world.server.logins == 0


async def test_stopping_ends_everything_at_once(world: AsteriskWorld) -> None:
    await world.talking()
    task = world._task
    assert task is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    left = [task for task in asyncio.all_tasks() if "connector" in repr(task.get_coro()).lower()]
    assert left == []


def test_tls_is_checked_by_default() -> None:
    context = AsteriskWorld(tls=True, port=5039).make()._settings.tls_context()
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
