/** From the state of the simulated phones to what the page shows. Pure: no page, no clock, no network. */

import { duration } from "../i18n.js";
import { partyOutside } from "./callers.js";

const TONES = {
  alerting: "ring",
  initiated: "dial",
  connected: "talk",
  held: "hold",
  failed: "failed",
  queued: "dial",
};
const ICONS = {
  answer: "call",
  decline: "end",
  hangup: "end",
  hold: "hold",
  retrieve: "retrieve",
  message: "voicemail",
};
const STYLES = {
  answer: "button button-success",
  decline: "button button-destructive",
  hangup: "button button-destructive",
};
const ACTIONS = {
  alerting: ["answer", "decline"],
  initiated: ["hangup"],
  connected: ["hold", "hangup"],
  held: ["retrieve", "hangup"],
  failed: ["hangup"],
  queued: ["hangup"],
};
export const PRESENCES = Object.freeze(["available", "away", "do_not_disturb"]);

/**
 * @param {any} phone  as in the answer of `/phones/api/state`
 * @param {number} now  seconds since 1970 on the server's clock
 * @param {(key: string, values?: object) => string} t
 */
export function phoneView(phone, now, t) {
  const calls = phone.calls.map((call) => callView(call, phone, now, t));
  const transferable =
    phone.calls.find(({ state }) => state === "connected") ?? phone.calls.find(({ state }) => state === "held");
  return {
    extension: phone.extension,
    name: phone.name,
    label: t("phone.name", phone),
    presence: {
      value: phone.state,
      label: t("phone.presence", phone),
      options: PRESENCES.map((value) => ({ value, label: t(`presence.${value}`) })),
    },
    tone: calls.some(({ tone }) => tone === "ring") ? "ring" : (calls[0]?.tone ?? "idle"),
    idle: calls.length === 0 ? idleText(phone, t) : "",
    displayLabel: t("phone.calls", phone),
    calls,
    number: {
      label: t("phone.number", phone),
      hint: t("phone.number_hint"),
      dial: t("action.dial"),
      transfer: t("action.transfer"),
    },
    /** Id of the call that a transfer would hand over; none: nothing to transfer. */
    transferable: transferable?.id ?? null,
  };
}

function idleText({ forward_to: forwardTo, messages }, t) {
  const facts = [
    forwardTo && t("phone.forwards", { number: forwardTo }),
    messages > 0 && t("phone.messages", { count: messages }),
  ];
  return [t("phone.idle"), ...facts].filter(Boolean).join(" · ");
}

function callView(call, phone, now, t) {
  const other = call.role === "caller" ? call.called : call.caller;
  const name = other.name || (other.number === "" ? t("withheld") : "");
  const party = name || partyOutside(other, t);
  const since = call.answered_at ?? call.started_at;
  return {
    id: call.id,
    tone: call.state === "connected" && call.remote_hold ? "hold" : (TONES[call.state] ?? "dial"),
    state: t(call.remote_hold && call.state === "connected" ? "state.remote_hold" : `state.${call.state}`),
    title: name || other.number,
    number: name && other.number ? other.number : "",
    more: moreOf(call, t),
    timer: call.state === "failed" ? "" : duration(now - since),
    buttons: buttons(
      ACTIONS[call.state] ?? [],
      (action) => t("action.at", { action: t(`action.${action}`), party, name: phone.name }),
      t,
    ),
  };
}

function moreOf(call, t) {
  return [
    call.queue && t("phone.queue", { queue: call.queue }),
    call.transferred_from && t("phone.from", { name: call.transferred_from.name || call.transferred_from.number }),
    call.muted && t("phone.muted"),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {any} call  one of the state's `outside.calls` @param {any[]} phones  the state's `phones` */
export function outsideCallView(call, phones, t) {
  const party = partyOutside(call, t);
  const names = call.with.map((extension) => phones.find((phone) => phone.extension === extension)?.name ?? extension);
  return {
    id: call.id,
    party,
    with: names.join(", "),
    tone: { initiated: "dial", alerting: "ring", connected: "talk", held: "hold" }[call.state] ?? "dial",
    state: t(
      { initiated: "state.outside_calls", alerting: "state.outside_called" }[call.state] ?? `state.${call.state}`,
    ),
    sees: call.sees ? t("outside.sees", { number: call.sees }) : "",
    buttons: buttons(
      outsideActions(call),
      (action) => t("action.outside", { action: t(`action.${action}`), party }),
      t,
    ),
  };
}

function outsideActions({ state, answered, with: phones }) {
  if (state === "initiated" && !answered && phones.length === 1) return ["message", "hangup"];
  if (state === "alerting") return ["answer", "hangup"];
  if (!answered) return ["hangup"];
  return [state === "held" ? "retrieve" : "hold", "hangup"];
}

function buttons(actions, name, t) {
  return actions.map((action) => ({
    action,
    label: t(`action.${action}`),
    name: name(action),
    icon: ICONS[action],
    style: STYLES[action] ?? "button",
  }));
}

/** Whom one can ring from outside: each phone, then the queue. */
export function targets({ phones, queue }, t) {
  const people = phones.map(({ extension, name }) => ({
    value: extension,
    label: name.split(" ")[0],
    detail: extension,
    ring: t("outside.ring", { target: name.split(" ")[0] }),
  }));
  return [
    ...people,
    { value: queue.number, label: t("outside.queue"), detail: queue.number, ring: t("outside.ring_queue") },
  ];
}

/** A sentence for an error of `api.js`. */
export function errorText(error, { t, has }) {
  const key = `error.${error.id}`;
  return has(key) ? t(key) : t("error.other", { detail: error.detail || error.message });
}

/** What somebody typed, as digits to send; what people write between digits for reading is left out. */
export function dialable(typed) {
  return typed.replace(/[\s()/.-]/g, "");
}
