/** From the state to everything that is shown: texts, order, what is enabled and why not. Pure; panels only draw it. */

import { deskOf } from "./state.js";
import { pendingCommand } from "./state/commands.js";
import { bannersView } from "./view/banners.js";
import { callView, endedView, outOfReach, problemText } from "./view/call.js";
import { peopleView } from "./view/directory.js";
import { healthView } from "./view/health.js";
import { historyView } from "./view/history.js";
import { joiningView } from "./view/joining.js";
import { lineView, outboundView } from "./view/line.js";
import { presenceView } from "./view/presence.js";
import { isShownSignedIn, signInView } from "./view/sign_in.js";
import { needsResult, wrapUpView } from "./view/wrap_up.js";
import { settingsView } from "./view/settings.js";

/** The record of a call that has just ended stays in sight for this long, in seconds: last notes, failed log. */
const AFTER_CALL_S = 90;

/**
 * @param {object} state
 * @param {number} now seconds since 1970 on the relay's clock
 * @param {ReturnType<import("./i18n.js").createTexts>} texts
 */
export function view(state, now, texts) {
  const { t } = texts;
  // Whoever has to sign in first may be somebody else.
  const shownSignedIn = isShownSignedIn(state);
  const live = Object.values(shownSignedIn ? state.calls : {})
    .filter((call) => call.state !== "cleared")
    .sort((a, b) => a.started_at - b.started_at);
  const ringing = live.filter((call) => call.state === "alerting");
  // A parked call is nobody's for now: it waits in the list, and the agent is free.
  const active = activeCall(live.filter((call) => !call.parked_at));
  const waiting = live.filter((call) => call !== active && call.state !== "alerting");
  const wrapping = !shownSignedIn || active || ringing.length > 0 ? null : endedCall(state, now);
  return {
    language: texts.language,
    signIn: signInView(state, now - state.clockOffset, texts),
    signedIn: shownSignedIn,
    banners: bannersView(state, texts),
    presence: presenceView(state, texts),
    line: lineView(state, texts),
    incoming: ringing.map((call) => ({
      ...callView(state, call, now, texts),
      title: t(live.length > ringing.length || call !== ringing[0] ? "incoming.waiting" : "incoming.title"),
      holds: active?.state === "connected" ? t("incoming.holds") : "",
    })),
    active: active
      ? {
          ...callView(state, active, now, texts),
          joining: joiningView(state, active, waiting, texts),
          wrapUp: wrapUpView(state, active, texts),
        }
      : null,
    waiting: waiting.map((call) => callView(state, call, now, texts)),
    ended: wrapping ? justEnded(state, wrapping, now, texts) : null,
    tab: state.tab,
    tabs: tabsView(state, texts),
    dial: dialView(state, live, texts),
    history: historyView(state, texts),
    unlogged: unloggedView(state, wrapping?.id ?? null, live.length > 0, texts),
    settings: settingsView(state, texts),
    health: healthView(state, now, texts),
    announcement: state.said.key
      ? t(state.said.key, { ...state.said.values, party: state.said.values.party || t("party.withheld") })
      : "",
    announcementUrgent: state.said.key === "said.incoming",
    announcementTurn: state.said.n,
    window: windowView(state, ringing, active, now, texts),
  };
}

/** The call that has the agent's attention: the one talked to, else the one being dialled, else the one held last. */
function activeCall(live) {
  const rank = { connected: 0, initiated: 1, queued: 1, failed: 1, held: 2 };
  const candidates = live.filter((call) => call.state in rank);
  return candidates.sort((a, b) => rank[a.state] - rank[b.state] || b.started_at - a.started_at)[0] ?? null;
}

function tabsView(state, { t }) {
  const missed = state.unseenMissed.length;
  return [
    { name: "phone", icon: "call", label: t("tab.phone"), badge: 0, badgeLabel: "" },
    {
      name: "history",
      icon: "history",
      label: t("tab.history"),
      badge: missed,
      badgeLabel: missed ? t("tab.missed", { count: missed }) : "",
    },
    { name: "settings", icon: "settings", label: t("tab.settings"), badge: 0, badgeLabel: "" },
  ].map((tab) => ({ ...tab, current: tab.name === state.tab }));
}

function dialView(state, live, texts) {
  const { t } = texts;
  const away = outOfReach(state, texts);
  const pending = Boolean(pendingCommand(state, "MakeCall"));
  const empty = state.dial.text.trim() === "";
  const wrong = state.settings.problems.length > 0;
  const talking = live.some((call) => call.state !== "alerting" && !call.parked_at);
  const people = state.drawer.kind === "transfer" ? [] : peopleView(state, texts);
  const common = away ?? (pending ? t("reason.dialing") : empty ? t("reason.empty") : "");
  return {
    text: state.dial.text,
    record: state.dial.record,
    label: t("dial.label"),
    placeholder: t("dial.placeholder"),
    keysLabel: t("dial.keys"),
    backspace: t("dial.backspace"),
    button: {
      label: t(pending ? "dial.dialing" : "dial.button"),
      reason: common || (wrong ? t("reason.settings") : ""),
      pending,
    },
    raw: { label: t("dial.raw"), reason: common, shown: !empty || wrong, strong: wrong },
    directory: {
      people,
      label: t("directory.label"),
      more: people.length > 0 && state.directory.more ? t("directory.more") : "",
      toggle: { label: t("directory.toggle"), shown: empty, open: state.directory.open },
    },
    // A name is typed instead of a number: the only person who is called so is meant.
    person: people.length === 1 && /\p{L}/u.test(state.dial.text) ? people[0] : null,
    problem: problemText(state.problems.dial, texts),
    unwanted: {
      text: state.dial.unwanted ? t("dial.unwanted", { name: state.dial.record?.name || state.dial.text }) : "",
      anyway: { label: t("dial.anyway"), shown: state.dial.unwanted === "warn", reason: common },
    },
    outbound: outboundView(state, texts),
    choices: {
      items: state.dial.choices.map((number) => ({ id: number, number, label: t("dial.choice", { number }) })),
      label: t("dial.choices"),
      reason: away ?? (pending ? t("reason.dialing") : ""),
    },
    // Beside a call the pad is for a second one and opens on demand. A call that only rings must not take it away from
    // somebody who types in it.
    collapsed: talking && !state.dialpadOpen,
    toggle: { shown: talking, label: t(state.dialpadOpen ? "dial.close" : "dial.another"), open: state.dialpadOpen },
  };
}

/** Ended calls with which the agent is not finished: not saved, changed since, or without the result that is required. */
function unloggedView(state, shown, busy, texts) {
  const { t } = texts;
  const items = Object.values(state.calls)
    .filter((call) => call.state === "cleared")
    .map((call) => ({ call, kind: unfinished(state, call) }))
    .filter(({ call, kind }) => kind === "failed" || (kind !== null && call.id !== shown))
    .sort((a, b) => a.call.started_at - b.call.started_at)
    .map(({ call, kind }) => {
      const ended = endedView(state, call, texts);
      return {
        ...ended,
        why: kind === "failed" ? ended.log.error : t(`unlogged.${kind}`),
        action: t(kind === "result" ? "unlogged.finish" : "unlogged.retry"),
        does: { failed: "retryLog", stale: "saveAgain", result: "finish" }[kind],
      };
    });
  // While somebody is talked to or rings, the list must not push that call out of sight.
  return { items, folded: busy, title: t("unlogged.title", { count: items.length }) };
}

function unfinished(state, call) {
  const desk = deskOf(state, call.id);
  if (desk.log === "failed") return "failed";
  if (needsResult(state, call)) return "result";
  return desk.logStale && ["saved", "elsewhere"].includes(desk.log) ? "stale" : null;
}

/** The call whose wrap-up shows: the one that the agent has opened, else the last one for a while, or until finished. */
function endedCall(state, now) {
  const ended = Object.values(state.calls).filter((call) => call.state === "cleared");
  const opened = ended.find((call) => call.id === state.wrapping);
  if (opened) return opened;
  const last = ended.sort((a, b) => (b.ended_at ?? 0) - (a.ended_at ?? 0))[0];
  if (!last || ["none", "failed"].includes(deskOf(state, last.id).log)) return null;
  if (needsResult(state, last)) return last;
  const inTime = now - (last.ended_at ?? 0) <= AFTER_CALL_S || deskOf(state, last.id).logStale;
  return inTime && !state.dismissed.includes(`ended:${last.id}`) ? last : null;
}

function justEnded(state, call, now, texts) {
  const { t } = texts;
  const ended = endedView(state, call, texts);
  const required = needsResult(state, call);
  const desk = deskOf(state, call.id);
  return {
    ...ended,
    heading: t(ended.missed ? "history.missed" : "ended.title"),
    how: ended.missed ? "" : ended.how,
    wrapUp: ["saved", "elsewhere"].includes(desk.log) ? wrapUpView(state, call, texts) : null,
    dismiss: { label: t("ended.dismiss"), reason: required ? t("ended.result_first") : "" },
    matches: desk.records.length > 1 ? callView(state, call, now, texts).matches : null,
  };
}

/** Title of the page, and label and icon of the item in Salesforce's utility bar. */
function windowView(state, ringing, active, now, texts) {
  const { t } = texts;
  if (ringing.length > 0) {
    const call = callView(state, ringing[0], now, texts);
    return {
      title: t("window.incoming", { party: call.name }),
      label: t("window.incoming", { party: call.name }),
      icon: "incoming_call",
      ringing: true,
    };
  }
  if (active) {
    const call = callView(state, active, now, texts);
    return {
      title: t("window.call", { party: call.name }),
      label: t("window.call", { party: call.name }),
      icon: active.state === "held" ? "pause" : "call",
      ringing: false,
    };
  }
  if (state.session.status === "needed")
    return { title: t("window.idle"), label: t("window.sign_in"), icon: "alert", ringing: false };
  const missed = state.unseenMissed.length;
  if (missed > 0)
    return {
      title: t("window.missed", { count: missed }),
      label: t("window.missed", { count: missed }),
      icon: "alert",
      ringing: false,
    };
  const lost = state.session.status === "in" && (state.relay.status === "lost" || !state.link.reachable);
  return {
    title: t("window.idle"),
    label: t(lost ? "window.lost" : "window.idle"),
    icon: lost ? "alert" : "call",
    ringing: false,
  };
}
