/** What this page knows about a call beyond the phone system's record, and small helpers of the reducer. Pure. */

/** Before the agent has done anything. `log`: whether to log the call; null: as is usual. */
export const emptyWrapUp = Object.freeze({
  subject: "",
  disposition: "",
  followUp: "",
  followUpOn: "",
  related: null,
  log: null,
  done: false,
});

/** The same with notes and record, in the words of `POST /v1/work`. */
export const emptyWork = Object.freeze({
  notes: "",
  record: null,
  related: null,
  subject: "",
  disposition: "",
  follow_up: "",
  follow_up_on: "",
  log: null,
  done: false,
});

/** Facts of the page about one call, which the phone system does not know. */
export const emptyDesk = Object.freeze({
  /** What Salesforce was asked and found: idle | searching | found | none | failed | unavailable | withheld. */
  lookup: "idle",
  records: Object.freeze([]),
  /** The records are only of the caller's head office, found by a shortened number. */
  probable: false,
  /** `{number, e164, display}`: what the relay made of a number that the phone system showed. */
  recognised: null,
  /** Opaque data with which Salesforce opens its own search result. */
  popData: null,
  /** Id of the record that the call belongs to. */
  chosen: null,
  /** Chosen by the agent (or by their click on a number), not by being the only match. */
  chosenByAgent: false,
  /** This tab opened the record. */
  popped: false,
  /** What was not opened because a record was being edited. */
  deferred: null,
  /** `{object, over}`: the agent is making a record of that object for this call, over the page of that record. */
  making: null,
  /** The chosen record is the one that this number was last time. */
  remembered: false,
  notes: "",
  wrapUp: emptyWrapUp,
  /** What the relay has of notes, record and wrap-up. */
  workKept: emptyWork,
  /** Log: none | claiming | saving | saved | elsewhere | failed. */
  log: "none",
  logError: null,
  taskId: null,
  /** Fields of the Task as this tab has written them last. */
  wrote: null,
  /** The Task of the follow-up was written. */
  followUpId: null,
  /** Fields that somebody has changed in Salesforce meanwhile, and that were left as they are. */
  keptFields: Object.freeze([]),
  /** Something changed after the Task was saved. */
  logStale: false,
  /** The other side rings (the record alone does not tell). */
  delivered: false,
  /** Known before the relay's last start, not confirmed since. */
  unconfirmed: false,
  /** Digits sent by the keypad of this call. */
  digits: "",
});

/** The dial pad before anything is typed. `choices`: the numbers of a text that holds several. */
export const emptyDial = Object.freeze({ text: "", record: null, choices: Object.freeze([]), unwanted: "" });

/** The desk facts of a call; never missing. */
export function deskOf(state, callId) {
  return state.desk[callId] ?? emptyDesk;
}

/** The state with some desk facts of a call changed. */
export function withDesk(state, callId, change) {
  return { ...state, desk: { ...state.desk, [callId]: { ...deskOf(state, callId), ...change } } };
}

/** A sentence for screen readers (`key` empty: none). */
export function saying(state, key, values = {}) {
  return key ? { ...state, said: { key, values, n: state.said.n + 1 } } : state;
}

/** A record without one of its names; the same object when it does not have it. */
export function without(record, name) {
  if (!(name in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
