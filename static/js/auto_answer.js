/**
 * Answers by itself, where the agent wants that and the phone obeys: an incoming call, after a moment in which to decline it,
 * and only when there is no other. Of several tabs the leading one does.
 */

import { forgetGone } from "./lib/forgetting.js";
import { sleep as realSleep } from "./lib/waiting.js";

/** Long enough to hear who it is and to decline, in milliseconds. */
const AFTER_MS = 2_000;

/** @param {{store: object, commands: object, tabs: {leads: boolean}, sleep?: typeof realSleep}} parts */
export function startAutoAnswer({ store, commands, tabs, sleep = realSleep }) {
  const met = new Set();

  function follow(state) {
    forgetGone(met, state.calls);
    if (!state.preferences.autoAnswer) return;
    for (const call of Object.values(state.calls)) {
      if (call.state !== "alerting" || met.has(call.id)) continue;
      met.add(call.id);
      void answer(call.id);
    }
  }

  async function answer(id) {
    await sleep(AFTER_MS);
    const { calls, preferences } = store.state;
    const live = Object.values(calls).filter((call) => call.state !== "cleared");
    const call = calls[id];
    const isAlone = live.length === 1 && call?.state === "alerting";
    if (isAlone && tabs.leads && preferences.autoAnswer && !("AnswerCall" in call.unsupported)) commands.answer(id);
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return { stop: unsubscribe };
}
