/** One call as the panel shows it: names, state, timers, and for each control whether it works and why not. Pure. */

import { duration } from "../i18n.js";
import { deskOf } from "../state.js";
import { pendingCommand } from "../state/commands.js";
import { otherParty, talkSeconds } from "../task.js";
import { peopleView } from "./directory.js";

/** Control -> its command, and the states of a call in which it makes sense. */
const CONTROLS = Object.freeze({
  answer: { verb: "AnswerCall", states: ["alerting"] },
  decline: { verb: "ClearConnection", states: ["alerting"] },
  hangup: { verb: "ClearConnection", states: ["initiated", "queued", "connected", "held", "failed"] },
  hold: { verb: "HoldCall", states: ["connected"] },
  retrieve: { verb: "RetrieveCall", states: ["held"] },
  mute: { verb: "SetMicrophoneMute", states: ["connected"] },
  keypad: { verb: "GenerateDigits", states: ["connected"] },
  record: { verb: "SetRecording", states: ["connected", "held"] },
  pauseRecording: { verb: "SetRecording", states: ["connected", "held"] },
  transfer: { verb: "SingleStepTransferCall", states: ["connected", "held"] },
  park: { verb: "ParkCall", states: ["connected", "held"] },
});
/** Where a control shows before its state is reached, so that the buttons do not jump. */
const ALSO_SHOWN = Object.freeze({
  hold: ["initiated", "queued"],
  mute: ["initiated", "queued", "held"],
  keypad: ["initiated", "queued", "held"],
  transfer: ["initiated", "queued"],
});

/** Why nothing at all can be sent now; null when it can. */
export function outOfReach(state, { t }) {
  if (state.relay.status !== "online") return t("reason.relay");
  return state.link.reachable ? null : t("reason.link");
}

/**
 * @param {object} state
 * @param {object} call
 * @param {number} now relay's clock, seconds
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 */
export function callView(state, call, now, texts) {
  const { t } = texts;
  const desk = deskOf(state, call.id);
  const party = otherParty(call);
  const record = desk.records.find((candidate) => candidate.id === desk.chosen) ?? null;
  return {
    id: call.id,
    state: call.state,
    number: call.parties.length > 0 ? "" : shownNumber(desk, party) || t("party.withheld"),
    name: conferenceName(call, t) || record?.name || party.name || shownNumber(desk, party) || t("party.withheld"),
    hasName: call.parties.length > 0 || Boolean(record?.name || party.name),
    stateLabel: stateLabel(call, desk, t),
    tone: tone(call, desk),
    icon: call.parked_at ? "park" : call.state === "held" ? "hold" : call.role === "caller" ? "outbound" : "inbound",
    direction: t(`direction.${call.direction}`),
    queue: queueText(call, now, t),
    data: Object.entries(call.data ?? {}).map(([name, value]) => ({ name: name.replaceAll("_", " "), value })),
    recording: (call.recording ?? "off") === "off" ? "" : t(`call.recording_${call.recording}`),
    via: call.transferred_from ? t("call.transferred_from", { party: partyName(call.transferred_from, t) }) : "",
    timer: timer(call, now),
    timerLabel: t(call.state === "alerting" ? "timer.ringing" : "timer.talking"),
    holdTimer: call.state === "held" && call.held_at !== null ? heldText(call, duration(now - call.held_at), t) : "",
    controls: controls(state, call, desk, texts),
    matches: matchesView(call, desk, state, t),
    extension: extensionView(state, call, desk, texts),
    keypad: drawer(state, call, "keypad", { sent: desk.digits }),
    transfer: drawer(state, call, "transfer", { text: state.drawer.text, ...transferSend(state, call, texts) }),
    problem: problemText(state.problems[call.id], texts),
    unconfirmed: desk.unconfirmed,
  };
}

function heldText(call, time, t) {
  return call.parked_at ? t("call.parked_for", { place: call.parked_at, time }) : t("call.held_for", { time });
}

/** Through which queue it came, and how long the caller has waited until somebody answered. */
function queueText(call, now, t) {
  if (!call.queue) return "";
  if (!call.queued_at || call.role === "caller") return t("call.queue", { queue: call.queue });
  return t("call.queue_waited", { queue: call.queue, time: duration((call.answered_at ?? now) - call.queued_at) });
}

/** The number as people write it, once the relay has said how; as the phone system shows it until then. */
export function shownNumber(desk, party) {
  return desk.recognised?.number === party.number ? desk.recognised.display : party.number;
}

/** The extension that was typed with the number, to be sent as tones once somebody has answered. */
function extensionView(state, call, desk, texts) {
  const digits = state.commands[call.command]?.extension ?? "";
  const shown = digits !== "" && call.role === "caller" && call.state === "connected" && !desk.digits.includes(digits);
  const reason = shown
    ? whyNot(state, call, desk, texts, { verb: "GenerateDigits", usable: true, pending: false })
    : "";
  return { shown, digits, reason, label: texts.t("control.send_extension", { digits }) };
}

/** A finished call: how it went, how long it was talked, where it is logged. */
export function endedView(state, call, texts) {
  const desk = deskOf(state, call.id);
  const party = otherParty(call);
  const record = desk.records.find((candidate) => candidate.id === desk.chosen) ?? null;
  const missed = call.role === "called" && call.cause === "missed";
  const seconds = talkSeconds(call);
  return {
    id: call.id,
    number: party.number,
    name: record?.name || party.name || shownNumber(desk, party) || texts.t("party.withheld"),
    detail: record?.name || party.name ? shownNumber(desk, party) : "",
    record,
    missed,
    icon: missed ? "missed" : call.role === "caller" ? "outbound" : "inbound",
    how: texts.t(`cause.${call.cause ?? "normal"}`),
    kind: texts.t(missed ? "history.missed" : call.role === "caller" ? "history.outgoing" : "history.incoming"),
    day: texts.day(call.started_at),
    time: texts.time(call.started_at),
    duration: seconds > 0 ? duration(seconds) : "",
    log: logView(desk, texts),
    startedAt: call.started_at,
  };
}

/** A command that did not succeed, as a sentence; empty when there is none. */
export function problemText(problem, { t, has }) {
  if (!problem) return "";
  const what = t(`verb.${problem.verb}`);
  const known = has(`error.${problem.errorId}`);
  const why = known ? t(`error.${problem.errorId}`) : t("error.other", { code: problem.errorId });
  return t("problem", { what, why });
}

function controls(state, call, desk, texts) {
  const made = Object.entries(CONTROLS).map(([name, spec]) => [name, control(state, call, desk, texts, name, spec)]);
  return Object.fromEntries(made);
}

function control(state, call, desk, texts, name, { verb, states }) {
  const { t } = texts;
  const usable = states.includes(call.state);
  const shown = (usable || (ALSO_SHOWN[name] ?? []).includes(call.state)) && isOffered(name, call);
  const pending = Boolean(pendingCommand(state, verb, call.id));
  const reason = whyNot(state, call, desk, texts, { verb, usable, pending });
  const label = t(labelOf(name, call));
  const isDrawer = ["keypad", "transfer"].includes(name);
  const pressed = isDrawer
    ? state.drawer.kind === name && state.drawer.call === call.id
    : (switchOf(name, call) ?? null);
  const fullName = name === "pauseRecording" ? t("control.pause_recording") : label;
  return { name, shown, enabled: reason === "", reason, pending, label, fullName, pressed };
}

/** Controls that switch something of the call, and whether it is on. */
function switchOf(name, call) {
  return { mute: call.muted, record: call.recording !== "off", pauseRecording: call.recording === "paused" }[name];
}

function labelOf(name, call) {
  if (name === "retrieve" && call.parked_at) return "control.take_back";
  return name === "mute" && call.muted ? "control.unmute" : `control.${name}`;
}

/** Where nobody can record or park there is no button for it; a pause belongs to a recording. */
function isOffered(name, call) {
  if (name === "park") return call.unsupported.ParkCall !== "parking_not_offered";
  if (name === "pauseRecording") return (call.recording ?? "off") !== "off";
  return name !== "record" || call.unsupported.SetRecording !== "recording_not_offered";
}

function whyNot(state, call, desk, texts, { verb, usable, pending }) {
  const { t } = texts;
  const away = outOfReach(state, texts);
  if (away) return away;
  if (desk.unconfirmed) return t("reason.unconfirmed");
  if (verb in call.unsupported) return unsupported(call.unsupported[verb], texts);
  if (pending) return t("reason.pending");
  return usable ? "" : t(call.state === "held" ? "reason.held" : "reason.not_connected");
}

export function unsupported(code, { t, has }) {
  return has(`unsupported.${code}`) ? t(`unsupported.${code}`) : t("unsupported.other", { code });
}

function stateLabel(call, desk, t) {
  if (desk.unconfirmed) return t("state.unconfirmed");
  if (call.state === "failed")
    return t(`failed.${["busy", "unreachable", "declined", "no_answer"].includes(call.cause) ? call.cause : "other"}`);
  if (call.state === "initiated") return t(desk.delivered ? "state.delivered" : "state.initiated");
  if (call.state === "connected" && call.remote_hold) return t("state.remote_held");
  if (call.state === "connected" && call.muted) return t("state.muted");
  return t(`state.${call.state}`);
}

function tone(call, desk) {
  if (desk.unconfirmed || call.state === "failed") return "warning";
  if (call.state === "connected") return call.remote_hold ? "hold" : "talk";
  return { held: "hold", alerting: "ring" }[call.state] ?? "neutral";
}

function timer(call, now) {
  return duration(now - (call.answered_at ?? call.started_at));
}

function matchesView(call, desk, state, t) {
  const shown = call.direction !== "internal";
  const items = desk.records.map((record) => ({
    ...record,
    chosen: record.id === desk.chosen,
    typeLabel: typeLabel(record.type, t),
  }));
  const record = desk.records.find((candidate) => candidate.id === desk.chosen) ?? null;
  const messages = {
    searching: "match.searching",
    failed: "match.failed",
    withheld: "match.withheld",
    none: call.role === "caller" ? "match.none_called" : "match.none",
  };
  const many = items.length > 1;
  return {
    shown,
    items,
    many,
    status:
      desk.probable && !desk.chosenByAgent
        ? t("match.probable")
        : desk.remembered && many
          ? t("match.remembered")
          : messages[desk.lookup]
            ? t(messages[desk.lookup])
            : many
              ? t(desk.chosen ? "match.chosen_of" : "match.choose", { count: items.length })
              : "",
    searching: desk.lookup === "searching",
    unknown: (desk.lookup === "none" || desk.probable) && state.host.canPop,
    searchable: (["none", "failed"].includes(desk.lookup) || desk.probable) && state.host.canPop,
    searchLabel: t("match.search"),
    creates: state.settings.panel.new_records.map((object) => ({
      object,
      label: t("match.new", { object: typeLabel(object, t) }),
    })),
    deferred: {
      shown: desk.deferred !== null,
      label: t("match.deferred", { record: record?.name || t("match.page") }),
    },
  };
}

/** An object as people call it. */
export function typeLabel(type, t) {
  const known = {
    Account: "type.Account",
    Contact: "type.Contact",
    Lead: "type.Lead",
    Case: "type.Case",
    Opportunity: "type.Opportunity",
  };
  return known[type] ? t(known[type]) : type.replace(/__c$/, "").replaceAll("_", " ");
}

function drawer(state, call, kind, more) {
  return { open: state.drawer.kind === kind && state.drawer.call === call.id, ...more };
}

function transferSend(state, call, texts) {
  const pending = Boolean(pendingCommand(state, "SingleStepTransferCall", call.id));
  const empty = state.drawer.text.trim() === "";
  const why = (verb, isPending) =>
    whyNot(state, call, deskOf(state, call.id), texts, { verb, usable: true, pending: isPending }) ||
    (empty ? texts.t("reason.empty") : "");
  const asking = Boolean(pendingCommand(state, "ConsultationCall", call.id));
  return {
    reason: why("SingleStepTransferCall", pending),
    pending,
    people: state.drawer.call === call.id ? peopleView(state, texts) : [],
    consult: { label: texts.t("transfer.consult"), reason: why("ConsultationCall", asking), pending: asking },
  };
}

function logView(desk, { t, has }) {
  if (desk.log === "none") return null;
  const error =
    desk.logError && has(`log.error.${desk.logError}`)
      ? t(`log.error.${desk.logError}`)
      : t("log.error.other", { code: desk.logError });
  return {
    status: desk.log,
    label: t(`log.${desk.log}`),
    error: desk.log === "failed" ? error : "",
    stale: desk.logStale,
  };
}

/** Everybody in a conference; empty where it is a call of two. */
function conferenceName(call, t) {
  if (call.parties.length === 0) return "";
  return t("call.conference", { parties: call.parties.map((party) => partyName(party, t)).join(", ") });
}

function partyName(party, t) {
  return party.name || party.number || t("party.withheld");
}
