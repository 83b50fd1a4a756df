/** What the phones page shows and what can be pressed, from the state and the time. Pure. */

import { duration } from "../i18n.js";
import { CALLERS } from "./state.js";

/**
 * @param {import("./state.js").State} state
 * @param {number} now seconds since 1970, by this machine's clock
 * @param {(key: string, values?: object) => string} t
 */
export function view(state, now, t) {
  const at = now + state.ahead;
  const told = state.told ?? { phones: [], outside: { calls: [] }, groups: [] };
  return {
    banner: state.lost ? t("banner.lost") : state.problem && t("banner.refused", { reason: state.problem }),
    callers: CALLERS.map((caller) => callerView(caller, state.caller, t)),
    own: { shown: state.caller === "own", ...state.own },
    targets: [...told.phones.map((phone) => phoneTarget(phone, t)), ...told.groups.map((group) => groupTarget(group, t))],
    outside: told.outside.calls.map((call) => outsideView(call, at, told, t)),
    phones: told.phones.map((phone) => phoneView(phone, state, at, told, t)),
  };
}

function callerView(caller, chosen, t) {
  const named = { unknown: "caller.unknown_name", withheld: "caller.withheld_name", own: "caller.own" }[caller.id];
  return {
    id: caller.id,
    chosen: caller.id === chosen,
    name: named ? t(named) : caller.name,
    number: pretty(caller.number),
    text: t(caller.text),
  };
}

function phoneTarget(phone, t) {
  return { number: phone.extension, label: t("outside.ring", { name: firstName(phone.name) }), detail: phone.extension, first: phone.extension === "101" };
}

function groupTarget(group, t) {
  const key = group.queue ? "outside.ring_queue" : "outside.ring_group";
  return { number: group.number, label: t(key, { name: group.name }), detail: group.number, first: false };
}

function firstName(name) {
  return name.split(" ")[0];
}

function outsideView(call, at, told, t) {
  const talks = call.state === "connected" || call.state === "held";
  const held = call.state === "held";
  const names = call.with.map((extension) => nameOf(extension, told));
  return {
    id: call.id,
    title: call.name || pretty(call.number) || t("party.withheld"),
    number: call.name ? pretty(call.number) : "",
    state: t(outsideState(call)),
    kind: talks ? call.state : call.state === "alerting" ? "alerting" : "initiated",
    with: names.length ? t("party.with", { phones: names.join(", ") }) : "",
    timer: call.answered_at ? duration(at - call.answered_at) : "",
    acts: [
      act("answer", t, call.state === "alerting", "success"),
      act("hold", t, talks && !held),
      act("retrieve", t, held),
      act(call.state === "alerting" ? "decline" : "hangup", t, true, "destructive", "hangup"),
    ].filter((shown) => shown.shown),
  };
}

function outsideState(call) {
  if (call.state === "alerting") return "state.alerting";
  if (call.state === "initiated") return "state.waits";
  if (call.state === "held") return "state.held";
  return call.on_hold ? "state.remote_hold" : "state.connected";
}

function phoneView(phone, state, at, told, t) {
  const calls = phone.calls.map((call) => callView(call, phone, state, at, told, t));
  const kinds = calls.map((call) => call.kind);
  return {
    extension: phone.extension,
    name: phone.name,
    label: t("phone.extension", { extension: phone.extension }),
    presence: phone.state,
    presenceLabel: t("phone.presence", { name: phone.name }),
    presences: ["available", "away", "do_not_disturb"].map((value) => ({ value, label: t(`presence.${value}`) })),
    lamp: ["alerting", "connected", "held", "initiated"].find((kind) => kinds.includes(kind)) ?? "idle",
    idle: calls.length === 0 ? t("phone.idle") : "",
    ended: calls.length === 0 && phone.ended ? t("phone.ended", { cause: t(`cause.${phone.ended}`) }) : "",
    calls,
    draft: state.drafts[phone.extension] ?? "",
  };
}

function callView(call, phone, state, at, told, t) {
  const other = call.role === "caller" ? call.called : call.caller;
  const typed = state.transfers[call.id];
  const talks = call.state === "connected" || call.state === "held";
  const ringing = call.state === "alerting";
  const joinable = talks && phone.calls.filter((each) => each.state === "connected" || each.state === "held").length === 2;
  return {
    id: call.id,
    title: other.name || pretty(other.number) || t("party.withheld"),
    number: other.name ? pretty(other.number) : "",
    via: call.queue ? t("party.via", { queue: call.queue }) : "",
    state: t(stateKey(call)),
    kind: call.state,
    timer: call.answered_at ? duration(at - call.answered_at) : "",
    transfer: {
      shown: talks && typed !== undefined,
      number: typed ?? "",
      quick: told.phones.filter((each) => each.extension !== phone.extension).map((each) => ({ number: each.extension, label: `${firstName(each.name)} ${each.extension}` })),
    },
    acts: [
      act("answer", t, ringing, "success"),
      act("hold", t, call.state === "connected"),
      act("retrieve", t, call.state === "held"),
      act("join", t, joinable && call.state === "connected"),
      act("transfer", t, talks && typed === undefined),
      act(ringing ? "decline" : "hangup", t, true, "destructive"),
    ].filter((shown) => shown.shown),
  };
}

function stateKey(call) {
  if (call.state === "connected" && call.remote_hold) return "state.remote_hold";
  if (call.state === "connected" && call.muted) return "state.muted";
  if (call.state === "initiated" && call.revision > 1) return "state.ringing_there";
  return `state.${call.state}`;
}

function act(name, t, shown, look = "", action = name) {
  return { name, action, label: t(`act.${name}`), shown, look };
}

function nameOf(extension, told) {
  const phone = told.phones.find((each) => each.extension === extension);
  return phone ? `${firstName(phone.name)} ${extension}` : extension;
}

/** `+49 30 111 222`: groups of three after the country code, so that two numbers can be told apart; no numbering plan. */
export function pretty(number) {
  const found = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/.exec(number);
  if (!found) return number;
  return `+${found[1]} ${found[2].replace(/\d{3}(?=\d{2})/g, "$& ")}`;
}
