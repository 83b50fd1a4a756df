/**
 * Writes each ended call into Salesforce once. The right to do it is granted once for each call over all tabs and
 * machines (a claim); the tab that knows most about the call asks first. A failed save stays visible until it is done.
 */

import { HostError } from "./host_error.js";
import { forgetGone } from "./lib/forgetting.js";
import { sleep as realSleep } from "./lib/waiting.js";
import { deskOf } from "./state.js";
import { recordOf, workKey, workOf } from "./state/work.js";
import { buildFollowUp, buildTask, followUpKey, isLogged, onlyTouched, taskChanges } from "./task.js";

/** Head start, in milliseconds: the tab with the notes asks at once, then the one in view, then the others. */
const HEAD_START = { knowing: 0, visible: 400, hidden: 2_000 };
/** How long a save waits for a search that is still under way, in milliseconds. */
const SEARCH_MS = 4_000;
/** How long to wait for the settings of the call center, in milliseconds. */
const SETTINGS_MS = 2_000;
/** How long a tab that may not log waits before it asks whether the one that may is still there, in milliseconds. */
const ASK_AGAIN_MS = 10_000;
const ASK_AGAIN_TIMES = 120;
/** A right to log that is older than this may have passed to another tab while this one slept, in milliseconds. */
const STALE_MS = 20_000;
/** Salesforce did not answer, so the Task may be there all the same. */
const PERHAPS_WRITTEN = new Set(["TIMEOUT", "maybe_logged"]);
/** The relay has forgotten the call: only a person can say that it shall be logged all the same. */
const FORGOTTEN = new Set(["unknown_call", "call_gone", "not_found"]);

/**
 * @param {{store: object, host: import("./host.js").Host, api: object, texts: () => object, isVisible: () => boolean,
 *   sleep?: typeof realSleep, now?: () => number}} parts `texts` gives the texts of the language chosen now
 */
export function startLogbook({ store, host, api, texts, isVisible, sleep = realSleep, now = Date.now }) {
  const met = new Set();
  /** Call -> when the right to log it was granted. */
  const granted = new Map();

  function follow(state) {
    forgetGone(met, state.calls);
    forgetGone(granted, state.calls);
    for (const call of Object.values(state.calls)) {
      if (call.state !== "cleared" || met.has(call.id)) continue;
      met.add(call.id);
      void logOrSettle(call);
    }
  }

  async function logOrSettle(call) {
    // What the admin wants is known a moment after the page is there, and a call may end before.
    await store.until((state) => state.settings.status !== "unknown", SETTINGS_MS);
    const { panel } = store.state.settings;
    const { wrapUp } = deskOf(store.state, call.id);
    if (host.canLog && panel.log_calls && isLogged(call, wrapUp, panel.log_internal)) await log(call.id);
    else await settle(call.id);
  }

  async function log(id, { insist = false } = {}) {
    const perhapsWritten = PERHAPS_WRITTEN.has(deskOf(store.state, id).logError);
    changed(id, "claiming");
    if (!insist) await sleep(headStart(id));
    try {
      const answer = await claim(id, insist);
      if (answer.granted) return save(id, { look: answer.taken_over || perhapsWritten, insist });
      changed(id, "elsewhere");
      if (!answer.settled) void watch(id);
    } catch (error) {
      changed(id, "failed", { error: error.errorId ?? "relay_unreachable" });
    }
    return undefined;
  }

  function headStart(id) {
    const { popped, chosenByAgent, notes } = deskOf(store.state, id);
    if (popped || chosenByAgent || notes) return HEAD_START.knowing;
    return isVisible() ? HEAD_START.visible : HEAD_START.hidden;
  }

  async function claim(id, insist) {
    if (now() - (granted.get(id) ?? -STALE_MS) < STALE_MS) return { granted: true };
    try {
      const answer = await api.post("/v1/claims", { call: id, purpose: "log" });
      if (answer.granted) granted.set(id, now());
      // The agent wants it logged from here, whoever else has the right and does not use it.
      return insist && !answer.settled ? { ...answer, granted: true } : answer;
    } catch (error) {
      if (insist && FORGOTTEN.has(error.errorId)) return { granted: true };
      throw error;
    }
  }

  /** Another tab logs this call; if it goes away before it has, this one does. */
  async function watch(id) {
    for (let asked = 0; asked < ASK_AGAIN_TIMES; asked += 1) {
      await sleep(ASK_AGAIN_MS);
      if (deskOf(store.state, id).log !== "elsewhere") return;
      try {
        const answer = await claim(id, false);
        if (answer.granted) return void save(id, { look: answer.taken_over });
        if (answer.settled) return;
      } catch (error) {
        if (FORGOTTEN.has(error.errorId)) return;
      }
    }
  }

  /** `look`: the Task may have been written; `insist`: where nobody can tell, the agent wants it written. */
  async function save(id, { look = false, insist = false } = {}) {
    const before = deskOf(store.state, id).log;
    changed(id, "saving");
    await store.until((state) => deskOf(state, id).lookup !== "searching", SEARCH_MS);
    const call = store.state.calls[id];
    if (!call) return undefined;
    try {
      const taskId =
        deskOf(store.state, id).taskId ?? (await writtenBefore(id, look || before === "elsewhere", insist));
      if (taskId === "") await create(call);
      else await update(call, taskId);
      await followUp(call, look);
    } catch (error) {
      return changed(id, "failed", { error: error.code ?? "GENERIC_ERROR" });
    }
    void settle(id);
    return host.refresh().catch(() => {});
  }

  /** Id of the Task of this call; empty: there is none. What cannot be known is left to the agent. */
  async function writtenBefore(id, look, insist) {
    if (!look) return "";
    try {
      return await host.findLog(id);
    } catch {
      if (insist) return "";
      throw new HostError("maybe_logged", "Nobody can tell whether the call is logged.");
    }
  }

  async function create(call) {
    const work = workKey(workOf(store.state, call.id));
    const task = buildTask(call, inHand(call), texts());
    const taskId = await host.saveLog(task);
    changed(call.id, "saved", { taskId, wrote: task, work });
  }

  async function update(call, taskId) {
    const { wrote } = deskOf(store.state, call.id);
    const work = workKey(workOf(store.state, call.id));
    const full = buildTask(call, inHand(call), texts());
    const wanted = wrote === null ? onlyTouched(full, deskOf(store.state, call.id)) : full;
    const found = await host.readLog(call.id).catch(() => null);
    // A Task of another tab that cannot be read is left as it is: it is logged, and that is all.
    const isUnknown = wrote === null && found === null;
    const { changes, keptFields } = isUnknown ? { changes: {}, keptFields: [] } : taskChanges(wanted, wrote, found);
    if (Object.keys(changes).length > 0) await host.saveLog({ Id: taskId, ...changes });
    changed(call.id, "saved", { taskId, wrote: full, work, keptFields });
  }

  /** A Task of its own for what is still to be done, once. */
  async function followUp(call, look) {
    const { wrapUp, followUpId } = deskOf(store.state, call.id);
    if (!wrapUp.followUp || followUpId) return;
    const there = look ? await host.findLog(followUpKey(call.id)).catch(() => "") : "";
    const written = there || (await host.saveLog(buildFollowUp(call, inHand(call))));
    const { log, keptFields } = deskOf(store.state, call.id);
    changed(call.id, log, { followUpId: written, keptFields });
  }

  function inHand(call) {
    const desk = deskOf(store.state, call.id);
    return { record: recordOf(desk), notes: desk.notes, wrapUp: desk.wrapUp };
  }

  /** Nothing is left to do for this call; the relay may forget it. If it does not hear this, it forgets it later. */
  async function settle(id) {
    await api.post("/v1/claims", { call: id, purpose: "log", done: true }).catch(() => {});
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
