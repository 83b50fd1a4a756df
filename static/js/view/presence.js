/** Whether the agent wants calls, from whom, and which phone they have. Pure. */

import { pendingCommand, presenceKey } from "../state/commands.js";
import { outOfReach, problemText } from "./call.js";

/** @param {object} state @param {ReturnType<import("../i18n.js").createTexts>} texts */
export function presenceView(state, texts) {
  const { t } = texts;
  const pending = pendingCommand(state, "SetAgentState");
  const away = outOfReach(state, texts);
  const now = state.presence === null ? "" : presenceKey(state.presence, state.awayReason);
  const value = pending ? pending.target : now;
  return {
    label: t("presence.label"),
    value,
    state: value.split("|")[0],
    options: options(state.settings.panel.away_reasons, [value, now], t),
    reason: away ?? (state.known ? "" : t("reason.relay")),
    pending: Boolean(pending),
    problem: problemText(state.problems.presence, texts),
    extension: state.extension,
    who: state.extension ? t("presence.extension", { extension: state.extension }) : "",
    agent: state.session.agent,
    connection: connectionView(state, t),
    queues: queuesView(state, away, texts),
  };
}

/** The admin's reasons, and one that a supervisor has given. */
function options(reasons, inUse, t) {
  const given = inUse.filter((key) => key.startsWith("away|")).map((key) => key.slice("away|".length));
  const away = [...new Set([...reasons, ...given])];
  return [
    { value: "available", label: t("presence.available") },
    { value: "away", label: t("presence.away") },
    ...away.map((reason) => ({ value: presenceKey("away", reason), label: t("presence.away_because", { reason }) })),
    { value: "do_not_disturb", label: t("presence.do_not_disturb") },
  ];
}

function queuesView(state, away, texts) {
  const { t } = texts;
  const { queues } = state;
  const ready = queues.filter((queue) => queue.logged_in && !queue.paused).length;
  const pending = pendingCommand(state, "SetQueueMembership");
  return {
    shown: queues.length > 0,
    open: state.queuesOpen,
    label: `${ready}/${queues.length}`,
    fullName: t("queues.title", { ready: String(ready), all: String(queues.length) }),
    list: t("queues.list"),
    items: queues.map((queue) =>
      queueView(queue, away ?? (pending ? t("reason.pending") : ""), state.settings.panel.away_reasons, t),
    ),
  };
}

const stateOf = (loggedIn, paused) => (loggedIn ? (paused ? "queues.paused" : "queues.ready") : "queues.out");

function queueView({ queue, logged_in: loggedIn, paused, fixed, reason: why = "" }, reason, reasons, t) {
  const name = { queue };
  return {
    queue,
    loggedIn,
    paused,
    state: loggedIn && paused && why ? t("queues.paused_because", { reason: why }) : t(stateOf(loggedIn, paused)),
    tone: loggedIn ? (paused ? "away" : "good") : "none",
    log: {
      label: t(loggedIn ? "queues.log_out" : "queues.log_in"),
      fullName: t(loggedIn ? "queues.log_out_of" : "queues.log_in_to", name),
      reason: reason || (fixed && loggedIn ? t("error.fixed_membership") : ""),
    },
    pause: {
      label: t(paused ? "queues.resume" : "queues.pause"),
      fullName: t(paused ? "queues.resume_in" : "queues.pause_in", name),
      reason,
      shown: loggedIn && (paused || reasons.length === 0),
    },
    pauseWith: {
      shown: loggedIn && !paused && reasons.length > 0,
      fullName: t("queues.pause_in", name),
      reason,
      options: [
        { value: "-", label: t("queues.pause") },
        { value: "", label: t("queues.no_reason") },
        ...reasons.map((value) => ({ value, label: value })),
      ],
    },
  };
}

function connectionView(state, t) {
  if (state.relay.status !== "online")
    return {
      tone: state.relay.status === "connecting" ? "neutral" : "error",
      label: t(`connection.${state.relay.status}`),
    };
  if (!state.link.reachable) return { tone: "warning", label: t("connection.no_phone") };
  return { tone: "good", label: t("connection.online") };
}
