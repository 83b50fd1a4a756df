/**
 * What the agent writes about a call, and chooses for it, is kept by the relay while they do it, so that a reload loses
 * nothing, all tabs show the same, and a colleague who gets the call has it, too. Nothing of it is stored in the browser,
 * which would write it to disk.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { unsent } from "./state/work.js";

/** How long the agent has to pause before what was written is sent, in milliseconds. */
const PAUSE_MS = 500;
/** How often a relay that cannot be reached is asked again; what was written meanwhile goes with the next. */
const TIMES = 10;

/** @param {{store: object, api: object, sleep?: typeof realSleep}} parts */
export function startWork({ store, api, sleep = realSleep }) {
  const sending = new Set();
  /** Desk facts that were looked at already; they are replaced, never changed. */
  const looked = new WeakSet();

  function follow(state) {
    for (const [id, desk] of Object.entries(state.desk)) {
      if (looked.has(desk) || sending.has(id)) continue;
      looked.add(desk);
      if (state.calls[id] && unsent(state, id)) void send(id);
    }
  }

  async function send(id) {
    sending.add(id);
    for (let tried = 1; tried <= TIMES; tried += 1) {
      await sleep(PAUSE_MS * tried);
      if (await kept(unsent(store.state, id))) break;
    }
    sending.delete(id);
    follow(store.state);
  }

  /** Whether nothing is left to do: kept, or the call is forgotten. */
  async function kept(work) {
    if (work === null) return true;
    try {
      await api.post("/v1/work", work);
    } catch (error) {
      // Out of reach, or not signed in at the moment; any other refusal would come again.
      if (error.errorId === undefined || error.status === 401 || error.status >= 429) return false;
    }
    store.dispatch({ ...work, type: "work_kept" });
    return true;
  }

  /**
   * The page goes away, as Classic's does with each step: what was written in the last moment is sent with it.
   * @returns {boolean} whether there was anything
   */
  function flush() {
    const { state } = store;
    const left = Object.keys(state.desk).flatMap((id) => (state.calls[id] && unsent(state, id)) || []);
    for (const work of left) api.post("/v1/work", work, { keepalive: true }).catch(() => {});
    return left.length > 0;
  }

  const unsubscribe = store.subscribe(follow);
  return { flush, stop: unsubscribe };
}
