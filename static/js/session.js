/** Who the agent is and what belongs to being signed in: the name, the line to the relay, the settings, click-to-dial. */

import { ApiProblem } from "./api.js";

/**
 * @param {{store: object, host: import("./host.js").Host, relay: object, api: object, preferences: object,
 *   suggested: string}} parts `suggested`: name given in the address of the demonstration
 */
export function createSession({ store, host, relay, api, preferences, suggested }) {
  let isReady = false;

  /** Find out who is there: Salesforce knows, else the browser remembers, else the agent is asked once. */
  async function begin() {
    const [identity] = await Promise.all([host.identity(), loadSettings()]);
    const name = identity?.username ?? (suggested || preferences.get("agent"));
    if (name) signIn(name);
    else ask();
  }

  async function loadSettings() {
    const raw = await host.settings().catch(() => ({}));
    store.dispatch({ type: "settings_loaded", raw });
  }

  function ask() {
    store.dispatch({ type: "sign_in_needed" });
    reportReady();
  }

  function signIn(name) {
    void relay.start(name);
  }

  function signOut() {
    relay.stop({ leave: true });
    preferences.set("agent", null);
    void host.disableClickToDial().catch(() => {});
    store.dispatch({ type: "signed_out" });
  }

  /** Follow what becomes of the session. */
  function follow(state, previous) {
    const signedIn = state.session.status === "in" && previous.session.status !== "in";
    if (signedIn) void welcome(state.session.agent);
    if (state.relay.status === "online" || state.session.status === "needed") reportReady();
  }

  async function welcome(agent) {
    preferences.set("agent", agent);
    void host.enableClickToDial().catch(() => {});
    try {
      const answer = await api.post("/v1/settings", { settings: store.state.settings.raw });
      const { problems, effective = {}, panel, panel_problems: panelProblems } = answer;
      store.dispatch({ type: "settings_checked", problems, effective, panel, panelProblems });
    } catch (error) {
      // A relay without this check still refuses a dial that it cannot make sense of.
      if (!(error instanceof ApiProblem)) store.dispatch({ type: "settings_checked", problems: [], effective: {} });
    }
  }

  /** Salesforce waits for this before it would load the standby page; so it is said only once the relay has answered. */
  function reportReady() {
    if (isReady) return;
    isReady = true;
    host.ready();
  }

  store.subscribe(follow);
  return { begin, signIn, signOut, retry: () => relay.wake(), takeOver: () => signIn(store.state.session.agent) };
}
