/**
 * Tabs of one browser let each other in: who is signed in gets a ticket from the relay for the tab that asks. They also
 * tell each other that the agent has signed in or out.
 *
 * The channel's name holds the page around the softphone and the organization (`scope`): two Salesforce orgs in one
 * browser have the softphone's origin in common, and never hear of each other.
 */

import { newId as randomId } from "../lib/ids.js";
import { sleep as realSleep } from "../lib/waiting.js";

/** How long a new tab waits for the others before it bothers the agent, in milliseconds. */
const ANSWER_MS = 700;
/** Signed-in tabs answer after a random part of this, so that mostly one does, in milliseconds. */
const SPREAD_MS = 200;
/** Questions of other tabs under way; more than that is no browser with an agent in it. */
const LONGEST_QUEUE = 32;
/** Longest ticket and longest id. */
const TICKET_LENGTH = 8_000;
const ID_LENGTH = 64;

/**
 * @param {{openChannel: ((name: string) => BroadcastChannel)|null, scope: string, api: object,
 *   random?: () => number, sleep?: typeof realSleep, newId?: () => string}} parts without channels every tab is alone
 */
export function createTickets({ openChannel, scope, api, random = Math.random, sleep = realSleep, newId = randomId }) {
  const channel = openChannel?.(`cti/${scope}/sign-in`) ?? null;
  /** Our questions: id -> what to do with the ticket. */
  const asked = new Map();
  /** Questions of others that we are about to answer: id -> how to stop that. */
  const answering = new Map();
  let handlers = { isSignedIn: () => false, signedIn() {}, signedOut() {} };
  if (channel) channel.onmessage = ({ data }) => hear(data);

  /** A ticket of a tab that is signed in; null when nobody answers in time. */
  async function ask(signal) {
    if (!channel) return null;
    const id = newId();
    const told = new Promise((resolve) => asked.set(id, resolve));
    channel.postMessage({ kind: "ticket_wanted", id });
    const ticket = await Promise.race([told, sleep(ANSWER_MS, signal).then(() => null)]);
    asked.delete(id);
    return ticket;
  }

  function hear(message) {
    const { kind, id, ticket } = message ?? {};
    if (kind === "signed_in") handlers.signedIn();
    else if (kind === "signed_out") handlers.signedOut();
    else if (!isText(id, ID_LENGTH)) return;
    else if (kind === "ticket_wanted") void answer(id);
    else if (kind === "ticket" && isText(ticket, TICKET_LENGTH)) taken(id, ticket);
  }

  function taken(id, ticket) {
    asked.get(id)?.(ticket);
    answering.get(id)?.abort();
  }

  async function answer(id) {
    if (!handlers.isSignedIn() || answering.size >= LONGEST_QUEUE) return;
    const stop = new AbortController();
    answering.set(id, stop);
    try {
      await sleep(random() * SPREAD_MS, stop.signal);
      if (stop.signal.aborted || !handlers.isSignedIn()) return;
      const { ticket } = await api.post("/v1/sessions/current/ticket", undefined, { timeoutMs: ANSWER_MS });
      if (handlers.isSignedIn()) channel.postMessage({ kind: "ticket", id, ticket });
    } catch {
      // Another tab may do better; else the agent is asked there.
    } finally {
      answering.delete(id);
    }
  }

  return {
    ask,
    /**
     * Take part: answer while `isSignedIn()`, and hear what the agent does elsewhere in this browser.
     * @param {{isSignedIn: () => boolean, signedIn: () => void, signedOut: () => void}} theirs
     */
    join(theirs) {
      handlers = theirs;
    },
    /** @param {"signed_in"|"signed_out"} kind what the agent has done in this tab */
    tell: (kind) => void channel?.postMessage({ kind }),
    stop: () => channel?.close(),
  };
}

const isText = (value, longest) => typeof value === "string" && value !== "" && value.length <= longest;
