/** What is wrong and what to do about it: one banner for each, the gravest first. Pure. */

import { isShownSignedIn } from "./sign_in.js";

/**
 * @param {object} state
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 * @returns {{key: string, tone: "error"|"warning"|"info", title: string, text: string,
 *   action: {label: string, does: string}|null, dismiss: string|null, more: {label: string, text: string}|null}[]}
 */
export function bannersView(state, texts) {
  const banners = [
    relayBanner(state, texts),
    linkBanner(state, texts),
    phoneBanner(state, texts),
    hostBanner(state, texts),
    settingsBanner(state, texts),
    panelBanner(state, texts),
    idBanner(state, texts),
  ];
  return banners.filter((one) => one !== null && !(one.dismiss && state.dismissed.includes(one.key)));
}

function relayBanner(state, { t, has }) {
  if (state.session.status === "needed") return null;
  if (state.relay.status === "superseded") {
    return banner("superseded", "warning", t("banner.superseded.title"), t("banner.superseded.text"), {
      label: t("banner.superseded.action"),
      does: "take_over",
    });
  }
  if (state.relay.status !== "lost") return null;
  const { reason } = state.relay;
  if (reason === "too_many_requests") return banner("busy", "warning", t("banner.busy"), t("banner.busy.text"), null);
  const text = has(`banner.relay.${reason}`) ? t(`banner.relay.${reason}`) : t("banner.relay.text", { code: reason });
  return banner("relay", "error", t("banner.relay.title"), text, { label: t("banner.retry"), does: "retry" });
}

function linkBanner(state, { t, has }) {
  if (state.relay.status !== "online" || !state.known || state.link.reachable) return null;
  const { reason, connector } = state.link;
  const text = has(`link.${reason}`) ? t(`link.${reason}`) : t("link.other", { code: reason || "?" });
  const where = connector ? ` ${t("link.connector", { connector })}` : "";
  return banner("link", "error", t("link.title"), text + where, null);
}

/** The phone system is there, and the phone is not. */
function phoneBanner(state, { t }) {
  if (state.relay.status !== "online" || !state.link.reachable || state.features.registered !== false) return null;
  return banner("phone", "warning", t("banner.phone.title"), t("health.unregistered_advice"), null);
}

function hostBanner(state, { t, has }) {
  const { ready, kind, problem } = state.host;
  if (!ready || kind !== "standalone") return null;
  if (problem === null)
    return banner(
      "standalone",
      "info",
      t("host.standalone.title"),
      t("host.standalone.text"),
      null,
      t("banner.dismiss"),
    );
  const text = has(`host.${problem}`) ? t(`host.${problem}`) : t("host.other", { code: problem });
  return banner("host", "warning", t("host.title"), text, null, t("banner.dismiss"));
}

function settingsBanner(state, texts) {
  const { t } = texts;
  const { problems } = state.settings;
  if (problems.length === 0) return null;
  const text = `${named(problems, texts)} ${t("settings.problem_hint")}`;
  return banner("settings", "warning", t("settings.problem_title", { count: problems.length }), text, null);
}

/** Settings that do not concern dialling: they hold up nothing, and can be put away. */
function panelBanner(state, texts) {
  const { t } = texts;
  const { panelProblems } = state.settings;
  if (panelProblems.length === 0) return null;
  const title = t("settings.panel_problem_title", { count: panelProblems.length });
  const text = `${named(panelProblems, texts)} ${t("settings.panel_problem_hint")}`;
  return banner("panel_settings", "warning", title, text, null, t("banner.dismiss"));
}

function named(problems, { t, has }) {
  const sentence = ({ setting, value, message, rule }) =>
    has(`rule.${rule}`) ? t("settings.problem", { setting: nameOf(setting), value, rule: t(`rule.${rule}`) }) : message;
  return problems.map(sentence).join(" ");
}

/** It stays as long as it is true: nobody shall forget it. */
function idBanner(state, { t }) {
  if (state.signIn !== "id" || !isShownSignedIn(state)) return null;
  const more = { label: t("banner.id.why"), text: t("banner.id.text") };
  return { ...banner("sign_in_by_id", "info", t("banner.id.title"), "", null), more };
}

function banner(key, tone, title, text, action, dismiss = null) {
  return { key, tone, title, text, action, dismiss, more: null };
}

/** As the admin finds it: Salesforce's own items by their name, ours with their section, for two have a `channel`. */
function nameOf(setting) {
  const parts = String(setting).split("/").filter(Boolean);
  return parts[0]?.startsWith("cti") ? parts.join("/") : (parts.at(-1) ?? setting);
}
