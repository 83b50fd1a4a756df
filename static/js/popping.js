/**
 * Opens what belongs to a call at the right moment: when it rings or is answered, once over all tabs, never over a record
 * that is being edited, and no dialog over the button that answers. What has to wait becomes a button in the panel.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { isModal, popTarget } from "./pop_target.js";
import { deskOf } from "./state.js";
import { otherParty } from "./task.js";

/** Head start of the tab in view when several ask for the same claim, in milliseconds. */
const HIDDEN_TAB_MS = 400;
/** How long a call that rings while the page loads waits for the admin's wishes, in milliseconds. */
const SETTINGS_MS = 2_000;

/**
 * @param {{store: object, host: import("./host.js").Host, api: object, isVisible: () => boolean,
 *   sleep?: typeof realSleep}} parts
 */
export function createPopping({ store, host, api, isVisible, sleep = realSleep }) {
  /** Call -> what opens when it is answered. */
  const waiting = new Map();

  /** A call is offered; `found`: what was found for it, or a promise of that. */
  async function offer(call, found) {
    await store.until((state) => state.settings.status === "checked", SETTINGS_MS);
    const when = store.state.settings.panel.pop_on;
    if (call.direction !== "inbound" || when === "manual") return void (await found);
    const now = when === "ring" || call.state === "connected";
    // Asked for side by side: the right to pop must not cost the caller's record a round trip.
    const [known, granted] = await Promise.all([found, now ? claim(call.id) : false]);
    const target = known && popTarget(call, known, store.state.settings.panel, numberOf(call));
    if (!target) return;
    if (!now || (isModal(target) && stateOf(call.id) === "alerting")) waiting.set(call.id, { target, granted });
    else if (granted) await openSoon(call.id, target);
    follow(store.state);
  }

  /** Somebody has answered, or the call is over. */
  function follow(state) {
    for (const [id, { target, granted }] of waiting) {
      const reached = state.calls[id]?.state;
      if (reached === "alerting") continue;
      waiting.delete(id);
      if (reached === "connected") void late(id, target, granted);
    }
  }

  async function late(id, target, granted) {
    if (granted || (await claim(id))) await openSoon(id, target);
  }

  async function openSoon(id, target) {
    if (store.state.page.editing) store.dispatch({ type: "pop_deferred", call: id, target });
    else await open(id, target);
  }

  async function open(id, target) {
    // A record that is made for this call belongs to it when it is saved.
    if (isModal(target)) store.dispatch({ type: "record_begun", call: id, object: target.newRecord });
    try {
      await host.pop(target);
      store.dispatch({ type: "popped", call: id });
    } catch {
      if (target.otherwise) await open(id, target.otherwise);
      // Else the record stays named in the panel, where a click opens it.
    }
  }

  async function claim(id) {
    if (!isVisible()) await sleep(HIDDEN_TAB_MS);
    try {
      return (await api.post("/v1/claims", { call: id, purpose: "pop" })).granted;
    } catch {
      return false;
    }
  }

  const stateOf = (id) => store.state.calls[id]?.state;

  /** As it can be stored anywhere, where that is known. */
  function numberOf(call) {
    const { number } = otherParty(call);
    const { recognised } = deskOf(store.state, call.id);
    return recognised?.number === number ? (recognised.e164 ?? number) : number;
  }

  const unsubscribe = store.subscribe(follow);
  return { offer, open, stop: unsubscribe };
}
