/**
 * Notes of a call are kept by the relay while the agent writes, so that a reload loses none and all tabs show the same.
 * Nothing of them is stored in the browser, which would write it to disk.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { deskOf } from "./state.js";

/** How long the agent has to pause before what was written is sent, in milliseconds. */
const PAUSE_MS = 500;
/** How often a relay that cannot be reached is asked again; what was written meanwhile goes with the next. */
const TIMES = 10;

/** @param {{store: object, api: object, sleep?: typeof realSleep}} parts */
export function startNotes({ store, api, sleep = realSleep }) {
  const sending = new Set();

  function follow(state) {
    for (const id of Object.keys(state.desk)) {
      const { notes, notesKept } = deskOf(state, id);
      if (notes !== notesKept && !sending.has(id)) void send(id);
    }
  }

  async function send(id) {
    sending.add(id);
    for (let tried = 1; tried <= TIMES; tried += 1) {
      await sleep(PAUSE_MS * tried);
      const text = deskOf(store.state, id).notes;
      if (await kept(id, text)) break;
    }
    sending.delete(id);
    follow(store.state);
  }

  /** Whether nothing is left to do: kept, or the call is forgotten. */
  async function kept(id, text) {
    try {
      await api.post("/v1/notes", { call: id, text });
    } catch (error) {
      // Out of reach, or not signed in at the moment; any other refusal would come again.
      if (error.errorId === undefined || error.status === 401 || error.status >= 429) return false;
    }
    store.dispatch({ type: "notes_kept", call: id, text });
    return true;
  }

  const unsubscribe = store.subscribe(follow);
  return { stop: unsubscribe };
}
