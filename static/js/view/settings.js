/** The settings panel: language, ring tone, what is connected, which keys do what, how numbers are dialled. Pure. */

import { TONES } from "../ringer.js";
import { SHORTCUTS } from "../shortcuts.js";

const THEMES = Object.freeze(["light", "dark", "system"]);

/**
 * @param {object} state
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 */
export function settingsView(state, texts) {
  const { t } = texts;
  const online = state.relay.status === "online";
  return {
    title: t("tab.settings"),
    language: {
      label: t("settings.language"),
      value: texts.language,
      options: texts.languages,
    },
    theme: {
      label: t("settings.theme"),
      value: THEMES.includes(state.preferences.theme) ? state.preferences.theme : "light",
      options: THEMES.map((value) => ({ value, label: t(`theme.${value}`) })),
    },
    tone: {
      shown: state.preferences.ring,
      label: t("settings.tone"),
      value: state.preferences.tone in TONES ? state.preferences.tone : "notes",
      options: Object.keys(TONES).map((value) => ({ value, label: t(`tone.${value}`) })),
      volumeLabel: t("settings.volume"),
      volume: state.preferences.volume,
      play: t("settings.play"),
    },
    ring: { label: t("settings.ring"), hint: t("settings.ring_hint"), value: state.preferences.ring },
    autoAnswer: {
      label: t("settings.auto_answer"),
      hint: t("settings.auto_answer_hint"),
      value: state.preferences.autoAnswer,
    },
    notify: { label: t("settings.notify"), hint: t("settings.notify_hint"), value: state.preferences.notify },
    connectionTitle: t("settings.connection"),
    facts: [
      { key: "agent", label: t("settings.agent"), value: state.session.agent || "–" },
      { key: "sign_in", label: t("settings.sign_in"), value: howSignedIn(state, texts) },
      { key: "extension", label: t("settings.extension"), value: state.extension || "–" },
      {
        key: "relay",
        label: t("settings.relay"),
        value: t(`connection.${state.relay.status}`),
        tone: online ? "good" : "error",
      },
      {
        key: "phone",
        label: t("settings.phone_system"),
        value: online ? t(state.link.reachable ? "connection.reachable" : "connection.no_phone") : "–",
        tone: online && state.link.reachable ? "good" : "error",
      },
      { key: "host", label: t("settings.host"), value: t(`host.kind.${state.host.kind}`) },
      { key: "version", label: t("settings.version"), value: state.version || "–" },
    ],
    signOut: t(state.signIn === "id" ? "settings.change_name" : "settings.sign_out"),
    warning: state.signIn === "id" ? t("sign_in.warning") : "",
    shortcutsTitle: t("settings.shortcuts"),
    shortcutsHint: t("settings.shortcuts_hint"),
    shortcuts: SHORTCUTS.map(({ action, keys }) => ({ action, keys, label: t(`shortcut.${action}`) })),
  };
}

/** `By Salesforce, since 09:05`. */
function howSignedIn(state, { t, time }) {
  const { how, since } = state.session;
  return since === null ? "–" : t("settings.signed_in", { how: t(`sign_in.how.${how}`), time: time(since) });
}
