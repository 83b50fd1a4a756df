/**
 * What the panel knows, and how each event changes it. Pure: no DOM, no network, no clock.
 *
 * The phone system owns the truth. Every event carries the whole call with a revision, so the reducer keeps the record
 * with the highest one: twice, late or after a gap does no harm. Whatever it does not understand leaves it as it was.
 */

import { applyAnswer, clearUnconfirmed } from "./state/calls.js";
import { commandAnswered, commandRefused, commandSent, commandUnknown } from "./state/commands.js";
import { deskOf, emptyDial, saying, withDesk, without } from "./state/desk.js";
import { noSession, signedIn, signInNeeded, signInRefused, signInStarted, windowChanged } from "./state/session.js";
import { recordOf, withRecord, workKey, workOf } from "./state/work.js";
import { otherParty } from "./task.js";

export { deskOf };

/** There is a Task, of this tab or of another. */
const isWritten = (desk) => ["saved", "elsewhere"].includes(desk.log);

/** Numbers whose record is remembered, as long as the page lives. */
const REMEMBERED = 200;
/** Banners and ended calls put away that are remembered. */
const DISMISSED = 200;

/** What counts until the relay has read the call center's settings. */
const usualPanel = Object.freeze({
  pop_on: "ring",
  pop_rules: Object.freeze([]),
  new_records: Object.freeze(["Contact"]),
  wrap_up: "optional",
  dispositions: Object.freeze([]),
  log_calls: true,
  log_internal: false,
  away_reasons: Object.freeze([]),
  message_channel: "",
  pickup_code: "",
  do_not_call: "off",
  omni_channel: "",
  to_omni: Object.freeze([]),
  from_omni: Object.freeze([]),
});

const emptyFeatures = Object.freeze({
  registered: null,
  forwarding: Object.freeze([]),
  voicemail: null,
  outbound_numbers: Object.freeze([]),
});

export const initialState = Object.freeze({
  language: "en",
  version: "",
  demo: false,
  /** How agents of this organization sign in: apex | oidc | token | id. */
  signIn: "id",
  host: { kind: "none", ready: false, canPop: false, canLog: false, problem: null },
  session: noSession,
  relay: { status: "connecting", reason: null, since: null },
  link: { reachable: true, reason: "", connector: "" },
  /** True once the relay has told its state. */
  known: false,
  /** When the relay was heard last, on its own clock; null: never. */
  heardAt: null,
  /** Relay's clock minus this page's, in seconds. */
  clockOffset: 0,
  extension: "",
  presence: null,
  awayReason: "",
  /** `{queue, logged_in, paused, fixed}` each; what the phone system lets the agent work in. */
  queues: Object.freeze([]),
  queuesOpen: false,
  /** What the line offers, as the relay tells it (`LineFeatures`). */
  features: emptyFeatures,
  /** Forwarding as the agent sees and types it: kind -> what stands in its field. */
  line: Object.freeze({ open: false, typed: Object.freeze({}) }),
  calls: Object.freeze({}),
  desk: Object.freeze({}),
  unseenMissed: Object.freeze([]),
  missedOnly: false,
  /** Calls of the last weeks: idle | loading | loaded | failed | missing; and Tasks as `host.history` gives them. */
  past: Object.freeze({ status: "idle", items: Object.freeze([]) }),
  commands: Object.freeze({}),
  /** Scope (call id, `dial`, `presence`) -> the last command there that did not succeed. */
  problems: Object.freeze({}),
  settings: {
    status: "unknown",
    raw: Object.freeze({}),
    problems: Object.freeze([]),
    effective: Object.freeze({}),
    panel: usualPanel,
    panelProblems: Object.freeze([]),
  },
  /** Number -> the record that it was last time, newest last; as long as the page. */
  remembered: Object.freeze({}),
  /** What the agent has open in Salesforce: the record, and whether it is being edited. */
  page: Object.freeze({ record: null, editing: false }),
  /** The ended call whose wrap-up the agent has opened from the list; else the last one shows. */
  wrapping: null,
  dial: emptyDial,
  /** People found for what is typed; `search` null: nobody is looked for. `open`: the list of all colleagues. */
  directory: Object.freeze({ open: false, search: null, colleagues: [], people: [], more: false }),
  tab: "phone",
  /** Call id of which the drawer `keypad` or `transfer` is open. */
  drawer: { kind: null, call: null, text: "" },
  dialpadOpen: false,
  dismissed: Object.freeze([]),
  preferences: {
    ring: false,
    notify: false,
    autoAnswer: false,
    tone: "notes",
    volume: 60,
    theme: "light",
    outboundNumber: "",
  },
  /** Last sentence for screen readers; `n` makes the same sentence new. */
  said: { key: "", values: Object.freeze({}), n: 0 },
});

const HANDLERS = {
  configured: (state, { language, version, demo, signIn, preferences }) => ({
    ...state,
    language,
    version,
    demo,
    signIn,
    preferences,
  }),
  language_chosen: (state, { language }) => ({ ...state, language }),
  preference_set: (state, { name, value }) => ({ ...state, preferences: { ...state.preferences, [name]: value } }),
  host_ready: (state, { host }) => ({ ...state, host: { ...host, ready: true } }),

  sign_in_needed: signInNeeded,
  sign_in_started: (state, event) => signInStarted(event.agent ? signedOut(state, event.agent) : state, event),
  signed_in: (state, event) => signedIn(signedOut(state, event.agent), event),
  sign_in_refused: signInRefused,
  signed_out: (state) => ({ ...signedOut(state, ""), session: { ...noSession, status: "needed", asked: true } }),
  window_opened: (state) => windowChanged(state, { window: "open" }),
  window_away: (state) => windowChanged(state, { window: "away" }),
  window_closed: (state) => windowChanged(state, {}),
  window_failed: (state, { error, detail, notBefore }) => windowChanged(state, { error, detail, notBefore }),

  relay_online: (state) =>
    state.relay.status === "online"
      ? state
      : {
          ...saying(state, state.relay.status === "lost" ? "said.relay_back" : ""),
          relay: { status: "online", reason: null, since: null },
        },
  relay_lost: (state, { reason, at }) => ({
    ...(state.relay.status === "lost" ? state : saying(state, "said.relay_lost")),
    relay: { status: "lost", reason, since: state.relay.since ?? at },
  }),
  superseded: (state) => ({ ...state, relay: { status: "superseded", reason: null, since: null } }),
  polled: applyAnswer,
  unconfirmed_gone: clearUnconfirmed,

  settings_loaded: (state, { raw }) => ({ ...state, settings: { ...state.settings, raw } }),
  settings_checked: (state, { problems, effective, panel = usualPanel, panelProblems = [] }) => ({
    ...state,
    settings: { ...state.settings, status: "checked", problems, effective, panel, panelProblems },
  }),

  /** The channel that the settings name is not there, or not for this agent. */
  channel_refused: (state, { channel, setting }) =>
    withPanelProblem(state, { setting, value: channel, rule: "no_such_channel", message: "" }),
  /** Omni-Channel does not take a status that the rules name. */
  status_refused: (state, { status, rule }) =>
    withPanelProblem(state, { setting: "/ctiOmniChannel/toOmni", value: status, rule, message: "" }),

  command_sent: commandSent,
  command_answered: commandAnswered,
  command_refused: commandRefused,
  command_unknown: commandUnknown,
  problem_dismissed: (state, { scope }) => ({ ...state, problems: without(state.problems, scope) }),

  dial_typed: (state, { text }) => ({
    ...state,
    dial: { ...emptyDial, text },
    problems: without(state.problems, "dial"),
  }),
  dial_filled: (state, { number, record = null }) => ({
    ...state,
    dial: { ...emptyDial, text: number, record },
    tab: "phone",
    dialpadOpen: true,
    problems: without(state.problems, "dial"),
  }),
  /** The person does not want to be called; `rule`: whether the agent may do it all the same. */
  dial_unwanted: (state, { number, record, rule }) => ({
    ...state,
    dial: { ...emptyDial, text: number, record, unwanted: rule },
    tab: "phone",
    dialpadOpen: true,
  }),
  dial_cleared: (state) => ({ ...state, dial: emptyDial, dialpadOpen: false }),
  /** The agent has to choose; unless something else was typed meanwhile. */
  dial_choices: (state, { text, choices }) =>
    state.dial.text.trim() === text.trim() ? { ...state, dial: { ...state.dial, choices } } : state,
  queues_toggled: (state) => ({ ...state, queuesOpen: !state.queuesOpen }),
  line_toggled: (state) => ({ ...state, line: { ...state.line, open: !state.line.open } }),
  forwarding_typed: (state, { kind, text }) => ({
    ...state,
    line: { ...state.line, typed: { ...state.line.typed, [kind]: text } },
  }),
  forwarding_set: (state, { kind }) => ({ ...state, line: { ...state.line, typed: without(state.line.typed, kind) } }),
  directory_toggled: (state) => ({ ...state, directory: { ...state.directory, open: !state.directory.open } }),
  directory_closed: (state) => ({ ...state, directory: { ...initialState.directory, open: state.directory.open } }),
  directory_found: (state, { search, ...found }) => {
    const { colleagues, people, more, ...rest } = state.directory;
    const before = rest.search === search ? { colleagues, people, more } : { colleagues: [], people: [], more: false };
    const { type, ...news } = found;
    return { ...state, directory: { ...rest, search, ...before, ...news } };
  },
  dialpad_toggled: (state) => ({ ...state, dialpadOpen: !state.dialpadOpen }),
  tab_chosen: (state, { tab }) => ({ ...state, tab, unseenMissed: tab === "history" ? [] : state.unseenMissed }),
  drawer_toggled: (state, { kind, call }) => {
    const open = state.drawer.kind === kind && state.drawer.call === call;
    return { ...state, drawer: open ? initialState.drawer : { kind, call, text: "" } };
  },
  drawer_typed: (state, { text }) => ({ ...state, drawer: { ...state.drawer, text } }),
  drawer_closed: (state) => ({ ...state, drawer: initialState.drawer }),
  digits_sent: (state, { call, digits }) =>
    onDesk(state, call, (desk) => ({ digits: (desk.digits + digits).slice(-32) })),
  past_changed: (state, { status, items = state.past.items }) => ({ ...state, past: { status, items } }),
  missed_only: (state, { value }) => ({ ...state, missedOnly: value }),
  banner_dismissed: (state, { key }) => ({
    ...state,
    dismissed: [...new Set([...state.dismissed, key])].slice(-DISMISSED),
  }),

  lookup_started: (state, { call }) =>
    onDesk(state, call, (desk) => ({
      lookup: "searching",
      records: [],
      popData: null,
      probable: false,
      chosen: desk.chosenByAgent ? desk.chosen : null,
    })),
  /** What the relay says of the number that the phone system shows. */
  number_recognised: (state, { call, number, e164, display }) =>
    onDesk(state, call, () => ({ recognised: { number, e164, display } })),
  lookup_done: lookupDone,
  lookup_failed: (state, { call, lookup }) => onDesk(state, call, () => ({ lookup })),
  record_chosen: (state, { call, id }) => {
    const chosen = onDesk(state, call, (desk) => ({
      chosen: id,
      chosenByAgent: true,
      remembered: false,
      logStale: (isWritten(desk) && desk.chosen !== id) || desk.logStale,
    }));
    return remember(chosen, call);
  },
  popped: (state, { call }) => onDesk(state, call, () => ({ popped: true, deferred: null })),
  pop_deferred: (state, { call, target }) => onDesk(state, call, () => ({ deferred: target })),
  record_begun: (state, { call, object }) =>
    onDesk(state, call, () => ({ making: { object, over: state.page.record } })),
  work_kept: (state, { call, ...fields }) =>
    onDesk(state, call, (desk) => ({ workKept: { ...desk.workKept, ...fields } })),
  wrap_up_changed: (state, { call, changes }) =>
    onDesk(state, call, (desk) => ({
      wrapUp: { ...desk.wrapUp, ...changes },
      logStale: isWritten(desk) || desk.logStale,
    })),
  /** The agent wants the call to belong to the record on the screen. */
  record_assigned: assigned,
  page_opened: pageOpened,
  wrap_up_opened: (state, { call }) => ({ ...state, wrapping: call, tab: "phone" }),
  note_typed: (state, { call, text }) =>
    onDesk(state, call, (desk) => ({ notes: text, logStale: isWritten(desk) || desk.logStale })),
  log_changed: logChanged,
};

/**
 * @param {typeof initialState} state
 * @param {{type: string}} event noun and past participle: `relay_lost`, `command_sent`, …
 * @returns {typeof initialState} the same object when nothing changed
 */
export function reduce(state, event) {
  const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type] : null;
  return handler ? handler(state, event) : state;
}

/** What Salesforce does not take of the settings is said once. */
function withPanelProblem(state, problem) {
  const { panelProblems } = state.settings;
  const { setting, value, rule } = problem;
  if (panelProblems.some((one) => one.setting === setting && one.value === value && one.rule === rule)) return state;
  return { ...state, settings: { ...state.settings, panelProblems: [...panelProblems, problem] } };
}

/** Another agent must not see anything of the one before: only what belongs to page and browser stays. */
function signedOut(state, agent) {
  if (agent && agent === state.session.agent) return state;
  const { language, version, demo, signIn, host, page, preferences, dismissed, settings } = state;
  return { ...initialState, language, version, demo, signIn, host, page, preferences, dismissed, settings };
}

/** `byData`: not the number was looked for, so that whose it was last time says nothing. */
function lookupDone(state, { call, records, popData, probable = false, byData = false }) {
  const before = byData ? null : state.remembered[numberOf(state, call)];
  return onDesk(state, call, (desk) => {
    const known = before && (!probable || records.length === 0) ? before : null;
    const listed = known ? [known, ...records.filter(({ id }) => !sameId(id, known.id))] : records;
    // One record, or the one that was chosen the last time; a head office is a guess that the agent decides on.
    const single = listed.length === 1 && !probable ? listed[0].id : null;
    return {
      lookup: listed.length > 0 ? "found" : "none",
      records: listed,
      popData,
      probable: probable && !known,
      chosen: desk.chosen ?? known?.id ?? single,
      remembered: known !== null && desk.chosen === null,
    };
  });
}

const sameId = (one, other) => one.slice(0, 15) === other.slice(0, 15);

function numberOf(state, call) {
  return state.calls[call] ? otherParty(state.calls[call]).number : "";
}

/** Which record the agent has chosen for a number is offered first the next time, also while the search lags behind. */
function remember(state, call) {
  const record = recordOf(deskOf(state, call));
  const number = numberOf(state, call);
  if (!record || number === "") return state;
  const { [number]: before, ...others } = state.remembered;
  return { ...state, remembered: Object.fromEntries([...Object.entries(others), [number, record]].slice(-REMEMBERED)) };
}

function assigned(state, { call, record }) {
  const taken = onDesk(state, call, (desk) => ({
    ...withRecord(desk, record),
    logStale: isWritten(desk) || desk.logStale,
  }));
  return remember(taken, call);
}

/**
 * The agent has gone to another page. The form of a new record leads to that record when it is saved; to anything else,
 * the page behind it first of all, when it is not.
 */
function pageOpened(state, { record, editing = false }) {
  const next = { ...state, page: { record, editing } };
  const maker = Object.keys(state.desk).find((call) => state.desk[call].making);
  if (editing || maker === undefined) return next;
  const { making, records } = state.desk[maker];
  const left = onDesk(next, maker, () => ({ making: null }));
  const known = [...records, making.over].some((one) => one && record && sameId(one.id, record.id));
  return record?.type === making.object && !known ? assigned(left, { call: maker, record }) : left;
}

/** What was typed or chosen while the save was under way is not in the Task yet. */
function logChanged(
  state,
  { call, log, error = null, taskId, followUpId, wrote = null, work = null, keptFields = [] },
) {
  return onDesk(state, call, (desk) => ({
    log,
    logError: error,
    taskId: taskId ?? desk.taskId,
    followUpId: followUpId ?? desk.followUpId,
    wrote: wrote ?? desk.wrote,
    keptFields,
    logStale: work === null ? desk.logStale : work !== workKey(workOf(state, call)),
  }));
}

function onDesk(state, call, change) {
  return withDesk(state, call, change(deskOf(state, call)));
}
