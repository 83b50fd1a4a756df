/** What only one tab of this browser shall do at a time, such as ringing: a Web Lock each. The next one takes over. */

import { sleep as realSleep } from "./lib/waiting.js";

/** Head start of the tab in view, in milliseconds. */
const HIDDEN_TAB_MS = 300;

/**
 * @param {{locks: LockManager|undefined, name: string, isVisible: () => boolean, onTurn: (mine: boolean) => void,
 *   sleep?: typeof realSleep}} parts without locks every tab has its turn when it wants it
 */
export function createTurn({ locks, name, isVisible, onTurn, sleep = realSleep }) {
  let stay = null;

  async function wait(signal) {
    if (!isVisible()) await sleep(HIDDEN_TAB_MS, signal);
    if (signal.aborted) return;
    if (!locks) return void onTurn(true);
    const held = () => {
      if (signal.aborted) return undefined;
      onTurn(true);
      return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    };
    await locks.request(name, { signal }, held).catch(() => {
      // Refused by a policy: rather two tabs than none.
      if (!signal.aborted) onTurn(true);
    });
  }

  return {
    /** Whether this tab wants to do it now; `onTurn` tells when it may, and that it has to stop. */
    want(wanted) {
      if (wanted === (stay !== null)) return;
      if (wanted) {
        stay = new AbortController();
        void wait(stay.signal);
        return;
      }
      stay.abort();
      stay = null;
      onTurn(false);
    },
  };
}
