/** Calls of this session, and the agent's calls of the last weeks as Salesforce has them; newest first, by day. Pure. */

import { duration } from "../i18n.js";
import { deskOf } from "../state.js";
import { otherParty } from "../task.js";
import { endedView, outOfReach } from "./call.js";

/** How our own subjects end: date and time. */
const WHEN = /\s*\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}\D*$/;
const NUMBER = /([+*#]?\d[\d ()/.*#-]*)$/;
/** So many last digits make two notations of one number the same. */
const TAIL = 8;

/**
 * @param {object} state
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 */
export function historyView(state, texts) {
  const { t } = texts;
  const here = Object.values(state.calls).filter((call) => call.state === "cleared");
  const seen = new Set(here.map((call) => call.id));
  const items = [
    ...here.map((call) => sessionItem(state, call, texts)),
    ...state.past.items.filter(({ callId }) => !seen.has(callId)).map((task) => pastItem(task, texts)),
  ].sort((a, b) => b.startedAt - a.startedAt);
  const shown = withCalledBack(items).filter(({ missed }) => missed || !state.missedOnly);
  const reason = outOfReach(state, texts) ?? "";
  return {
    title: t("history.title"),
    empty: t(state.missedOnly ? "history.empty_missed" : "history.empty"),
    emptyHint: t("history.empty_hint"),
    missedOnly: { label: t("history.missed_only"), value: state.missedOnly },
    status: state.past.status === "idle" ? "" : t(`history.past.${state.past.status}`),
    items: shown.map((item, index) => ({
      ...item,
      heading: index === 0 || shown[index - 1].day !== item.day ? item.day : "",
      calledBackLabel: item.calledBack ? t("history.called_back") : "",
      redial: t("history.redial", { party: item.name }),
      redialReason: item.dial ? reason : t("history.no_number"),
    })),
  };
}

function sessionItem(state, call, texts) {
  const ended = endedView(state, call, texts);
  const { recognised } = deskOf(state, call.id);
  const { number } = otherParty(call);
  const dial = recognised?.number === number ? (recognised.e164 ?? number) : number;
  return { ...ended, outgoing: call.role === "caller", dial };
}

/** A Task of Salesforce. Its number stands in the subject, unless the agent wrote another one: then the person's counts. */
function pastItem(task, texts) {
  const { t } = texts;
  const outgoing = task.type === "Outbound";
  const missed = !outgoing && task.seconds === 0;
  const dial = task.subject.replace(WHEN, "").match(NUMBER)?.[1].trim() ?? task.who?.phone ?? "";
  const record = task.who ?? task.what;
  const name = record?.name || dial || task.subject;
  return {
    id: `task:${task.id}`,
    number: dial,
    dial,
    name,
    detail: name === dial ? "" : dial,
    record,
    missed,
    outgoing,
    icon: missed ? "missed" : outgoing ? "outbound" : "inbound",
    how: task.disposition,
    kind: t(missed ? "history.missed" : outgoing ? "history.outgoing" : "history.incoming"),
    day: texts.day(task.at),
    time: texts.time(task.at),
    duration: task.seconds > 0 ? duration(task.seconds) : "",
    log: null,
    startedAt: task.at,
  };
}

/** A missed call is done with when somebody has called that number later. `items`: newest first. */
function withCalledBack(items) {
  const called = new Set();
  return items.map((item) => {
    const key = item.dial.replace(/\D/g, "").slice(-TAIL);
    const calledBack = item.missed && key !== "" && called.has(key);
    if (item.outgoing && key !== "") called.add(key);
    return { ...item, calledBack };
  });
}
