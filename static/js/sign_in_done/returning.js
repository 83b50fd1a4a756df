/** Takes what the identity provider has sent back to the softphone: by a message to it, or by way of the relay. */

import { sleep as realSleep } from "../lib/waiting.js";
import { isReturn, isTaken, returnedMessage } from "../sign_in/messages.js";

/** How long the softphone may take to say that it has it, in milliseconds; a hidden page is asked as well. */
const TAKEN_MS = 3_000;

/**
 * What stands in the address. A parameter that stands there twice is none (RFC 6749, 3.1).
 * @param {string} search
 * @returns {{code: string, state: string, issuer: string, error: string}|null} null: nothing that a sign-in sends
 */
export function readReturn(search) {
  const query = new URLSearchParams(search);
  const only = (name) => (query.getAll(name).length === 1 ? query.get(name) : "");
  const read = { code: only("code"), state: only("state"), issuer: only("iss"), error: only("error") };
  return isReturn(read) ? read : null;
}

/**
 * Hand it over.
 * @param {{window: Window, api: object, told: object, sleep?: typeof realSleep}} parts `told`: of `readReturn`
 * @returns {Promise<"good"|"failed"|"unreachable">} what to tell the agent, where the window is still there
 */
export async function handOver({ window, api, told, sleep = realSleep }) {
  if (window.opener && (await isTakenByOpener({ window, told, sleep }))) {
    window.close();
    return told.error === "" ? "good" : "failed";
  }
  // An error is of no use to the relay; the softphone asks again when its agent does.
  if (told.error !== "") return "failed";
  const { state, code, issuer } = told;
  const body = { state, code, ...(issuer === "" ? {} : { issuer }) };
  return api.post("/v1/sign-in/handoff", body).then(
    () => "good",
    () => "unreachable",
  );
}

async function isTakenByOpener({ window, told, sleep }) {
  const { origin } = window.location;
  const over = new AbortController();
  const taken = new Promise((resolve) => {
    const hear = (event) => isTaken(event, { origin, state: told.state }) && resolve(true);
    window.addEventListener("message", hear, { signal: over.signal });
  });
  // Whoever else has opened this window is of another origin, and is told nothing.
  window.opener.postMessage(returnedMessage(told), origin);
  const answer = await Promise.race([taken, sleep(TAKEN_MS, over.signal).then(() => false)]);
  over.abort();
  return answer;
}
