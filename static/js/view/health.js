/** Is everything well, in plain words: what it is about, how it is, what to do. And the same as a report to copy. Pure. */

import { duration } from "../i18n.js";

/** A page that has heard nothing for so long has probably lost its line, in seconds. */
const SILENT_S = 60;

/**
 * @param {object} state
 * @param {number} now relay's clock, seconds
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 */
export function healthView(state, now, texts) {
  const { t } = texts;
  const rows = [
    relayRow(state, now, texts),
    phoneSystemRow(state, texts),
    phoneRow(state, texts),
    hostRow(state, texts),
  ];
  rows.push(settingsRow(state, texts), eventRow(state, now, texts));
  const worst = ["error", "warning"].find((tone) => rows.some((row) => row.tone === tone)) ?? "good";
  return {
    title: t("health.title"),
    summary: t(`health.${worst}`),
    tone: worst,
    rows,
    copy: t("health.copy"),
    copied: t("health.copied"),
    reportTitle: t("health.report"),
  };
}

function row(key, tone, label, text, advice = "") {
  return { key, tone, label, text, advice };
}

function relayRow(state, now, { t, has }) {
  const { status, reason, since } = state.relay;
  const label = t("settings.relay");
  if (status === "online") return row("relay", "good", label, t("health.relay_good"));
  const why = has(`banner.relay.${reason}`) ? t(`banner.relay.${reason}`) : t("health.relay_advice");
  const lasted = since === null ? "" : ` (${duration(now - state.clockOffset - since)})`;
  return row("relay", status === "lost" ? "error" : "warning", label, t(`connection.${status}`) + lasted, why);
}

function phoneSystemRow(state, { t, has }) {
  const label = t("settings.phone_system");
  if (state.relay.status !== "online" || !state.known) return row("system", "warning", label, t("health.unknown"));
  if (state.link.reachable) return row("system", "good", label, t("connection.reachable"));
  const { reason } = state.link;
  const advice = has(`link.${reason}`) ? t(`link.${reason}`) : t("link.other", { code: reason || "?" });
  return row("system", "error", label, t("connection.no_phone"), advice);
}

/** Not every phone system tells whether the phone is registered; whether it has an extension here is known. */
function phoneRow(state, { t }) {
  const label = t("health.phone");
  if (!state.known) return row("phone", "warning", label, t("health.unknown"));
  if (state.extension === "")
    return row("phone", "error", label, t("health.no_extension"), t("health.no_extension_advice"));
  const extension = t("presence.extension", { extension: state.extension });
  const { registered = null } = state.features;
  if (registered === null) return row("phone", "good", label, extension, t("health.phone_advice"));
  if (registered) return row("phone", "good", label, t("health.registered", { extension }));
  return row("phone", "error", label, t("health.unregistered", { extension }), t("health.unregistered_advice"));
}

function hostRow(state, { t, has }) {
  const label = t("settings.host");
  const { kind, problem, ready } = state.host;
  if (!ready) return row("host", "warning", label, t("health.unknown"));
  if (["lightning", "classic"].includes(kind)) return row("host", "good", label, t("health.host_good"));
  const advice = problem && has(`host.${problem}`) ? t(`host.${problem}`) : t("host.standalone.text");
  return row("host", problem ? "error" : "warning", label, t("host.standalone.title"), advice);
}

function settingsRow(state, { t }) {
  const wrong = [...state.settings.problems, ...state.settings.panelProblems];
  if (wrong.length === 0) return row("settings", "good", t("health.settings"), t("health.settings_good"));
  const names = wrong.map(({ setting }) => String(setting).split("/").at(-1)).join(", ");
  return row("settings", "warning", t("health.settings"), names, t("settings.problem_hint"));
}

function eventRow(state, now, { t }) {
  const label = t("health.last_event");
  if (state.heardAt === null) return row("event", "warning", label, t("health.never"));
  const age = Math.max(0, now - state.heardAt);
  const tone = age > SILENT_S ? "warning" : "good";
  return row(
    "event",
    tone,
    label,
    t("health.ago", { time: duration(age) }),
    tone === "good" ? "" : t("health.relay_advice"),
  );
}

/**
 * For whoever helps: facts and codes. Nothing in it names a person or holds a number.
 * @param {object} state
 * @param {number} now
 * @param {string[]} diary
 * @param {{agent: string}} browser
 */
export function healthReport(state, now, diary, browser) {
  const calls = Object.values(state.calls);
  const problems = Object.values(state.problems).map(({ verb, errorId }) => `${verb}: ${errorId}`);
  const wrong = [...state.settings.problems, ...state.settings.panelProblems];
  const facts = {
    version: state.version,
    time: new Date(now * 1000).toISOString(),
    browser: browser.agent,
    language: state.language,
    host: `${state.host.kind}${state.host.problem ? ` (${state.host.problem})` : ""}`,
    session: `${state.session.status}, ${redacted(state.session.agent)}`,
    "signed in": signedInFact(state, now),
    relay: `${state.relay.status}${state.relay.reason ? ` (${state.relay.reason})` : ""}`,
    "clock differs by": `${state.clockOffset.toFixed(1)} s`,
    "last heard": state.heardAt === null ? "never" : `${Math.round(now - state.heardAt)} s ago`,
    "phone system": state.link.reachable ? "reachable" : state.link.reason || "unreachable",
    connector: state.link.connector || "-",
    extension: state.extension === "" ? "none" : "known",
    presence: state.presence ?? "unknown",
    calls:
      calls.map(({ state: at, direction, cause }) => [at, direction, cause].filter(Boolean).join("/")).join(", ") ||
      "none",
    logs:
      Object.values(state.desk)
        .map(({ log, logError }) => logError ?? log)
        .join(", ") || "none",
    problems: problems.join(", ") || "none",
    "wrong settings": wrong.map(({ setting, rule }) => `${setting}: ${rule}`).join(", ") || "none",
  };
  return [...Object.entries(facts).map(([name, value]) => `${name}: ${value}`), "", ...diary].join("\n");
}

function signedInFact({ signIn, session, clockOffset }, now) {
  const since = session.since === null ? "" : `, by ${session.how} for ${duration(now - clockOffset - session.since)}`;
  return `mode ${signIn}${since}${session.error ? ` (${session.error})` : ""}`;
}

/** `a…@a….example`: who it is can be told by those who know them, and by nobody else. */
export function redacted(name) {
  return name.replace(/[^@.]+/g, (part) => `${part[0]}…`) || "-";
}
