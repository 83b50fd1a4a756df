"""From AMI events to each agent's calls: the pure heart of the Asterisk connector. No socket, no clock, no thread.

Three steps for each message: ``reading`` lays down what it says as facts about channels (``channels``); ``legs`` sees
the calls of the neighbourhood as they are now; ``telling`` leads the records there by legal moves. How channels, Local
pairs and bridges become calls is written up in docs/connectors/asterisk-events.md.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ...domain.agent import Line
from ...domain.call import Call, CallEvent, CallState, EventName, RecordingState, UnexpectedEvent
from . import causes, ending, parking, telling
from .channels import Channel
from .parties import Directory, Message, Options, clean_party, text
from .reading import read
from .snapshot import SNAPSHOT_ACTIONS, replace_facts
from .stories import Stories, Story
from .switchboard import Switchboard

__all__ = ["SNAPSHOT_ACTIONS", "Leg", "Message", "Options", "Told", "Tracker"]

#: What the tracker tells: (agent, event).
Told = tuple[str, CallEvent]
#: How long after its announcement an Originate may have no channel yet when a snapshot is taken, in seconds.
ORIGINATE_GRACE_S = 5.0
#: How old a list may be when it is compared, in seconds, unless the caller knows better.
FRESH_S = 1.0


class Leg(Struct, frozen=True, kw_only=True):
    """Where a call lives in Asterisk now, for commands."""

    channel: str
    """Channel of the agent's phone; empty while an Originate has not made it yet."""
    uniqueid: str
    peer_channel: str | None
    """Channel of the other side when there is exactly one."""
    state: CallState


class Tracker:
    """Follows all channels of one Asterisk and tells what happens to the calls of the agents in ``lines``.

    ``feed`` takes every AMI event, in any order and as often as it comes. When something shows that the picture may be
    wrong, ``wants_snapshot`` holds the reason until ``snapshot`` was called. Lost events show late or never, so a
    snapshot now and then (a minute) is good practice.
    """

    def __init__(self, connector_id: str, lines: Sequence[Line], options: Options | None = None) -> None:
        self.wants_snapshot: str | None = None
        self._directory = Directory(lines, options or Options())
        self._board = Switchboard()
        self._stories = Stories(connector_id, self._board, self._directory)
        self._settling: list[Story] = []
        """Calls of which something has happened that is not told yet."""
        self._late: frozenset[str] = frozenset()
        """Channels that a snapshot has just brought to light."""

    # --- facts in, events out ----------------------------------------------------------------------------------------

    def feed(self, message: Message, at: float) -> list[Told]:
        """Take in one AMI event that came at ``at`` (seconds since 1970). Never raises."""
        event = text(message, "Event")
        touched = read(self._board, self._directory, message, at)
        told = self.tick(at) if self._settling else []
        if touched:
            told += self._look(touched, at)
        if event == "OriginateResponse" and text(message, "Response") == "Failure":
            told += self.originate_failed(text(message, "Uniqueid"), text(message, "Reason"), at)
        elif event in ("FullyBooted", "Shutdown") and self._board.channels:
            self.wants_snapshot = "phone_system_restarted"
        self._board.prune(at)
        return told

    def tick(self, at: float) -> list[Told]:
        """Tell what only had to settle for a moment. To be called a few times a second while ``settling``."""
        told: list[Told] = []
        for story in list(self._settling):
            told += self._look_at(story, at)
        if self._settling:
            self._settling = [story for story in self._settling if story.unsettled]
        return told

    @property
    def settling(self) -> bool:
        """Whether something waits for ``tick``."""
        return bool(self._settling)

    def snapshot(self, messages: Iterable[Message], at: float, taken_at: float | None = None) -> list[Told]:
        """Compare with the list events of ``SNAPSHOT_ACTIONS``.

        ``taken_at``: when the list was asked for (else: ``FRESH_S`` before ``at``). What events told since then stays;
        if that is not what the list says, ``wants_snapshot`` asks for another one.

        Calls that are gone end with cause lost, others are brought up to date with their ids kept, calls not known yet
        are told from their beginning. When they were answered is not in the list: it is taken to be when the channel
        was made, which is early by the time it rang.
        """
        told = self.tick(at + telling.SETTLE_S)
        asked = at - FRESH_S if taken_at is None else taken_at
        new, doubt = replace_facts(self._board, self._directory, list(messages), at, asked)
        self.wants_snapshot = "changed_meanwhile" if doubt else None
        for story in self._stories.all():
            there = any(self._is_there(story, uid) for uid in story.legs) or self._board.live(story.parked)
            if not there and not self._pending(story, at):
                told += self._tell(story, ending.lost(story, at))
                self._stories.drop(story)
                for channel in filter(None, map(self._board.live, story.legs)):
                    channel.over = False  # it is somebody else's, and may be a leg of theirs
        self._late = frozenset(new)
        told += self._look(list(self._board.channels), at)
        self._late = frozenset()
        return told

    def prune(self, at: float) -> None:
        """Forget what is left of calls that ended a while ago; ``feed`` does so too, where events keep coming."""
        self._board.prune(at)

    # --- our own commands --------------------------------------------------------------------------------------------

    def expect_originate(
        self, channel_id: str, command_id: str, agent: str, number: str, name: str, at: float
    ) -> list[Told]:
        """Announce an Originate with ``ChannelId: channel_id``, before it is sent; its call is shown at once.

        The id becomes the Uniqueid of the channel to the agent's phone, by which the call is known from its first
        event on and never taken for an incoming one. An agent without a line gives no call.
        """
        extension = self._directory.extension_of_agent(agent)
        if not extension or self._stories.of_leg(channel_id) or channel_id in self._board.buried:
            return []
        story = self._stories.begin(channel_id, extension)
        party = clean_party(number, name)
        story.command, story.number, story.label, story.expected_at = command_id, party.number, party.name, at
        return self._tell(story, telling.announce(story, self._directory, self._stories.elsewhere(story).held, at))

    def expect_retrieval(self, channel_id: str, call_id: str) -> None:
        """Announce an Originate by which the agent takes the parked call ``call_id`` back, before it is sent."""
        story = self._stories.by_call(call_id)
        if story is not None and story.parked:
            self._stories.expect(story, channel_id)

    def originate_failed(self, channel_id: str, reason: str, at: float) -> list[Told]:
        """An Originate did not come to pass: end its call, unless its channel lives (then the hangup will end it).

        ``reason``: the code of OriginateResponse, or one of ``Cause`` such as ``unreachable`` for a refused action.
        """
        story = self._stories.of_leg(channel_id)
        if story is not None and story.parked:  # it stays parked
            self._stories.forget_leg(story, channel_id)
            return []
        if story is None or any(self._board.live(uid) for uid in story.legs):
            return []
        teller = telling.Teller(story, at)
        ending.fail(teller, causes.refused_originate(reason))
        self._stories.drop(story)
        return self._tell(story, teller.events)

    def note_mute(self, call_id: str, muted: bool, at: float) -> list[Told]:
        """MuteAudio was carried out (Asterisk sends no event for it)."""
        story = self._stories.by_call(call_id)
        if story is None or story.call is None or story.call.muted == muted:
            return []
        teller = telling.Teller(story, at)
        teller.say(EventName.CALL_INFORMATION, story.call.state, muted=muted)
        return self._tell(story, teller.events)

    def note_recording(self, call_id: str, state: RecordingState, at: float) -> list[Told]:
        """The recording was switched."""
        story = self._stories.by_call(call_id)
        if story is None or story.call is None or story.call.recording == state:
            return []
        teller = telling.Teller(story, at)
        teller.say(EventName.CALL_INFORMATION, story.call.state, recording=state)
        return self._tell(story, teller.events)

    def touch(self, extension: str, at: float) -> list[Told]:
        """Tell all calls of ``extension`` anew: something that the connector adds to them has changed."""
        told: list[Told] = []
        for story in self._stories.all():
            if story.extension == extension and story.call is not None:
                teller = telling.Teller(story, at)
                teller.say(EventName.CALL_INFORMATION, story.call.state)
                told += self._tell(story, teller.events)
        return told

    # --- lookups -----------------------------------------------------------------------------------------------------

    def leg(self, call_id: str) -> Leg | None:
        """Where ``call_id`` is now, or None when it is over or unknown."""
        story = self._stories.by_call(call_id)
        if story is None or story.call is None:
            return None
        channel = self._board.live(story.main)
        peer = self._board.live(story.peers[0]) if len(story.peers) == 1 else None
        return Leg(
            channel=channel.name if channel else "",
            uniqueid=story.main,
            peer_channel=peer.name if peer else None,
            state=story.call.state,
        )

    def live_calls(self) -> list[tuple[str, Call]]:
        """All calls that are up, as (agent, record)."""
        return [(agent, story.call) for story in self._stories.all() if story.call for agent in story.owners]

    # --- stories -----------------------------------------------------------------------------------------------------

    def _look(self, touched: Sequence[str], at: float) -> list[Told]:
        """Look at every call that may have changed with the channels ``touched``."""
        stories: dict[int, Story] = {}
        for channel in self._board.neighbourhood(touched):
            for story in (
                self._stories.of_leg(channel.uid) or self._adopt(channel),
                self._stories.parked_with(channel.uid),
            ):
                if story:
                    stories[id(story)] = story
        told: list[Told] = []
        # A parked call first: it takes over the leg by which it is taken back.
        for story in sorted(stories.values(), key=lambda story: (not story.parked, story.id)):
            told += self._look_at(story, at)
        return told

    def _adopt(self, channel: Channel) -> Story | None:
        """A story for a new channel of an agent's phone."""
        over = channel.gone or channel.over or not channel.real
        extension = "" if over else self._directory.extension(channel.name)
        if not self._directory.agents(extension):
            return None
        if channel.called_in is None and channel.uid not in self._late:
            self.wants_snapshot = "missed_beginning"
        return self._stories.begin(channel.uid, extension, late=channel.uid in self._late)

    def _look_at(self, story: Story, at: float) -> list[Told]:
        if self._stories.of_leg(story.main) is not story:
            return []
        self._stories.choose_leg(story)
        if story.call is None and self._stories.join(story):
            return []
        if (peer := parking.parked_peer(story, self._board)) is not None:
            return self._tell(story, parking.park(story, peer, at))
        if story.parked:
            told = self._look_at_parked(story, at)
            return told if story.parked else [*told, *self._look_at(story, at)]
        channel = self._board.get(story.main)
        events: list[CallEvent] | None
        try:
            if channel and channel.gone:
                events = ending.end(story, self._board, self._directory, at)
            else:
                events = telling.tell(story, self._board, self._directory, self._stories.elsewhere(story), at)
        except UnexpectedEvent:
            self.wants_snapshot = "unexpected_event"
            events = ending.lost(story, at) if channel and channel.gone else []
        story.ending = events is None
        if channel and channel.gone and events is not None:
            self._stories.drop(story)
        elif story.unsettled and story not in self._settling:
            self._settling.append(story)
        events = events or []
        told = self._tell(story, events)
        if any(event.event is EventName.HELD for event in events):  # a call being dialled is a consultation now
            for other in self._stories.all():
                if other is not story and other.owners == story.owners:
                    told += self._look_at(other, at)
        return told

    def _look_at_parked(self, story: Story, at: float) -> list[Told]:
        """Whether it still waits; when its own phone has taken it back, it is a call like any other again."""
        gone = self._board.live(story.parked) is None
        taker = next(iter(parking.takers(story, self._board)), None)
        if taker is None and not gone:
            return []
        if taker is not None and self._directory.extension(taker.name) == story.extension:
            begun = self._stories.take_leg(story, taker.uid)
            return [] if begun is None or begun.call is None else self._tell(begun, parking.absorbed(begun, at))
        told = self._tell(story, parking.end(story, self._board, self._directory, taker, at))
        self._stories.drop(story)
        return told

    def _is_there(self, story: Story, uid: str) -> bool:
        """Whether a leg still exists, and is a phone of this extension (a garbled name may have said so wrongly)."""
        channel = self._board.live(uid)
        return channel is not None and (
            bool(story.expected_at) or self._directory.extension(channel.name) == story.extension
        )

    def _pending(self, story: Story, at: float) -> bool:
        """Whether an Originate was announced so recently that its channel need not be there."""
        return story.legs[0] not in self._board.channels and at - story.expected_at < ORIGINATE_GRACE_S

    def _tell(self, story: Story, events: Sequence[CallEvent]) -> list[Told]:
        return [(agent, event) for event in events for agent in story.owners]
