/**
 * Writes each ended call into Salesforce once. The right to do it is granted once for each call over all tabs and
 * machines (a claim); the tab that knows most about the call asks first. A failed save stays visible until it is done.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { deskOf } from "./state.js";
import { buildTask, isLogged } from "./task.js";

/** Head start, in milliseconds: the tab with the notes asks at once, then the one in view, then the others. */
const HEAD_START = { knowing: 0, visible: 400, hidden: 2_000 };
/** How long a save waits for a search that is still under way, in milliseconds. */
const SEARCH_MS = 4_000;
/** The relay has forgotten the call: only a person can say that it shall be logged all the same. */
const FORGOTTEN = new Set(["unknown_call", "call_gone", "not_found"]);

/**
 * @param {{store: object, host: import("./host.js").Host, api: object, texts: () => object, isVisible: () => boolean,
 *   sleep?: typeof realSleep}} parts `texts` gives the texts of the language chosen now
 */
export function startLogbook({ store, host, api, texts, isVisible, sleep = realSleep }) {
  const met = new Set();
  const granted = new Set();

  function follow(state) {
    if (!host.canLog) return;
    for (const call of Object.values(state.calls)) {
      if (call.state !== "cleared" || met.has(call.id)) continue;
      met.add(call.id);
      if (isLogged(call)) void log(call.id);
    }
  }

  async function log(id, { insist = false } = {}) {
    changed(id, "claiming");
    if (!insist) await sleep(headStart(id));
    try {
      if (!(await claim(id, insist))) return changed(id, "elsewhere");
    } catch (error) {
      return changed(id, "failed", { error: error.errorId ?? "relay_unreachable" });
    }
    return save(id);
  }

  function headStart(id) {
    const { popped, chosenByAgent, notes } = deskOf(store.state, id);
    if (popped || chosenByAgent || notes) return HEAD_START.knowing;
    return isVisible() ? HEAD_START.visible : HEAD_START.hidden;
  }

  async function claim(id, insist) {
    if (granted.has(id)) return true;
    try {
      const answer = await api.post("/v1/claims", { call: id, purpose: "log" });
      if (answer.granted) granted.add(id);
      return answer.granted;
    } catch (error) {
      if (insist && FORGOTTEN.has(error.errorId)) return true;
      throw error;
    }
  }

  async function save(id) {
    changed(id, "saving");
    await store.until((state) => deskOf(state, id).lookup !== "searching", SEARCH_MS);
    const call = store.state.calls[id];
    if (!call) return undefined;
    const { records, chosen, notes, taskId } = deskOf(store.state, id);
    const record = records.find((candidate) => candidate.id === chosen) ?? null;
    try {
      const saved = await host.saveLog(buildTask(call, { record, notes, taskId }, texts()));
      changed(id, "saved", { taskId: taskId ?? saved, wrote: { notes, chosen } });
    } catch (error) {
      return changed(id, "failed", { error: error.code ?? "GENERIC_ERROR" });
    }
    return host.refresh().catch(() => {});
  }

  function changed(call, log, more = {}) {
    store.dispatch({ type: "log_changed", call, log, ...more });
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return {
    /** The agent wants it logged now, whatever went wrong before. */
    retry: (id) => log(id, { insist: true }),
    /** Write notes or another record into the Task that this tab has saved. */
    saveAgain: (id) => save(id),
    stop: unsubscribe,
  };
}
