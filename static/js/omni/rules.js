/** Which status of Omni-Channel follows from phone and calls, and which presence follows from a status. Pure. */

import { presenceKey } from "../state/commands.js";
import { awaitsResult } from "../view/wrap_up.js";

const UP = new Set(["initiated", "connected", "held", "queued"]);
/** Conditions that a call fulfils; when it is over, the status before it comes back. */
const OF_CALLS = new Set(["call", "ringing", "wrap_up"]);
const NOTHING = "none";

/**
 * What conditions of `toOmni` are about.
 * @returns {{call: boolean, ringing: boolean, wrap_up: boolean, presence: string, reason: string}}
 */
export function situationOf(state) {
  const calls = Object.values(state.calls);
  return {
    // A parked call waits for anybody; who has parked it is free.
    call: calls.some((call) => UP.has(call.state) && !call.parked_at),
    ringing: calls.some((call) => call.state === "alerting"),
    wrap_up: calls.some((call) => awaitsResult(state, call)),
    presence: state.presence ?? "",
    reason: state.awayReason,
  };
}

/** The rule of calls that counts now. @returns {string|null} its status, empty to leave Omni-Channel alone; null: there is none */
export function statusOfCalls(rules, situation) {
  const rule = rules.find(({ condition }) => fits(condition, situation));
  return rule && OF_CALLS.has(rule.condition) ? given(rule.target) : null;
}

/** The status for the presence by itself, whatever calls there are; empty: Omni-Channel is left alone. */
export function statusOfPresence(rules, { presence, reason }) {
  const rule = rules.find(({ condition }) => fits(condition, { presence, reason }));
  return given(rule?.target);
}

/** Statuses that only stand for calls: never what an agent goes back to, unless somebody has chosen them by hand. */
export function callStatuses(rules) {
  return new Set(rules.filter(({ condition }) => OF_CALLS.has(condition)).map(({ target }) => target));
}

/** The presence for a status. @returns {{state: string, reason: string, key: string}|null} null: it stays as it is */
export function presenceFor(rules, status) {
  const rule = rules.find(({ condition }) => names(condition.toLowerCase(), status.toLowerCase()));
  const target = given(rule?.target);
  if (target === "") return null;
  const [state, ...reason] = target.split(":");
  return { state, reason: reason.join(":"), key: presenceKey(state, reason.join(":")) };
}

/** Whether the wanted presence is there: any reason will do where none is wanted. */
export function isReached(wanted, key) {
  return key === wanted.key || (wanted.reason === "" && key.split("|")[0] === wanted.state);
}

const given = (target) => (target === undefined || target === NOTHING ? "" : target);

function fits(condition, situation) {
  if (condition === "*") return true;
  if (OF_CALLS.has(condition)) return situation[condition] === true;
  const [state, ...reason] = condition.split(":");
  const wanted = reason.join(":").toLowerCase();
  return situation.presence === state && (wanted === "" || situation.reason.toLowerCase() === wanted);
}

/** Whoever is logged out has no status; one that is called Offline means the same. */
function names(condition, status) {
  if (condition.endsWith("*")) return condition === "*" || status.startsWith(condition.slice(0, -1));
  return condition === (status || "offline");
}
