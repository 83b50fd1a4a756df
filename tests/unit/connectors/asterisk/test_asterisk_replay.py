"""Recordings of a real Asterisk 22 against what should be told, and against what the phones themselves saw."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cti_adapter.connectors.asterisk.recording import Timed, read_recording
from cti_adapter.domain.call import CallEvent, Cause, EventName
from support.stories import events_of, stories

TRACES = Path(__file__).parents[3] / "traces" / "asterisk"
ERIKA = '+4930111222 "Erika Muster"'
RINGS = f'Delivered alerting inbound {ERIKA} > *101 "Alice"'
TALKS = f'Established connected inbound {ERIKA} > *101 "Alice"'
OVER = f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=normal'

#: recording -> agent -> calls -> events. Agents who are not named are told nothing.
EXPECTED: dict[str, dict[str, list[list[str]]]] = {
    "s01_incoming_answered_caller_hangs_up": {"101": [[RINGS, TALKS, OVER]]},
    "s02_incoming_answered_agent_hangs_up": {"101": [[RINGS, TALKS, OVER]]},
    "s03_outgoing_answered": {
        "101": [
            [
                'Originated initiated outbound *101 "Alice" > 0301234567',
                'Delivered initiated outbound *101 "Alice" > 0301234567',
                'Established connected outbound *101 "Alice" > 0301234567',
                'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=normal',
            ]
        ]
    },
    "s05_outgoing_busy": {
        "101": [
            [
                'Originated initiated outbound *101 "Alice" > 0301234567',
                'Delivered initiated outbound *101 "Alice" > 0301234567',
                'Failed failed outbound *101 "Alice" > 0301234567 cause=busy',
                'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=busy',
            ]
        ]
    },
    "s07_hold_unhold_by_agent": {
        "101": [
            [
                RINGS,
                TALKS,
                f'Held held inbound {ERIKA} > *101 "Alice"',
                f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
                OVER,
            ]
        ]
    },
    "s09_blind_transfer_by_phone_answered": {
        "101": [
            [RINGS, TALKS, f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102'],
        ],
        "102": [
            [
                f'Delivered alerting inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'Established connected inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal from=101 "Alice"',
            ]
        ],
    },
    "s11_attended_transfer_by_phone": {
        "101": [
            [
                RINGS,
                TALKS,
                f'Held held inbound {ERIKA} > *101 "Alice"',
                f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102 "Bob"',
            ],
            [
                'Originated initiated internal *101 "Alice" > 102 consultation',
                'Delivered initiated internal *101 "Alice" > 102 "Bob" consultation',
                'Established connected internal *101 "Alice" > 102 "Bob" consultation',
                f'Transferred cleared internal *101 "Alice" > 102 "Bob" cause=transferred to={ERIKA} consultation',
            ],
        ],
        "102": [
            [
                'Delivered alerting internal 101 "Alice" > *102 "Bob"',
                'Established connected internal 101 "Alice" > *102 "Bob"',
                f'Transferred connected inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal from=101 "Alice"',
            ]
        ],
    },
    "s13_consultation_then_back_to_caller": {
        "101": [
            [
                RINGS,
                TALKS,
                f'Held held inbound {ERIKA} > *101 "Alice"',
                f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
                OVER,
            ],
            [
                'Originated initiated internal *101 "Alice" > 102 consultation',
                'Delivered initiated internal *101 "Alice" > 102 "Bob" consultation',
                'Established connected internal *101 "Alice" > 102 "Bob" consultation',
                'ConnectionCleared cleared internal *101 "Alice" > 102 "Bob" cause=normal consultation',
            ],
        ],
        "102": [
            [
                'Delivered alerting internal 101 "Alice" > *102 "Bob"',
                'Established connected internal 101 "Alice" > *102 "Bob"',
                'ConnectionCleared cleared internal 101 "Alice" > *102 "Bob" cause=normal',
            ]
        ],
    },
    "s14_missed_caller_gives_up": {
        "101": [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=missed']]
    },
    "s15_missed_timeout": {"101": [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=missed']]},
    "s17_declined_603": {"101": [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=declined']]},
    "s19_queue_answered": {
        "101": [
            [
                f"{RINGS} queue=support",
                f"{TALKS} queue=support",
                f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" queue=support cause=normal',
            ]
        ],
        "102": [
            [
                f'Delivered alerting inbound {ERIKA} > *102 "Bob" queue=support',
                f'Diverted cleared inbound {ERIKA} > *102 "Bob" queue=support cause=answered_elsewhere',
            ]
        ],
    },
    "s21_queue_first_declines_other_answers": {
        "101": [
            [
                f"{RINGS} queue=support",
                f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" queue=support cause=declined',
            ]
        ],
        "102": [
            [
                f'Delivered alerting inbound {ERIKA} > *102 "Bob" queue=support',
                f'Established connected inbound {ERIKA} > *102 "Bob" queue=support',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" queue=support cause=normal',
            ]
        ],
    },
    "s23_queue_via_local_channel_answered": {
        "101": [
            [
                f"{RINGS} queue=viaLocal",
                f"{TALKS} queue=viaLocal",
                f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" queue=viaLocal cause=normal',
            ]
        ]
    },
    "s25_pickup_by_colleague": {
        "101": [[RINGS, f'Diverted cleared inbound {ERIKA} > *101 "Alice" cause=answered_elsewhere']],
        "102": [
            [
                'Originated initiated internal *102 "Bob" > *8101',
                f'Established connected inbound {ERIKA} > *102 "Bob"',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal',
            ]
        ],
    },
    "s27_ami_originate_click_to_dial": {
        "101": [
            [
                'Originated initiated outbound *101 "Alice" > 0301234567',
                'Delivered initiated outbound *101 "Alice" > 0301234567',
                'Established connected outbound *101 "Alice" > 0301234567',
                'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=normal',
            ]
        ]
    },
    "s29_ami_redirect_blind": {
        "101": [
            [RINGS, TALKS, f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102 "Bob"'],
        ],
        "102": [
            [
                f'Delivered alerting inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'Established connected inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal from=101 "Alice"',
            ]
        ],
    },
    "s31_ami_atxfer_completed": {
        "101": [
            [
                RINGS,
                TALKS,
                f'Held held inbound {ERIKA} > *101 "Alice"',
                f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102 "Bob"',
            ]
        ],
        "102": [
            [
                'Delivered alerting internal 101 "Alice" > *102 "Bob"',
                'Established connected internal 101 "Alice" > *102 "Bob"',
                f'Transferred connected inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
                f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal from=101 "Alice"',
            ]
        ],
    },
    "s33_ami_hangup_while_ringing": {
        "101": [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=declined']]
    },
    "s35_ami_notify_hold_talk_in_dialog": {"101": [[RINGS, TALKS, OVER]]},
    "s37_queue_call_then_attended_transfer": {
        "101": [
            [
                f"{RINGS} queue=support",
                f"{TALKS} queue=support",
                f'Held held inbound {ERIKA} > *101 "Alice" queue=support',
                f'Transferred cleared inbound {ERIKA} > *101 "Alice" queue=support cause=transferred to=103 "Carol"',
            ],
            [
                'Originated initiated internal *101 "Alice" > 103 consultation',
                'Delivered initiated internal *101 "Alice" > 103 "Carol" consultation',
                'Established connected internal *101 "Alice" > 103 "Carol" consultation',
                f'Transferred cleared internal *101 "Alice" > 103 "Carol" cause=transferred to={ERIKA} consultation',
            ],
        ],
        "102": [
            [
                f'Delivered alerting inbound {ERIKA} > *102 "Bob" queue=support',
                f'Diverted cleared inbound {ERIKA} > *102 "Bob" queue=support cause=answered_elsewhere',
            ]
        ],
        "103": [
            [
                'Delivered alerting internal 101 "Alice" > *103 "Carol"',
                'Established connected internal 101 "Alice" > *103 "Carol"',
                f'Transferred connected inbound {ERIKA} > *103 "Carol" from=101 "Alice"',
                f'ConnectionCleared cleared inbound {ERIKA} > *103 "Carol" cause=normal from=101 "Alice"',
            ]
        ],
    },
    "s39_ami_bridge_two_calls_conference_like": {
        "101": [
            [RINGS, TALKS, f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=103 "Carol"'],
        ],
        "102": [
            [
                'Delivered alerting internal 103 "Carol" > *102 "Bob"',
                'Established connected internal 103 "Carol" > *102 "Bob"',
                f'Transferred cleared internal 103 "Carol" > *102 "Bob" cause=transferred to={ERIKA}',
            ]
        ],
        "103": [
            [
                'Originated initiated internal *103 "Carol" > 102',
                'Delivered initiated internal *103 "Carol" > 102 "Bob"',
                'Established connected internal *103 "Carol" > 102 "Bob"',
                f'Transferred connected inbound {ERIKA} > *103 "Carol" from=102 "Bob"',
                f'ConnectionCleared cleared inbound {ERIKA} > *103 "Carol" cause=normal from=102 "Bob"',
            ]
        ],
    },
    "s41_remote_answer_hold_resume_by_notify": {
        "101": [
            [
                RINGS,
                TALKS,
                f'Held held inbound {ERIKA} > *101 "Alice"',
                f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
                OVER,
            ]
        ]
    },
}


def recorded(name: str) -> list[Timed]:
    with (TRACES / f"{name}.ami.jsonl").open(encoding="utf-8") as lines:
        return list(read_recording(lines))


def truth(name: str) -> list[dict[str, Any]]:
    with (TRACES / f"{name}.truth.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_recording_has_its_table() -> None:
    assert {path.name.removesuffix(".ami.jsonl") for path in TRACES.glob("*.ami.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_story_of_each_agent(name: str) -> None:
    assert {agent: stories(events) for agent, events in events_of(recorded(name)).items()} == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_call_is_told_well(name: str) -> None:
    """Revisions rise, ids stay, and there is one ending and nothing after it."""
    for events in events_of(recorded(name)).values():
        calls: dict[str, list[CallEvent]] = {}
        for event in events:
            calls.setdefault(event.call.id, []).append(event)
        for call in calls.values():
            revisions = [event.call.revision for event in call]
            assert revisions == sorted(set(revisions))
            assert [event.call.ended for event in call] == [False] * (len(call) - 1) + [True]
            assert call[0].event in (EventName.ORIGINATED, EventName.DELIVERED)
            assert call[-1].call.cause is not None
            assert call[-1].call.ended_at == call[-1].at


# --- against the phones ----------------------------------------------------------------------------------------------

TOLERANCE_S = 0.3


def phone_calls(name: str, phone: str) -> Iterator[dict[str, float]]:
    """Calls as the phone saw them: state -> time."""
    open_calls: dict[int, dict[str, float]] = {}
    for seen in truth(name):
        if seen["kind"] != "ua-state" or seen["ua"] != phone:
            continue
        if seen["state"] in ("CALLING", "INCOMING"):
            open_calls[seen["call"]] = {}
        call = open_calls[seen["call"]]
        call.setdefault(seen["state"], seen["t"])
        if seen["state"] == "DISCONNECTED":
            yield call


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("s41")])
@pytest.mark.parametrize("phone", ["101", "102", "103"])
def test_calls_agree_with_what_the_phone_saw(name: str, phone: str) -> None:
    seen = sorted(phone_calls(name, phone), key=lambda call: min(call.values()))
    told = [events[-1].call for events in by_call(events_of(recorded(name)).get(phone, []))]
    everybody = [call["CONFIRMED"] for ua in ("101", "102", "103", "trunk") for call in confirmed(name, ua)]

    assert len(told) == len(seen)
    for call, phone_call in zip(told, seen, strict=True):
        assert call.started_at == pytest.approx(min(phone_call.values()), abs=TOLERANCE_S)
        assert (call.answered_at is not None) == ("CONFIRMED" in phone_call)
        if call.answered_at is not None:
            # A phone whose owner clicks to dial is lifted first, and answered when the other side is: that is a phone's
            # CONFIRMED as well.
            assert call.answered_at >= phone_call["CONFIRMED"] - 0.01
            assert min(abs(call.answered_at - at) for at in everybody) < TOLERANCE_S
        assert call.ended_at is not None
        if call.cause is Cause.TRANSFERRED:  # a phone that transferred by REFER says BYE in its own time
            assert call.ended_at <= phone_call["DISCONNECTED"] + TOLERANCE_S
        else:
            assert call.ended_at == pytest.approx(phone_call["DISCONNECTED"], abs=TOLERANCE_S)


def confirmed(name: str, phone: str) -> list[dict[str, float]]:
    return [call for call in phone_calls(name, phone) if "CONFIRMED" in call]


def by_call(events: list[CallEvent]) -> list[list[CallEvent]]:
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.id, []).append(event)
    return list(calls.values())


@pytest.mark.parametrize("name", ["s07_hold_unhold_by_agent", "s13_consultation_then_back_to_caller"])
def test_hold_agrees_with_what_was_done(name: str) -> None:
    done = {
        note["act"]: note["t"] for note in truth(name) if note["kind"] == "do" and note["act"] in ("hold", "resume")
    }
    told = {event.event: event.at for event in events_of(recorded(name))["101"]}

    assert told[EventName.HELD] == pytest.approx(done["hold"], abs=TOLERANCE_S)
    assert told[EventName.RETRIEVED] == pytest.approx(done["resume"], abs=TOLERANCE_S)
