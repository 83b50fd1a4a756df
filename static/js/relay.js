/**
 * The line to the relay: long poll with a cursor, begin anew when continuity is lost. Not the commands, and not how the
 * agent proves who they are: `sign_in/` does.
 *
 * The cursor acknowledges everything before it, so a poll may be cut at any time and asked again: nothing is lost and
 * nothing is done twice. Recovery is the start-up path: sign in, take the whole state, follow events.
 *
 * Of several tabs only the leading one polls. The others hear its answers, each with the cursor that it follows: what
 * does not join on to their own cursor they fetch themselves, once, with a poll that does not wait.
 */

import { ApiProblem, SESSION_GONE } from "./api.js";
import { sleep as realSleep } from "./lib/waiting.js";
import { AgentNeeded, SignInRefused } from "./sign_in/way.js";

/** Seconds a poll may be parked; proxies on the way cut idle requests at 60 s. Random, so that a pool is not hit at once. */
const WAIT = { least: 22, spread: 5 };
/** Time on top of it until a silent relay counts as lost, in milliseconds. */
const GRACE_MS = 8_000;
/** Back-off: 0.5 s, doubled up to 15 s, each with full jitter. */
const BACK_OFF = { firstMs: 500, longestMs: 15_000 };
/** A relay that answers an empty poll faster than this is asked no more often than this, in milliseconds. */
const LEAST_EMPTY_MS = 250;
/** A sign-in that needs nobody here but somebody else is tried again after this, in milliseconds; random likewise. */
const AGAIN = { leastMs: 60_000, spreadMs: 60_000 };
/** A tab that only listens uses its session after this part of its life, lest it ends unused. */
const KEEP_AT = 0.5;
/** How often the clock is looked at, and how far it may be ahead before we take it for a night's sleep, in ms. */
const CLOCK = { everyMs: 5_000, jumpMs: 90_000 };

/** Pause before try `attempt` (from 0), in milliseconds. */
export function backOff(attempt, random) {
  return random() * Math.min(BACK_OFF.longestMs, BACK_OFF.firstMs * 2 ** attempt);
}

/** One tab alone. */
const ALONE = Object.freeze({ leads: true, join() {}, leave() {}, tell() {} });

/**
 * @param {{api: ReturnType<import("./api.js").createApi>, emit: (event: object) => void,
 *   sessions: ReturnType<import("./sign_in/sessions.js").createSessions>,
 *   tabs?: ReturnType<import("./leadership.js").createLeadership>, random?: () => number, now?: () => number,
 *   sleep?: typeof realSleep}} parts `now` in milliseconds since 1970
 */
export function createRelay({
  api,
  emit,
  sessions,
  tabs = ALONE,
  random = Math.random,
  now = Date.now,
  sleep = realSleep,
}) {
  // Every start and stop begins a new run; whatever an earlier run still waits for is then void.
  let run = 0;
  /** How the agent signs in; null: signed out. */
  let way = null;
  let agent = "";
  let cursor = null;
  let attempt = 0;
  /** This tab only listens, and what it has heard does not join on to what it knows. */
  let behind = true;
  let turns = 0;
  /** The relay wants patience until then, whatever happens here; in milliseconds since 1970. */
  let patientUntil = 0;
  let current = new AbortController();

  /**
   * Open a session and follow its events until `stop`. Resolves when it has stopped.
   * @param {import("./sign_in/way.js").Way} chosen how the agent proves who they are
   */
  async function start(chosen) {
    way = chosen;
    cursor = null;
    attempt = 0;
    behind = true;
    const mine = ++run;
    const active = () => mine === run;
    // Whoever takes the line back has a session already.
    if (api.token !== null) join();
    while (active()) await turn(active);
  }

  async function turn(active) {
    // Each turn has its own controller: `wake` cuts whatever it is waiting for, a pause or a parked poll.
    current = new AbortController();
    try {
      if (api.token === null) await begin(current.signal, active);
      else if (tabs.leads) await follow(current.signal, active);
      else await listen(current.signal, active);
    } catch (error) {
      if (active()) await recover(error);
    }
  }

  async function begin(signal, active) {
    await openSession(signal);
    if (!active()) return;
    cursor = null;
    behind = true;
  }

  async function openSession(signal) {
    const mine = run;
    const proved = (body) => mine === run && emit({ type: "sign_in_started", agent: body.agent ?? agent });
    const opened = await sessions.open(way, { signal, proved });
    if (opened === null || mine !== run) return;
    if (opened.agent !== agent) {
      cursor = null;
      behind = true;
    }
    agent = opened.agent;
    emit({ type: "signed_in", agent, how: opened.how, at: now() / 1000 });
    join();
  }

  function join() {
    const mine = run;
    const active = () => mine === run;
    tabs.join(agent, { gained: () => active() && current.abort(), heard: (message) => active() && hear(message) });
  }

  async function follow(signal, active) {
    const asked = now();
    const from = cursor;
    const answer = await ask(attempt > 0 ? 0 : WAIT.least + random() * WAIT.spread, signal);
    if (!active()) return;
    take(answer);
    tabs.tell({ kind: "answer", from, answer });
    if (answer.superseded) return giveUp({ type: "superseded" });
    const empty = !answer.state && (answer.events ?? []).length === 0;
    if (answer.reconnect) await sleep(answer.retry_ms, signal);
    else if (empty && now() - asked < LEAST_EMPTY_MS) await sleep(LEAST_EMPTY_MS, signal);
    return undefined;
  }

  // After a failure an answer is wanted at once: a parked poll would not tell for half a minute that all is well.
  // What is given up here may arrive there later than what follows it: the turn tells which is which.
  function ask(wait, signal) {
    turns += 1;
    return api.post("/v1/poll", { cursor, wait, turn: turns }, { signal, timeoutMs: wait * 1000 + GRACE_MS });
  }

  function take(answer) {
    cursor = answer.cursor;
    attempt = 0;
    emit({ type: "relay_online" });
    emit({ type: "polled", answer, localNow: now() / 1000 });
  }

  /** Another tab polls: catch up where that is needed, else wait for what it tells, or for the lead. */
  async function listen(signal, active) {
    if (behind) {
      behind = false;
      const from = cursor;
      const answer = await ask(0, signal);
      // What was heard meanwhile is at least as new.
      if (active() && cursor === from) take(answer);
      return;
    }
    await sleep(sessions.life * KEEP_AT * 1000, signal);
    behind = true;
  }

  function hear({ kind, from, answer, event }) {
    if (kind === "lost") {
      emit(event);
    } else if (kind === "answer" && from !== null && from === cursor) {
      take(answer);
    } else if (kind === "answer" && answer.cursor !== cursor) {
      behind = true;
      current.abort();
    }
  }

  async function recover(error) {
    if (current.signal.aborted) return;
    if (error instanceof AgentNeeded && error.again) {
      emit(signInNeeded(error));
      await sleep(AGAIN.leastMs + random() * AGAIN.spreadMs, current.signal);
      return;
    }
    if (isFinal(error)) return void giveUp(endOf(error));
    if (error instanceof ApiProblem && SESSION_GONE.has(error.errorId)) {
      api.token = null;
      // The first time at once: it is what a relay's restart looks like.
      if (attempt++ === 0) return;
    }
    behind = true;
    const event = { type: "relay_lost", reason: error.errorId ?? error.reason ?? "internal", at: now() / 1000 };
    emit(event);
    if (tabs.leads) tabs.tell({ kind: "lost", event });
    const asked = (error.retryAfterS ?? 0) * 1000;
    patientUntil = now() + asked;
    await sleep(Math.max(backOff(attempt++, random), asked), current.signal);
  }

  function giveUp(event) {
    run += 1;
    tabs.leave();
    current.abort();
    emit(event);
  }

  /**
   * The session of a command has ended: open another, unless somebody has. Rejects as signing in does; where only the
   * agent can sign in, the command is told that nobody is.
   */
  async function renew(ended) {
    if (way === null || (api.token !== ended && api.token !== null)) return;
    try {
      await openSession();
    } catch (error) {
      if (!isFinal(error)) throw error;
      api.token = null;
      giveUp(endOf(error));
      throw new ApiProblem(401, { error_id: "not_signed_in" });
    }
  }

  return {
    start,
    renew,
    /** Ask again at once: the browser is back from sleep, or the network is. */
    wake() {
      if (now() < patientUntil) return;
      attempt = 1;
      behind = true;
      current.abort();
    },
    /** Ask again at once, but only when we are waiting after a failure. */
    hurry() {
      if (attempt > 0 && now() >= patientUntil) current.abort();
    },
    /** End; with `leave`, close the session on the relay, too. */
    stop({ leave = false } = {}) {
      run += 1;
      way = null;
      agent = "";
      tabs.leave();
      sessions.close({ leave });
      current.abort();
    },
  };
}

const isFinal = (error) => error instanceof AgentNeeded || error instanceof SignInRefused;

/** What is told when there is no going on without the agent. */
function endOf(error) {
  if (error instanceof AgentNeeded) return signInNeeded(error);
  return { type: "sign_in_refused", error: error.errorId, detail: error.detail };
}

function signInNeeded({ code, detail }) {
  return { type: "sign_in_needed", error: code, detail };
}

/** Wake the relay when browser or network come back. Returns the function that stops watching. */
export function watchForReturn({ window, document, relay, now = Date.now }) {
  const wake = () => relay.wake();
  const visible = () => document.visibilityState === "visible" && relay.hurry();
  let last = now();
  const timer = setInterval(() => {
    const passed = now() - last;
    last = now();
    // Throttled timers of a hidden page fire once a minute; more than that is a computer that has slept.
    if (passed > CLOCK.jumpMs) wake();
  }, CLOCK.everyMs);
  window.addEventListener("online", wake);
  document.addEventListener("resume", wake);
  document.addEventListener("visibilitychange", visible);
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", wake);
    document.removeEventListener("resume", wake);
    document.removeEventListener("visibilitychange", visible);
  };
}
