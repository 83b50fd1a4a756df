/**
 * Signing in at an identity provider (mode `oidc`): OpenID Connect's code flow with PKCE (RFC 7636), in a window of its
 * own.
 *
 * The words that make the code worth something never leave this page before it is used: the provider and the window see
 * their hashes only.
 */

import { AgentNeeded } from "./way.js";
import { openWindow, sendTo, comeBack as waitFor } from "./window.js";
import { hashOf, newWord } from "./words.js";

/**
 * @param {{organization: string, api: object, tickets: ReturnType<import("./tickets.js").createTickets>,
 *   window: Window, report: (event: object) => void, comeBack?: typeof waitFor}} parts
 * @returns {import("./way.js").Way & {open: () => Promise<boolean>, show: () => void, cancel: () => void}}
 */
export function createOidcWay({ organization, api, tickets, window, report, comeBack = waitFor }) {
  let proof = null;
  let attempt = new AbortController();
  let popup = null;
  const drop = () => {
    proof = null;
  };

  /**
   * The agent wants to sign in: called within their click. Resolves with whether there is something to show to the
   * relay now; false when the agent has given up. Rejects with `AgentNeeded`, or an error of `api.js`.
   */
  async function open() {
    cancel();
    attempt = new AbortController();
    const { signal } = attempt;
    popup = openWindow(window);
    if (popup === null) throw new AgentNeeded("popup_blocked");
    report({ type: "window_opened" });
    const opened = popup;
    try {
      const back = await visit(opened, signal);
      if (!signal.aborted) opened.close();
      return back;
    } catch (error) {
      opened.close();
      if (signal.aborted) return false;
      throw error;
    }
  }

  async function visit(opened, signal) {
    const words = await makeWords(window.crypto);
    const { verifier, nonce, pickup, challenge, state, nonceHash } = words;
    const asked = { organization, challenge, state, nonce_hash: nonceHash };
    const { authorize_url: address } = await api.post("/v1/sign-in/oidc", asked, { signal });
    if (!sendTo(opened, address)) throw new AgentNeeded("window_closed");
    const onAway = () => report({ type: "window_away" });
    const back = await comeBack({ window, popup: opened, api, state, pickup, signal, onAway });
    if (signal.aborted) return false;
    if (back === null) throw new AgentNeeded("window_late");
    if (back.error !== "") throw refusalOf(back.error);
    const issuer = back.issuer === "" ? {} : { issuer: back.issuer };
    proof = { mode: "oidc", organization, code: back.code, verifier, nonce, ...issuer };
    return true;
  }

  function cancel() {
    attempt.abort();
    popup?.close();
    popup = null;
    report({ type: "window_closed" });
  }

  return {
    mode: "oidc",
    open,
    show: () => popup?.focus(),
    cancel,
    prepare: async () => {},
    async prove(signal) {
      if (proof !== null) return proof;
      const ticket = await tickets.ask(signal);
      if (ticket === null) throw new AgentNeeded();
      return { mode: "ticket", organization, ticket };
    },
    enter() {},
    // A code is good once.
    accepted: drop,
    refused: drop,
    forget() {
      drop();
      cancel();
    },
  };
}

/** The words that the page keeps, and the hashes of them that it shows. */
async function makeWords(crypto) {
  if (!crypto?.subtle) throw new AgentNeeded("insecure_page");
  const [verifier, nonce, pickup] = [1, 2, 3].map(() => newWord(crypto));
  const [challenge, nonceHash, state] = await Promise.all(
    [verifier, nonce, pickup].map((word) => hashOf(word, crypto)),
  );
  return { verifier, nonce, pickup, challenge, nonceHash, state };
}

/** The agent, or somebody for them, has said no (RFC 6749, 4.1.2.1); any other code is for the administrator. */
function refusalOf(code) {
  return code === "access_denied" ? new AgentNeeded("access_denied") : new AgentNeeded("provider", { detail: code });
}
