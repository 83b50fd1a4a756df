/** The part of the reducer that takes in what the relay tells: answers of the poll, calls, presence, link. Pure. */

import { otherParty } from "../task.js";
import { outcomeArrived } from "./commands.js";
import { emptyDial, saying, withDesk } from "./desk.js";
import { takeWork } from "./work.js";

/** Ended calls that the history of this session holds. */
const LONGEST_HISTORY = 100;
/** The relay starts anew or does not know where we were: what it does not list may still be up and be told in a moment. */
const WITHOUT_CONTINUITY = new Set(["start", "epoch"]);

/** An answer of the poll: either events that follow the cursor, or the full state with the reason. */
export function applyAnswer(state, { answer, localNow }) {
  const clocked = { ...withClock(state, answer.now, localNow), heardAt: answer.now };
  const synced = answer.state ? applySnapshot(clocked, answer.state, answer.resync) : clocked;
  return (answer.events ?? []).reduce(applyEvent, synced);
}

/** Live calls that no snapshot or event has confirmed since the relay started anew: nobody knows how they ended. */
export function clearUnconfirmed(state, { at }) {
  return unconfirmed(state).reduce((next, call) => store(next, lost(call, at)), state);
}

/** Live calls that wait to be confirmed. */
export function unconfirmed(state) {
  return Object.values(state.calls).filter((call) => call.state !== "cleared" && state.desk[call.id]?.unconfirmed);
}

function withClock(state, relayNow, localNow) {
  const offset = relayNow - localNow;
  // Small differences are the journey of the answer; following them would make the timers stutter.
  return Math.abs(offset - state.clockOffset) < 0.5 ? state : { ...state, clockOffset: offset };
}

function applySnapshot(state, snapshot, reason) {
  const next = {
    ...state,
    known: true,
    presence: snapshot.presence,
    awayReason: snapshot.away_reason ?? "",
    queues: snapshot.queues ?? [],
    features: snapshot.features ?? state.features,
    link: snapshot.link,
    extension: snapshot.extension,
  };
  const listed = new Set(snapshot.calls.map((call) => call.id));
  const missing = Object.values(state.calls).filter((call) => call.state !== "cleared" && !listed.has(call.id));
  const settled = missing.reduce((left, call) => missingFromSnapshot(left, call, reason), next);
  return (snapshot.work ?? []).reduce(
    (left, work) => takeWork(left, { work }),
    snapshot.calls.reduce(takeOver, settled),
  );
}

/** With continuity the relay knows that the call is over. Without, or with the phone system out of reach, nobody does. */
function missingFromSnapshot(state, call, reason) {
  if (!WITHOUT_CONTINUITY.has(reason) && state.link.reachable) return store(state, lost(call, call.started_at));
  return withDesk(state, call.id, { unconfirmed: true });
}

function lost(call, at) {
  return { ...call, state: "cleared", cause: "lost", ended_at: Math.max(at, call.answered_at ?? call.started_at) };
}

const EVENTS = {
  call: (state, { event, call }) => {
    const known = state.calls[call.id];
    if (known && known.revision >= call.revision) return takeOver(state, call);
    const told = takeOver(state, call);
    const noted =
      event === "Delivered" && call.state === "initiated" ? withDesk(told, call.id, { delivered: true }) : told;
    return announce(noted, known, call, event);
  },
  presence: (state, { state: presence, reason = "", queues = [] }) => ({
    ...state,
    presence,
    awayReason: reason,
    queues,
  }),
  features: (state, { features }) => ({ ...state, features }),
  link: (state, { link }) => ({ ...state, link }),
  command: (state, { outcome }) => outcomeArrived(state, outcome),
  work: takeWork,
};

function applyEvent(state, event) {
  return Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type](state, event) : state;
}

/** Keep the record with the higher revision; being told of a call at all confirms it. */
function takeOver(state, call) {
  const known = state.calls[call.id];
  const confirmed = state.desk[call.id]?.unconfirmed ? withDesk(state, call.id, { unconfirmed: false }) : state;
  if (known && known.revision >= call.revision) return confirmed;
  return store(confirmed, call);
}

function store(state, call) {
  const known = state.calls[call.id];
  const ended = call.state === "cleared" && known?.state !== "cleared";
  const dialled = !known && call.command in state.commands;
  const cleared = dialled ? { ...state, dial: emptyDial, dialpadOpen: false, tab: "phone" } : state;
  const next = forgetOldest({ ...cleared, calls: { ...state.calls, [call.id]: call } });
  const answered = call.state === "connected" && (known?.state === "alerting" || known?.state === "initiated");
  if (answered) return { ...withClickedRecord(next, call), tab: "phone", dialpadOpen: false };
  return ended ? atEnd(next, call) : withClickedRecord(next, call);
}

/** A call made by a click on a record's number belongs to that record. */
function withClickedRecord(state, call) {
  const record = call.command ? state.commands[call.command]?.record : null;
  if (!record || state.desk[call.id]?.chosen) return state;
  return withDesk(state, call.id, { lookup: "found", records: [record], chosen: record.id, chosenByAgent: true });
}

function atEnd(state, call) {
  const missed = call.role === "called" && call.cause === "missed" && state.tab !== "history";
  const closed = state.drawer.call === call.id ? { ...state, drawer: { kind: null, call: null, text: "" } } : state;
  return missed ? { ...closed, unseenMissed: [...closed.unseenMissed, call.id] } : closed;
}

/** What a screen reader says. Numbers are said as they are shown. */
function announce(state, known, call, event) {
  const party = otherParty(call);
  const values = { party: party.name || party.number, place: call.parked_at ?? "" };
  return saying(state, sentence(known, call, event), values);
}

function sentence(known, call, event) {
  if (call.state === "alerting" && known?.state !== "alerting") return "said.incoming";
  if (call.state === "connected" && known?.state === "held") return "said.retrieved";
  if (call.state === "connected" && known?.state !== "connected") return "said.connected";
  if (call.parked_at && !known?.parked_at) return "said.parked";
  if (call.state === "held" && known?.state !== "held") return "said.held";
  if (call.state === "failed") return "said.failed";
  if (call.state === "cleared") return call.cause === "missed" ? "said.missed" : "said.ended";
  if (event === "Held" && call.remote_hold) return "said.remote_held";
  return "";
}

function forgetOldest(state) {
  const ended = Object.values(state.calls).filter((call) => call.state === "cleared");
  if (ended.length <= LONGEST_HISTORY) return state;
  const oldest = ended.sort((a, b) => a.started_at - b.started_at)[0];
  const { [oldest.id]: call, ...calls } = state.calls;
  const { [oldest.id]: facts, ...desk } = state.desk;
  return { ...state, calls, desk };
}
