/** The session at the relay: opened with a proof of who the agent is, renewed before its time is over, closed. */

import { sleep as realSleep } from "../lib/waiting.js";
import { AgentNeeded, isRefusal, SignInRefused } from "./way.js";

/** When a session is renewed, as part of the time that it has: random, so that a morning's sessions spread. */
const RENEW_AT = { least: 0.6, spread: 0.2 };
/** With less than this left, a session is left to its end, in milliseconds. */
const LEAST_LEFT_MS = 1_000;
/** How long a session lasts unused where the relay has not said, in seconds. */
const USUAL_LIFE_S = 900;

/**
 * @param {{api: object, random?: () => number, now?: () => number, sleep?: typeof realSleep}} parts `now` in
 *   milliseconds
 */
export function createSessions({ api, random = Math.random, now = Date.now, sleep = realSleep }) {
  let opening = null;
  let keeping = new AbortController();
  let life = USUAL_LIFE_S;

  /**
   * One session for all who need one now: the line itself, or a command whose session has ended.
   * @param {import("./way.js").Way} way
   * @param {{signal?: AbortSignal, proved?: (body: object) => void}} [how] `proved`: it is about to be shown to
   *   the relay
   * @returns {Promise<{agent: string, how: string}|null>} null: closed meanwhile. Rejects with `AgentNeeded`,
   *   `SignInRefused`, or an error of `api.js`
   */
  function open(way, { signal, proved = () => {} } = {}) {
    if (opening === null) {
      const mine = openNow(way, signal, proved).finally(() => {
        if (opening === mine) opening = null;
      });
      opening = mine;
    }
    return opening;
  }

  async function openNow(way, signal, proved) {
    keeping.abort();
    keeping = new AbortController();
    const kept = keeping.signal;
    const body = await proofOf(way, signal);
    if (kept.aborted) return null;
    proved(body);
    const session = await show(way, body, signal);
    if (kept.aborted) return null;
    api.token = session.session;
    life = session.expires_in_s ?? USUAL_LIFE_S;
    way.accepted(session.agent);
    void keep(way, session.renew_in_s ?? null, kept);
    return { agent: session.agent, how: body.mode };
  }

  /** What the relay refuses on the way to a proof, a nonce say, is a refusal as well. */
  async function proofOf(way, signal) {
    try {
      return await way.prove(signal);
    } catch (error) {
      throw isRefusal(error) ? new SignInRefused(error.errorId, error.message) : error;
    }
  }

  async function show(way, body, signal) {
    try {
      return await api.post("/v1/sessions", body, { signal });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A ticket that has come too late is nobody's fault.
      if (body.mode === "ticket") throw new AgentNeeded();
      way.refused();
      throw new SignInRefused(error.errorId, error.message);
    }
  }

  /** Renew for as long as it works. When it does not, the session ends, and whoever uses it next opens another one. */
  async function keep(way, renewInS, signal) {
    let left = renewInS === null ? 0 : renewInS * 1000;
    while (left > LEAST_LEFT_MS && !signal.aborted) {
      const began = now();
      await sleep(left * (RENEW_AT.least + random() * RENEW_AT.spread), signal);
      if (signal.aborted) return;
      left = await renewed(way, signal, left - (now() - began));
    }
  }

  /** Milliseconds that the session has now; `left` when nobody could tell. */
  async function renewed(way, signal, left) {
    try {
      const { renew_in_s: next } = await api.post("/v1/sessions/current/renewal", await way.prove(signal), { signal });
      return (next ?? 0) * 1000;
    } catch (error) {
      return isRefusal(error) || error.status === 401 ? 0 : left;
    }
  }

  return {
    open,
    /** Seconds for which a session lasts that is not used. */
    get life() {
      return life;
    },
    /** End; with `leave`, tell the relay, too. */
    close({ leave = false } = {}) {
      keeping.abort();
      opening = null;
      if (leave && api.token !== null) api.delete("/v1/sessions/current", { keepalive: true }).catch(() => {});
      api.token = null;
    },
  };
}
