"""What each AMI event says about channels, bridges and dials. It lays down facts and judges nothing.

Every function takes the switchboard, the event and its time, and returns the ids of the channels it is about; the
calls of their neighbourhood are looked at afterwards. Headers are those of the AMI events of Asterisk 12 and later
(reference: docs.asterisk.org, "Asterisk Manager Interface, AMI Events"). A channel appears in an event as a group of
headers with a prefix: ``DestChannel``, ``DestUniqueid``, ``DestCallerIDNum`` and so on.
"""

from collections.abc import Callable, Mapping

from .channels import RING, Channel
from .parties import NOT_DIALLED, Directory, Message, number_in, printable, text, values
from .switchboard import Switchboard, party_of

#: Prefixes of channels in events, besides the plain one.
_PREFIXES = ("", "Dest")
Reader = Callable[["Switchboard", "Directory", Message, float], "list[str]"]


def channel_in(board: Switchboard, directory: Directory, message: Message, prefix: str, at: float) -> Channel | None:
    """The channel that ``message`` names under ``prefix``, brought up to date; None when there is none or it ended."""
    uid = text(message, prefix + "Uniqueid")
    known = uid in board.channels
    channel = board.add(uid, text(message, prefix + "Channel"), at)
    if channel is None:
        return None
    state = number_in(message, prefix + "ChannelState")
    if state is not None:
        if not known and state < RING and text(message, "Event") == "Newchannel":
            channel.called_in = False
        channel.advance(state, at)
    channel.linkedid = text(message, prefix + "Linkedid") or channel.linkedid
    _extension(channel, text(message, prefix + "Exten"))
    if prefix + "CallerIDNum" in message:
        channel.number, channel.label = text(message, prefix + "CallerIDNum"), text(message, prefix + "CallerIDName")
        extension = directory.extension(channel.name)
        born = not known and text(message, "Event") == "Newchannel"
        directory.learn_name(extension, channel.number, channel.label, at_birth=born)
    if prefix + "ConnectedLineNum" in message:
        channel.connected_number = text(message, prefix + "ConnectedLineNum")
        channel.connected_label = text(message, prefix + "ConnectedLineName")
    _data(channel, directory, values(message, prefix + "ChanVariable"))
    return channel


def _data(channel: Channel, directory: Directory, variables: list[str]) -> None:
    """ChanVariable: ``NAME=value`` for each variable that manager.conf names in channelvars, also the empty ones."""
    for variable in variables:
        name, _, value = variable.partition("=")
        if name in directory.call_data:
            channel.data[name] = printable(value)[:255]


def _extension(channel: Channel, exten: str) -> None:
    if exten in NOT_DIALLED:
        return
    channel.exten = exten
    channel.dialled = channel.dialled or exten


def _channels(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """Newchannel, Newstate, NewConnectedLine and whatever else only describes channels."""
    found = (channel_in(board, directory, message, prefix, at) for prefix in _PREFIXES)
    return [channel.uid for channel in found if channel]


def _new_callerid(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """NewCallerid: ``CID-CallingPres`` is the Q.931 presentation; bit 0x20 says restricted, 0x40 not available."""
    touched = _channels(board, directory, message, at)
    presentation = text(message, "CID-CallingPres").partition(" ")[0]
    for uid in touched:
        if presentation.isascii() and presentation.isdigit():
            board.channels[uid].restricted = bool(int(presentation[:4]) & 0x60)
    return touched


def _rename(board: Switchboard, _: Directory, message: Message, __: float) -> list[str]:
    """Rename: a masquerade gave the channel another name."""
    channel = board.live(text(message, "Uniqueid")) or board.by_name(text(message, "Channel"))
    name = text(message, "Newname")
    if channel is None or not name:
        return []
    board.rename(channel, name)
    return [channel.uid]


def _dial(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """DialBegin, DialState, DialEnd. Without ``Channel`` it is an Originate ringing the phone that shall call.

    The caller may be another one at the end than at the beginning: a blonde transfer hands the ringing phone on. A
    phone that took the call by pickup has a DialEnd only.
    """
    touched = _channels(board, directory, message, at)
    event, status = text(message, "Event"), text(message, "DialStatus")
    dest, caller = text(message, "DestUniqueid"), text(message, "Uniqueid")
    if not dest or (dest not in board.dials and dest in board.buried and dest not in board.channels):
        return touched
    known = board.get(dest)
    if not caller and (known is None or (event != "DialBegin" and known.local)):
        return touched  # an AMI Atxfer tells of its own Local channel in this way
    dial = board.dial(caller, dest)
    if known and not dial.caller:
        known.originated = True
    if known and status == "RINGING":
        known.rings(at)
    if event == "DialEnd":
        board.end_dial(dial, status, text(message, "Forward"))
    return [*touched, dest, *([caller] if caller else [])]


def _bridge_enter(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """BridgeEnter: with ``SwapUniqueid`` it takes that channel's place in the bridge."""
    channel = channel_in(board, directory, message, "", at)
    bridge = text(message, "BridgeUniqueid")
    if channel is None or not bridge:
        return []
    if text(message, "BridgeTechnology") == "holding_bridge":
        board.holding.add(bridge)
    swapped = board.get(text(message, "SwapUniqueid"))
    if swapped and swapped is not channel:
        board.leave(swapped, bridge)
    behind = list(board.bridges.get(channel.bridge, {}))
    board.enter(channel, bridge)
    return [channel.uid, *behind, *([swapped.uid] if swapped else [])]


def _bridge_leave(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """BridgeLeave; those who stay are concerned as well."""
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    stay = list(board.bridges.get(channel.bridge, {}))
    board.leave(channel, text(message, "BridgeUniqueid"))
    return [channel.uid, *stay]


def _bridge_destroy(board: Switchboard, _: Directory, message: Message, __: float) -> list[str]:
    """BridgeDestroy: nobody is in it any more, even if an event of leaving it was lost."""
    bridge = text(message, "BridgeUniqueid")
    inside = list(board.bridges.get(bridge, {}))
    for uid in inside:
        board.leave(board.channels[uid], bridge)
    return inside


def _hold(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """Hold and Unhold: the phone of this channel holds the other side. Unhold also comes without a Hold."""
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    board.hold(channel, text(message, "Event") == "Hold")
    return [channel.uid, *(party.uid for party in board.parties(channel))]


def _hangup_request(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """HangupRequest (the phone sent BYE, CANCEL or a refusal) and SoftHangupRequest (Asterisk itself wants it)."""
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    channel.leaving = True
    if text(message, "Event") == "HangupRequest":  # the code of the other one is Asterisk's own and says little
        channel.said_bye = True
        _codes(channel, message, at)
    return []  # nothing has ended yet


def _codes(channel: Channel, message: Message, at: float) -> None:
    channel.refused_at = at if channel.refused_at is None else channel.refused_at
    channel.cause = number_in(message, "Cause") or channel.cause
    channel.tech_cause = number_in(message, "TechCause") or channel.tech_cause


def _hangup(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """Hangup: the channel is no more. ``TechCause`` is the SIP status, ``Cause`` the Q.850 code."""
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    _codes(channel, message, at)
    stay = list(board.bridges.get(channel.bridge, {}))
    board.bury(channel, at)
    return [channel.uid, *stay]


def _queue_join(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    channel.queue, channel.waits, channel.queued_at = text(message, "Queue"), True, at
    return [channel.uid]


def _queue_leave(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """QueueCallerLeave, QueueCallerAbandon. The calls that ring keep the queue's name."""
    channel = channel_in(board, directory, message, "", at)
    if channel is None:
        return []
    channel.waits = False
    return [channel.uid]


def _agent_called(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """AgentCalled, AgentConnect: ``Dest`` rings, or was answered, on behalf of the queue."""
    touched = _channels(board, directory, message, at)
    dest = board.live(text(message, "DestUniqueid"))
    if dest:
        dest.queue = text(message, "Queue") or dest.queue
    return touched


def _pickup(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """Pickup: ``Channel`` takes over the call that rings at ``TargetChannel``."""
    channel = channel_in(board, directory, message, "", at)
    target = text(message, "TargetUniqueid")
    if channel is None or not target:
        return []
    channel.picked_up = target
    ringing = board.get(target)
    channel.queue = ringing.queue if ringing else ""
    return [channel.uid, target]


def _parked(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """ParkedCall; UnParkedCall names who took it. ParkedCallTimeOut: it rings back; ParkedCallGiveUp: it hung up."""
    parkee = channel_in(board, directory, message, "Parkee", at)
    if parkee is None:
        return []
    parkee.parked_at = text(message, "ParkingSpace") if text(message, "Event") == "ParkedCall" else ""
    retriever = channel_in(board, directory, message, "Retriever", at)
    if retriever is not None:
        retriever.picked_up = parkee.uid
    return [channel.uid for channel in (parkee, retriever) if channel]


def _whoever(board: Switchboard, directory: Directory, message: Message, prefix: str, at: float) -> Channel | None:
    """The channel under ``prefix``, also when its hangup has been told before the transfer that was the reason."""
    return channel_in(board, directory, message, prefix, at) or board.get(text(message, prefix + "Uniqueid"))


def _blind_transfer(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """BlindTransfer: the transferer drops out, the transferee goes on to ``Extension``."""
    transferer = _whoever(board, directory, message, "Transferer", at)
    transferee = _whoever(board, directory, message, "Transferee", at)
    if text(message, "Result") != "Success":
        return []
    if transferer:
        transferer.transferred_to = directory.dialled(text(message, "Extension"))
    if transferee and transferer:
        transferee.transferred_by = party_of(board, directory, transferer)
    return [channel.uid for channel in (transferer, transferee) if channel]


def _attended_transfer(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """AttendedTransfer: the transferer's two legs drop out, transferee and target go on together.

    With ``DestType: App`` the target still rings (a blonde transfer): what the second leg dialled is the transferee's
    now. With ``Threeway`` the transferer stays. AMI's Atxfer has one leg that is both first and second.
    """
    first = _whoever(board, directory, message, "OrigTransferer", at)
    second = _whoever(board, directory, message, "SecondTransferer", at)
    transferee = _whoever(board, directory, message, "Transferee", at)
    target = _whoever(board, directory, message, "TransferTarget", at)
    kind = text(message, "DestType")
    if text(message, "Result") != "Success" or kind in ("Fail", "Threeway"):
        return []
    found = [channel for channel in (first, second, transferee, target) if channel]
    if kind == "App" and second and transferee and transferee is not second:
        for dest in list(board.outgoing.get(second.uid, {})):
            if not board.dials[dest].status:
                board.dial(transferee.uid, dest)
    if first:
        first.transferred_to = (
            party_of(board, directory, target) if target else directory.dialled(second.dialled if second else "")
        )
    if second and second is not first and transferee:
        second.transferred_to = party_of(board, directory, transferee)
    if first and transferee:
        transferee.transferred_by = party_of(board, directory, first)
    return [channel.uid for channel in found]


def _originate_response(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """OriginateResponse: ``Exten`` is what is called once the own phone was answered."""
    return _channels(board, directory, message, at)


def _extension_status(_: Switchboard, directory: Directory, message: Message, __: float) -> list[str]:
    """ExtensionStatus: its ``Hint`` tells which device an extension has."""
    directory.learn_hint(text(message, "Exten"), text(message, "Hint"))
    return []


READERS: Mapping[str, Reader] = {
    "Newchannel": _channels,
    "Newstate": _channels,
    "NewConnectedLine": _channels,
    "NewCallerid": _new_callerid,
    "Rename": _rename,
    "DialBegin": _dial,
    "DialState": _dial,
    "DialEnd": _dial,
    "BridgeEnter": _bridge_enter,
    "BridgeLeave": _bridge_leave,
    "BridgeDestroy": _bridge_destroy,
    "Hold": _hold,
    "Unhold": _hold,
    "HangupRequest": _hangup_request,
    "SoftHangupRequest": _hangup_request,
    "Hangup": _hangup,
    "QueueCallerJoin": _queue_join,
    "QueueCallerLeave": _queue_leave,
    "QueueCallerAbandon": _queue_leave,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_called,
    "Pickup": _pickup,
    "ParkedCall": _parked,
    "UnParkedCall": _parked,
    "ParkedCallTimeOut": _parked,
    "ParkedCallGiveUp": _parked,
    "BlindTransfer": _blind_transfer,
    "AttendedTransfer": _attended_transfer,
    "OriginateResponse": _originate_response,
    "ExtensionStatus": _extension_status,
}
"""Event name -> what it says. Events that are not here are noise for calls (VarSet, CEL, RTCPSent, …)."""


def read(board: Switchboard, directory: Directory, message: Message, at: float) -> list[str]:
    """Lay down what ``message`` says; returns the ids of the channels concerned."""
    reader = READERS.get(text(message, "Event"))
    touched = reader(board, directory, message, at) if reader else []
    for channel in filter(None, map(board.get, touched)):
        channel.told_at = at
    return touched
