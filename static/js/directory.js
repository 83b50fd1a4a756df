/**
 * Who is meant by what the agent types: colleagues with a phone here, and whether they are free, from the relay; other people
 * of the company from Salesforce. Asked while a list is in sight only, and nothing of it is kept.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { searchedText } from "./view/directory.js";

/** How long the agent has to pause before anybody is asked, and how often a list in sight is brought up to date, in ms. */
const PAUSE_MS = 200;
const REFRESH_MS = 3_000;
/** Salesforce is not asked for less, in characters. */
const SHORTEST = 2;

/** @param {{store: object, host: import("./host.js").Host, api: object, isVisible: () => boolean, sleep?: typeof realSleep}} parts */
export function startDirectory({ store, host, api, isVisible, sleep = realSleep }) {
  let asked = null;
  let cut = new AbortController();

  function follow(state) {
    const wanted = state.session.status === "in" ? searchedText(state) : null;
    if (wanted === asked) return;
    asked = wanted;
    cut.abort();
    cut = new AbortController();
    if (wanted === null) store.dispatch({ type: "directory_closed" });
    else void watch(wanted, cut.signal);
  }

  async function watch(search, signal) {
    await sleep(PAUSE_MS, signal);
    if (signal.aborted) return;
    void people(search, signal);
    while (!signal.aborted) {
      // Who is not there does not come while the agent waits; the states of those who are change.
      if (isVisible() && !(await colleagues(search, signal))) return;
      await sleep(REFRESH_MS, signal);
    }
  }

  /** Whether anybody was found, or may be the next time. */
  async function colleagues(search, signal) {
    try {
      const answer = await api.post("/v1/colleagues", { search: search.slice(0, 64) }, { signal });
      told({ search, colleagues: answer.colleagues, more: answer.more }, signal);
      return answer.colleagues.length > 0;
    } catch {
      // The connection's own state is told elsewhere; a list of a moment ago would be wrong by now.
      told({ search, colleagues: [], more: false }, signal);
      return true;
    }
  }

  async function people(search, signal) {
    if (search.length < SHORTEST || /^[\d\s+()/-]*$/.test(search)) return;
    const found = await host.findPeople(search).catch(() => []);
    told({ search, people: found }, signal);
  }

  function told(fields, signal) {
    if (!signal.aborted) store.dispatch({ type: "directory_found", ...fields });
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return {
    stop() {
      unsubscribe();
      cut.abort();
    },
  };
}
