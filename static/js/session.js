/** What belongs to being signed in: the line to the relay, settings, click-to-dial, other tabs of this browser. */

import { ApiProblem } from "./api.js";
import { AgentNeeded } from "./sign_in/way.js";

/**
 * @param {{store: object, host: import("./host.js").Host, relay: object, api: object,
 *   way: import("./sign_in/way.js").Way, tickets: ReturnType<import("./sign_in/tickets.js").createTickets>|null,
 *   now?: () => number}} parts `tickets`: null where tabs sign in each for itself; `now` in milliseconds
 */
export function createSession({ store, host, relay, api, way, tickets, now = Date.now }) {
  let isReady = false;

  /** Sign in as far as that goes without the agent. */
  async function begin() {
    await Promise.all([way.prepare(), loadSettings()]);
    resume();
  }

  async function loadSettings() {
    const raw = await host.settings().catch(() => ({}));
    store.dispatch({ type: "settings_loaded", raw });
  }

  function resume() {
    void relay.start(way);
  }

  /** The agent wants to sign in; `value`: the name or token that they have typed. */
  function signIn(value = "") {
    if (value !== "") way.enter(value);
    store.dispatch({ type: "sign_in_started", agent: "" });
    // Where it was tried by itself now and then, the line is still there.
    relay.stop();
    resume();
  }

  /** … in a window of the identity provider. Called within the click, which alone may open one. */
  async function openWindow() {
    try {
      if (await way.open()) signIn();
    } catch (error) {
      store.dispatch(failureOf(error, now() / 1000));
    }
  }

  function signOut() {
    leave();
    tickets?.tell("signed_out");
  }

  function leave() {
    relay.stop({ leave: true });
    way.forget();
    void host.disableClickToDial().catch(() => {});
    store.dispatch({ type: "signed_out" });
  }

  /** Follow what becomes of the session. */
  function follow(state, previous) {
    const signedIn = state.session.status === "in" && previous.session.status !== "in";
    if (signedIn) void welcome();
    if (state.relay.status === "online" || state.session.status === "needed") reportReady();
  }

  async function welcome() {
    tickets?.tell("signed_in");
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

  tickets?.join({
    isSignedIn: () => store.state.session.status === "in" && api.token !== null,
    // The agent has signed in elsewhere in this browser: here as well, by a ticket of that tab.
    signedIn() {
      if (store.state.session.status !== "needed") return;
      way.cancel?.();
      signIn();
    },
    signedOut: () => store.state.session.status !== "needed" && leave(),
  });
  store.subscribe(follow);
  return {
    begin,
    signIn,
    signOut,
    openWindow,
    showWindow: () => way.show(),
    cancelWindow: () => way.cancel(),
    retry: () => relay.wake(),
    takeOver: resume,
  };
}

/** Why the window has led to nothing. */
function failureOf(error, at) {
  if (error instanceof AgentNeeded) return { type: "window_failed", error: error.code, detail: error.detail };
  if (error.status === 429) return { type: "window_failed", error: "wait", notBefore: at + (error.retryAfterS ?? 1) };
  if (!(error instanceof ApiProblem)) return { type: "window_failed", error: "unreachable" };
  return { type: "window_failed", error: "refused", detail: error.message };
}
