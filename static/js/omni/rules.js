/** What Omni-Channel's presence status and the phone's availability have to do with each other, by the admin's rules. Pure. */

import { presenceKey } from "../state/commands.js";
import { needsResult } from "../view/wrap_up.js";

/** What the agent is doing: these come and go by themselves, and the status before them comes back. */
const DOING = Object.freeze(["ringing", "call", "wrap_up"]);

/** What is the case at the phone: what the agent is doing, and what they have chosen. */
export function factsOf(state) {
  const calls = Object.values(state.calls);
  const live = calls.filter((call) => call.state !== "cleared" && !call.parked_at);
  const doing = [
    live.some((call) => call.state === "alerting") && "ringing",
    live.some((call) => call.state !== "alerting") && "call",
    calls.some((call) => needsResult(state, call)) && "wrap_up",
  ];
  return {
    doing: new Set(doing.filter(Boolean)),
    presence: state.presence === null ? "" : presenceKey(state.presence, state.awayReason),
  };
}

/**
 * The first rule that fits.
 * @param {{doing: Set<string>, presence: string}} facts
 * @param {{condition: string, target: string}[]} rules
 * @returns {{status: string|null, passing: boolean}|null} API name of the status, empty for logged out, null to leave it
 *   alone; `passing`: for as long as the agent does it only
 */
export function statusFor({ doing, presence }, rules) {
  const rule = rules.find(({ condition }) =>
    DOING.includes(condition) ? doing.has(condition) : fits(condition, presence),
  );
  if (!rule) return null;
  const status = { none: null, offline: "" }[rule.target];
  return { status: status === undefined ? rule.target : status, passing: DOING.includes(rule.condition) };
}

function fits(condition, presence) {
  if (condition === "*") return presence !== "";
  const [state, reason = ""] = presence.split("|");
  const [wanted, why = ""] = condition.split(/:\s*/);
  return state === wanted && (why === "" || why.toLowerCase() === reason.toLowerCase());
}

/** The availability that goes with a status: `state` or `state|reason`; empty to leave it alone. */
export function presenceFor(status, rules) {
  const rule = rules.find(({ condition }) => statusFits(condition, status));
  if (!rule || rule.target === "none") return "";
  const [state, ...reason] = rule.target.split(":");
  return presenceKey(state, reason.join(":").trim());
}

function statusFits(condition, status) {
  if (condition === "*") return true;
  if (condition === "offline" || status === "") return condition === "offline" && status === "";
  const [mine, wanted] = [status.toLowerCase(), condition.toLowerCase()];
  return wanted.endsWith("*") ? mine.startsWith(wanted.slice(0, -1)) : mine === wanted;
}
