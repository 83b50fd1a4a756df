/**
 * Ways of signing in: each organization has one. This file describes them and knows what can be wrong with all of them;
 * `name.js`, `token.js`, `apex.js` and `oidc.js` are the ways.
 *
 * @typedef {object} Way
 * @property {"id"|"token"|"apex"|"oidc"} mode
 * @property {() => Promise<void>} prepare what can be found out before anything is asked of the relay; never rejects
 * @property {(signal?: AbortSignal) => Promise<object>} prove body of `POST /v1/sessions`, made without the agent's
 *   help; rejects with `AgentNeeded`, or with an error of `api.js`
 * @property {(value: string) => void} enter what the agent has typed; nothing where nothing is typed
 * @property {(agent: string) => void} accepted the relay has let `agent` in
 * @property {() => void} refused the relay has not; the same proof is not shown again
 * @property {() => void} forget the agent has signed out
 */

import { ApiProblem } from "../api.js";

/** Only the agent can go on from here. `code` has a sentence `sign_in.error.…`; empty: there is nothing to explain. */
export class AgentNeeded extends Error {
  /** @param {string} [code] @param {{detail?: string, again?: boolean}} [more] `again`: it may work later by itself */
  constructor(code = "", { detail = "", again = false } = {}) {
    super(code || "the agent has to sign in");
    this.name = "AgentNeeded";
    this.code = code;
    this.detail = detail;
    this.again = again;
  }
}

/** The relay has understood who it is told that this is, and does not let them in. `detail` is its own sentence. */
export class SignInRefused extends Error {
  constructor(errorId, detail) {
    super(detail);
    this.name = "SignInRefused";
    this.errorId = errorId;
    this.detail = detail;
  }
}

/** Statuses of refusals that say nothing of the proof: no session, too slow, too often. */
const NOT_OF_THE_PROOF = new Set([401, 408, 429]);

/** Whether the relay has judged what it was shown; anything else may be tried again as it is. */
export function isRefusal(error) {
  return (
    error instanceof ApiProblem && error.status >= 400 && error.status < 500 && !NOT_OF_THE_PROOF.has(error.status)
  );
}
