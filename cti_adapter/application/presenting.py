"""Numbers of a call as a connector's profile wants them, before anybody else sees them. Pure."""

from msgspec.structs import replace

from ..domain.call import Call
from ..domain.call import Party as CallParty
from ..domain.numbers.incoming import NO_PROFILE, IncomingProfile, Party, presented


def present(call: Call, profile: IncomingProfile) -> Call:
    """``call`` with the numbers of all parties after ``profile``; the same record where there is none."""
    if profile == NO_PROFILE:
        return call

    def party(one: CallParty, kind: Party) -> CallParty:
        return replace(one, number=presented(one.number, kind, profile))

    return replace(
        call,
        caller=party(call.caller, "caller"),
        called=party(call.called, "called"),
        parties=tuple(party(one, "connected") for one in call.parties),
        transferred_from=party(call.transferred_from, "forwarded") if call.transferred_from else None,
        transferred_to=party(call.transferred_to, "forwarded") if call.transferred_to else None,
    )
