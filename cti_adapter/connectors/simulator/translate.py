"""From commands of the product to acts of the simulated PBX. Pure."""

from ...domain.commands import (
    AnswerCall,
    ClearConnection,
    Command,
    CommandRefused,
    ConferenceCall,
    ConsultationCall,
    GenerateDigits,
    HoldCall,
    MakeCall,
    ParkCall,
    RetrieveCall,
    SetAgentState,
    SetForwarding,
    SetMicrophoneMute,
    SetQueueMembership,
    SetRecording,
    SingleStepTransferCall,
    TransferCall,
)
from ...domain.features import ForwardingKind
from .pbx import Pbx, Told

#: What can be done with a call that is parked.
WITH_PARKED = (ParkCall, RetrieveCall, ClearConnection)


def carry_out(pbx: Pbx, extension: str, command: Command, now: float) -> Told:
    """Do ``command`` at the phone ``extension``; returns what the PBX tells. Raises ``CommandRefused``."""
    call_id = getattr(command, "call", None)
    if not isinstance(command, WITH_PARKED) and any(c.id == call_id and c.parked_at for _, c in pbx.live()):
        raise CommandRefused("wrong_call_state", "the call is parked; take it back first")
    match command:
        case MakeCall(number=number, id=command_id, outbound_number=sees):
            return pbx.dial(extension, number, now, command_id, sees=sees)[1]
        case AnswerCall(call=call):
            return pbx.answer(extension, call, now)
        case ClearConnection(call=call):
            return pbx.hang_up(extension, call, now)
        case HoldCall(call=call):
            return pbx.hold(extension, call, True, now)
        case RetrieveCall(call=call):
            return pbx.hold(extension, call, False, now)
        case ParkCall(call=call):
            return pbx.park(extension, call, now)
        case SetMicrophoneMute(call=call, muted=muted):
            return pbx.mute(extension, call, muted, now)
        case SingleStepTransferCall(call=call, number=number):
            return pbx.transfer(extension, call, number, now)
        case ConsultationCall(call=call, number=number, id=command_id):
            return pbx.consult(extension, call, number, now, command_id)
        case TransferCall(call=call, consultation=consultation):
            pbx.has_two(extension, call, consultation)
            return pbx.join(extension, now)
        case ConferenceCall(call=call, consultation=consultation):
            pbx.has_two(extension, call, consultation)
            return pbx.conference(extension, now)
        case SetRecording(call=call, state=recording):
            return pbx.record(extension, call, recording, now)
        case GenerateDigits(call=call):
            pbx.send_digits(extension, call)
        case SetForwarding(kind=kind, number=number):
            if kind is not ForwardingKind.IMMEDIATE:
                raise CommandRefused("not_supported", "this PBX forwards always or never")
            pbx.forward(extension, number or None)
        case SetAgentState(state=state, reason=reason):
            pbx.set_state(extension, state, reason)
        case SetQueueMembership(queue=queue, logged_in=logged_in, paused=paused, reason=reason):
            pbx.set_membership(extension, queue, logged_in=logged_in, paused=paused, reason=reason)
    return []
