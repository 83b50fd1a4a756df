/** Who is signed in, how, and what keeps the agent from it. Pure. */

import { saying } from "./desk.js";

/** Nobody is signed in yet, and nobody has been asked. */
export const noSession = Object.freeze({
  /** starting | needed (the agent has to do something) | signing_in | in */
  status: "starting",
  /** Who it is, or was: another agent must not see anything of theirs. */
  agent: "",
  /** Whether it is known who signs in: by the name alone, or silently again. */
  known: false,
  /** Whether the agent has been asked to do something. */
  asked: false,
  /** Stable code of what went wrong, and what others have said of it. */
  error: null,
  detail: "",
  /** Mode by which the session was opened; `ticket`: another tab has let this one in. */
  how: "",
  /** When, in seconds since 1970 on this page's clock. */
  since: null,
  /** The window of an identity provider: "" | open | away (closed or out of reach). */
  window: "",
  /** Not to be tried before, in seconds since 1970 on this page's clock. */
  notBefore: 0,
});

/** The agent has to do something; what they were about stays for when they are back. */
export function signInNeeded(state, { error = "", detail = "" }) {
  const session = { ...noSession, ...asking(state), error: error || null, detail };
  return { ...(state.session.known ? saying(state, "said.sign_in_needed") : state), session };
}

export function signInRefused(state, { error, detail = "" }) {
  return { ...state, session: { ...noSession, ...asking(state), error, detail } };
}

const asking = (state) => ({ status: "needed", asked: true, agent: state.session.agent });

/** `agent` empty: the relay will tell who it is. */
export function signInStarted(state, { agent }) {
  const known = agent !== "";
  const session = { ...noSession, status: "signing_in", agent: agent || state.session.agent, known };
  return { ...state, session: { ...session, asked: state.session.asked && !known } };
}

export function signedIn(state, { agent, how, at }) {
  return { ...state, session: { ...noSession, status: "in", agent, known: true, how, since: at } };
}

/** What becomes of the provider's window changes nothing else, and nothing at all once the agent is in. */
export function windowChanged(state, change) {
  if (state.session.status !== "needed") return state;
  const { error = null, detail = "", notBefore = 0, window = "" } = change;
  return { ...state, session: { ...state.session, error, detail, notBefore, window } };
}
