/**
 * Several Salesforce tabs of one agent are several copies of this page; one of them leads: it alone polls the relay and
 * tells the others what it hears. The lead is a Web Lock, which the browser hands on as soon as its holder is closed or
 * crashes. A leader that holds the lock but has stopped working does not answer a knock, and loses it.
 */

import { sleep as realSleep } from "./lib/waiting.js";

/** A poll is answered at least this often; after so much silence the leader is asked whether it is there, in ms. */
const SILENCE_MS = 45_000;
/** How long it may take to answer, in milliseconds. A page that is hidden answers at once, too. */
const ANSWER_MS = 3_000;

/**
 * @param {{locks: LockManager|undefined, openChannel: ((name: string) => BroadcastChannel)|null, scope: string,
 *   sleep?: typeof realSleep}} parts `scope` separates two Salesforce orgs in one browser; without locks or channels
 *   every tab leads for itself, and the relay's claims still keep pop and log single
 */
export function createLeadership({ locks, openChannel, scope, sleep = realSleep }) {
  const isPossible = Boolean(locks && openChannel);
  let leads = !isPossible;
  let stay = new AbortController();
  let channel = null;
  let joined = "";
  let heardAt = 0;
  let handlers = { gained() {}, heard() {} };

  /** Take part as a tab of `agent`. `gained()`: this tab leads now; `heard(message)`: what the leader has told. */
  function join(agent, { gained, heard }) {
    handlers = { gained, heard };
    if (!isPossible || joined === agent) return;
    leave();
    joined = agent;
    stay = new AbortController();
    const name = `cti/${scope}/${agent}`;
    channel = openChannel(name);
    channel.onmessage = ({ data }) => hear(data);
    request(name, stay.signal, {});
    void watch(name, stay.signal);
  }

  /** Wait for the lead and keep it until this tab leaves or another one takes it. */
  function request(name, signal, options) {
    const held = () => {
      if (signal.aborted) return undefined;
      leads = true;
      handlers.gained();
      return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    };
    // A lock may be stolen at once, or waited for until the signal; it cannot be both.
    const how = options.steal ? options : { signal };
    locks.request(name, how, held).catch(() => lost(name, signal));
  }

  /** Stolen: from now on this tab follows and waits for its turn again. */
  function lost(name, signal) {
    if (signal.aborted) return;
    if (!leads) {
      // Locks are refused here (an opaque origin, a policy): this tab is on its own.
      leads = true;
      handlers.gained();
      return;
    }
    leads = false;
    request(name, signal, {});
  }

  function hear(message) {
    if (message.kind === "knock") {
      if (leads) channel?.postMessage({ kind: "here" });
      return;
    }
    heardAt += 1;
    if (!leads && message.kind !== "here") handlers.heard(message);
  }

  /** A leader who says nothing for long is asked; one who does not answer has lost the lead. */
  async function watch(name, signal) {
    while (!signal.aborted) {
      const before = heardAt;
      await sleep(SILENCE_MS, signal);
      if (signal.aborted || leads || heardAt !== before) continue;
      channel?.postMessage({ kind: "knock" });
      await sleep(ANSWER_MS, signal);
      if (!signal.aborted && !leads && heardAt === before) request(name, signal, { steal: true });
    }
  }

  function leave() {
    stay.abort();
    channel?.close();
    channel = null;
    joined = "";
    leads = !isPossible;
  }

  return {
    join,
    leave,
    /** Tell the other tabs; only the leader has something to say. */
    tell: (message) => void channel?.postMessage(message),
    get leads() {
      return leads;
    },
  };
}
