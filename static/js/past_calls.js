/** The agent's calls of the last 30 days, read from Salesforce's own Tasks when somebody looks. We store none. */

/** What was read so recently is not read again, in milliseconds. */
const FRESH_MS = 30_000;

/** @param {{store: object, host: import("./host.js").Host, now?: () => number}} parts */
export function startPastCalls({ store, host, now = Date.now }) {
  let readAt = Number.NEGATIVE_INFINITY;

  function follow(state, previous) {
    const opened = state.tab === "history" && previous.tab !== "history";
    const logged = host.canLog && state.settings.panel.log_calls;
    if (opened && logged && now() - readAt > FRESH_MS) void read();
  }

  async function read() {
    readAt = now();
    store.dispatch({ type: "past_changed", status: "loading" });
    try {
      const items = await host.history();
      store.dispatch({ type: "past_changed", status: "loaded", items });
    } catch (error) {
      readAt = Number.NEGATIVE_INFINITY;
      // An org without the Apex class answers with an error; one that does not answer may do so the next time.
      store.dispatch({ type: "past_changed", status: error.code === "TIMEOUT" ? "failed" : "missing" });
    }
  }

  const unsubscribe = store.subscribe(follow);
  return { stop: unsubscribe };
}
