/** The simulated phones' HTTP interface: acts, and the state as it changes. It knows no page. */

import { sleep } from "../lib/waiting.js";

const BASE = "/phones/api";
/** The server parks a request for the state for up to 25 s. */
const LIMIT_MS = 40_000;
const PAUSE_MS = [300, 5_000];

/** The server refused an act, or did not answer; `id` is a stable code. */
export class PhonesError extends Error {
  constructor(id, detail = "") {
    super(detail || id);
    this.id = id;
    this.detail = detail;
  }
}

/** @param {string} path @param {object} body @returns {Promise<any>} Rejects with `PhonesError`. */
export async function act(path, body = {}) {
  const answer = await ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new PhonesError(content.error_id ?? "other", content.detail ?? String(answer.status));
  return content;
}

/**
 * Follow the state until `signal` aborts.
 * @param {{onState: (state: any) => void, onLost: () => void, signal: AbortSignal}} listener
 */
export async function follow({ onState, onLost, signal }) {
  let since = null;
  let pause = PAUSE_MS[0];
  while (!signal.aborted) {
    try {
      const answer = await ask(since === null ? "state" : `state?since=${since}`, {});
      if (!answer.ok) throw new PhonesError("other", String(answer.status));
      const state = await answer.json();
      since = state.version;
      pause = PAUSE_MS[0];
      onState(state);
    } catch {
      if (signal.aborted) return;
      since = null;
      onLost();
      await sleep(pause, signal);
      pause = Math.min(pause * 2, PAUSE_MS[1]);
    }
  }
}

async function ask(path, options) {
  try {
    return await fetch(`${BASE}/${path}`, { ...options, cache: "no-store", signal: AbortSignal.timeout(LIMIT_MS) });
  } catch (error) {
    throw new PhonesError("network", String(error));
  }
}
