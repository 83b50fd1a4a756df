/** HTTP of the simulated phones (`/phones/api`). It keeps nothing and decides nothing. */

/** Longest wait for an answer, in milliseconds; the server parks a request for the state for at most 25 s. */
const PATIENCE_MS = 40_000;
const ACT_MS = 8_000;

/** An act that the phone system refused, with its sentence. */
export class ActRefused extends Error {}

/**
 * @param {string} base URL of the interface, without a slash at its end
 * @param {typeof fetch} [fetcher]
 */
export function createApi(base, fetcher = (...request) => fetch(...request)) {
  return Object.freeze({
    /** The whole state, as soon as its version differs from `since`; at once without it. */
    async state(since = null) {
      const url = since === null ? `${base}/state` : `${base}/state?since=${since}`;
      const answer = await fetcher(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return answer.json();
    },
    /** Do something; `path` such as `phones/101/answer`. Rejects with `ActRefused` when the phone system says no. */
    async act(path, body = {}) {
      const answer = await fetcher(`${base}/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ACT_MS),
      });
      if (!answer.ok) throw new ActRefused(await sentence(answer));
    },
  });
}

async function sentence(answer) {
  try {
    return (await answer.json()).detail ?? `HTTP ${answer.status}`;
  } catch {
    return `HTTP ${answer.status}`;
  }
}
