"""The facts as a list of all channels shows them (``CoreShowChannels``), for (re)connecting. It judges nothing.

What such a list holds, for each channel: name, ids, state, caller id, connected line, extension, the application it is
in, its age, and its bridge. Certain from it: which channels exist, whether they were answered, who hears whom. Not in
it, hence concluded (docs/connectors/asterisk-events.md):

- who dialled whom: a channel in ``AppDial`` or ``AppQueue`` was made by Asterisk, and its ``Linkedid`` is the id of
  the channel that its call began with;
- a queue: the caller's application is ``Queue`` and its first argument the name;
- hold: a device with a single answered call is ``ONHOLD`` when the *other* side holds it (chan_pjsip marks the one who
  hears the music).
"""

from collections.abc import Sequence

from .channels import DOWN, Channel
from .parties import Directory, Message, device_of, text
from .reading import channel_in
from .switchboard import Switchboard

#: AMI list actions whose events (all of them, in order of arrival, in one list) ``Tracker.snapshot`` wants. Without
#: parameters. Only the first is indispensable; one of the others refused (rights) is simply left out.
SNAPSHOT_ACTIONS: tuple[str, ...] = ("CoreShowChannels", "ExtensionStateList", "DeviceStateList")
#: Applications of channels that Asterisk made, by ``Application`` of the list (app_dial, app_queue, and the dial API
#: that Originate uses).
_MADE = ("AppDial", "AppQueue", "AppDial2")


def replace_facts(
    board: Switchboard, directory: Directory, messages: Sequence[Message], at: float, taken_at: float
) -> tuple[list[str], bool]:
    """Bring ``board`` in line with the list, which was asked for at ``taken_at``.

    Channels that are not in the list are taken away without a hangup cause. What events have told since ``taken_at`` is
    newer than the list and stays. Returns the ids of the channels that were new, and whether something stayed that the
    list has otherwise.
    """
    rows = {text(row, "Uniqueid"): row for row in messages if text(row, "Event") == "CoreShowChannel"}
    for message in messages:
        if text(message, "Event") == "ExtensionStatus":
            directory.learn_hint(text(message, "Exten"), text(message, "Hint"))
    newer = {channel.uid for channel in board.channels.values() if channel.told_at > taken_at}
    doubt = any(_disagrees(board, uid, rows.get(uid)) for uid in newer)
    for channel in [channel for channel in board.channels.values() if not channel.gone]:
        if channel.uid not in rows and channel.uid not in newer:
            board.bury(channel, at)
    rows = {uid: row for uid, row in rows.items() if uid not in newer}
    for uid in rows:  # the list is right; something said too early that it had ended
        board.unbury(uid)
    new = [uid for uid in rows if uid not in board.channels]
    for row in rows.values():
        _place(board, directory, row, at)
    for uid in rows:
        _origin(board, uid)
    for uid, row in rows.items():
        caller = board.live(uid)
        if caller and text(row, "Application") == "Queue":
            for party in board.parties(caller):  # the agent who took the call
                party.queue = caller.queue
    _holds(board, messages, newer)
    return new, doubt


def _disagrees(board: Switchboard, uid: str, row: Message | None) -> bool:
    """Whether a channel and its row of the list do not fit together."""
    channel = board.live(uid)
    if channel is None or row is None:
        return (channel is None) != (row is None)
    return channel.bridge != text(row, "BridgeId") or channel.name != text(row, "Channel")


def _place(board: Switchboard, directory: Directory, row: Message, at: float) -> None:
    """One channel of the list."""
    known = text(row, "Uniqueid") in board.channels
    channel = channel_in(board, directory, row, "", at)
    if channel is None:
        return
    bridge = text(row, "BridgeId")
    if bridge != channel.bridge:
        channel.parked_at = ""  # a place is a bridge of its own
    if bridge:
        board.enter(channel, bridge)
    else:
        board.leave(channel, channel.bridge)
    application, arguments = text(row, "Application"), text(row, "ApplicationData")
    if application == "Queue":
        channel.queue, channel.waits = arguments.partition(",")[0], not bridge
    if channel.called_in is None and not channel.local:
        channel.called_in = application not in _MADE and channel.state > DOWN and not channel.rang
    if not known:
        channel.born_at = at - _seconds(text(row, "Duration"))
        channel.originated = application == "AppDial2" and channel.linkedid == channel.uid


def _seconds(duration: str) -> float:
    """``01:02:03`` as seconds; 0 when it has another shape."""
    parts = duration.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        return 0.0
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600.0 + minutes * 60 + seconds


def _origin(board: Switchboard, uid: str) -> None:
    """Conclude who dialled a channel that Asterisk made."""
    channel = board.channels.get(uid)
    if channel is None or channel.local or channel.called_in or uid in board.dials:
        return
    first = board.live(channel.linkedid)
    if first is None or first is channel:
        if channel.linkedid == uid:
            board.end_dial(board.dial("", uid), "ANSWER" if channel.up else "", "")
            channel.originated = True
        return
    dial = board.dial(first.uid, uid)
    if channel.up:
        board.end_dial(dial, "ANSWER", "")


def _holds(board: Switchboard, messages: Sequence[Message], newer: set[str]) -> None:
    """Who holds, from device states, where a device has one answered call of two parties."""
    states = {text(row, "Device"): text(row, "State") for row in messages if text(row, "Event") == "DeviceStateChange"}
    calls: dict[str, list[Channel]] = {}
    for channel in board.channels.values():
        if channel.up and not channel.gone and channel.real:
            calls.setdefault(device_of(channel.name), []).append(channel)
    for device, channels in calls.items():
        if not device.startswith("PJSIP/") or len(channels) != 1 or states.get(device) not in ("ONHOLD", "INUSE"):
            continue
        others = board.parties(channels[0])
        if len(others) == 1 and not {channels[0].uid, others[0].uid} & newer:
            board.hold(others[0], states[device] == "ONHOLD")
