/** What is shown to whoever is not signed in: what they can do, what went wrong, when it may be tried again. Pure. */

/** Modes in which something is typed; in the others there is one button. */
const FORMS = Object.freeze({ id: "name", token: "token" });

/** Whether the panel shows an agent's desk; while it is not known who is there it shows nobody's. */
export function isShownSignedIn({ session: { status, known } }) {
  return status === "in" || (status === "signing_in" && known);
}

/**
 * @param {object} state
 * @param {number} now seconds since 1970 on this page's clock
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 * @returns {object} `form`: which of the three is shown, `name`, `token` or `button`; empty while nobody is asked
 */
export function signInView(state, now, texts) {
  const { t } = texts;
  const { status, asked, agent, window } = state.session;
  // Whoever has been asked keeps the form before their eyes until they are in.
  const asking = status === "needed" || asked;
  const form = asking ? (FORMS[state.signIn] ?? "button") : "";
  return {
    shown: !isShownSignedIn(state),
    form,
    agent: form === "name" ? agent : "",
    title: asking ? titleOf(state, texts) : t("sign_in.starting"),
    text: asking ? textOf(state, texts) : "",
    error: asking ? errorOf(state, texts) : "",
    detail: asking ? state.session.detail : "",
    name: {
      label: t(form === "token" ? "sign_in.token.name" : "sign_in.label"),
      placeholder: form === "token" ? "" : t("sign_in.placeholder"),
    },
    token: { label: t("sign_in.token.label") },
    button: buttonOf(state, now, texts),
    cancel: { label: t("sign_in.cancel"), shown: asking && window !== "" },
    warning: form === "name" ? t("sign_in.warning") : form === "token" ? t("sign_in.token.hint") : "",
  };
}

function titleOf({ signIn, session }, { t }) {
  if (signIn === "id") return t("sign_in.title");
  return t(signIn === "apex" && session.error ? "sign_in.apex.title" : "sign_in.title_known");
}

function textOf({ signIn, session }, { t }) {
  if (signIn === "id") return t("sign_in.text");
  if (session.window !== "") return t(`sign_in.window.${session.window}`);
  if (signIn === "apex") return session.error ? "" : t("sign_in.apex.text");
  return t(`sign_in.${signIn}.text`);
}

/** What the relay has refused, for whatever reason, is the proof of this mode. */
function errorOf({ signIn, session: { error } }, { t, has }) {
  if (error === null) return "";
  return t(has(`sign_in.error.${error}`) ? `sign_in.error.${error}` : `sign_in.error.refused.${signIn}`);
}

function buttonOf({ signIn, session }, now, { t }) {
  const waits = Math.ceil(session.notBefore - now);
  const reason = waits > 0 ? t("sign_in.wait", { seconds: waits }) : "";
  if (session.status === "signing_in") {
    return { label: t("sign_in.starting"), does: "again", reason: t("sign_in.starting"), pending: true };
  }
  if (session.window === "open") return { label: t("sign_in.window.show"), does: "show", reason: "" };
  if (signIn === "oidc") return { label: t("sign_in.button_known"), does: "open", reason };
  if (signIn === "apex" && session.error) return { label: t("sign_in.again"), does: "again", reason };
  return { label: t(signIn === "id" ? "sign_in.button" : "sign_in.button_known"), does: "again", reason };
}
