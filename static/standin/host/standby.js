/**
 * When the softphone page stays silent at start, its standby address takes over (Open CTI guide,
 * notifyInitializationComplete; reqStandbyUrl, reqTimeout). A table and one function; pure.
 *
 *   loading --complete--> ready          loading --timeout--> standby (kept for the browser session)
 *
 * Without a standby address there is nothing to wait for, and the frame is ready at once.
 */

const TABLE = {
  loading: { complete: "ready", timeout: "standby" },
  ready: {},
  standby: {},
};

/** @param {{url: string, timeoutMs: number}} settings @param {boolean} kept the session already uses the standby */
export function firstState({ url, timeoutMs }, kept) {
  if (!url || !(timeoutMs > 0)) return "ready";
  return kept ? "standby" : "loading";
}

/** @param {"loading"|"ready"|"standby"} state @param {"complete"|"timeout"} event */
export function nextState(state, event) {
  return TABLE[state][event] ?? state;
}
