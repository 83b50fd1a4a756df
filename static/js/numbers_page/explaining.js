/** Asks the relay to explain numbers, many at a time, so that a long list shows its progress. No DOM. */

/** Numbers in one request; the relay takes no more. */
export const BATCH = 200;
/** A batch takes some milliseconds; a relay that needs this long is out of reach. */
const TIME_LIMIT_MS = 15_000;

export class ExplainError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * @param {string[]} numbers
 * @param {{relayUrl?: string, settings: Record<string, string>, incoming: boolean, recordCountry?: string}} how
 * @param {{onBatch: (explanations: object[], done: number, problems: object[]) => void, signal: AbortSignal,
 *   fetch?: typeof fetch}} parts `onBatch` is called for each batch, in order
 * @throws {ExplainError} with the relay's sentence, or status 0 where it cannot be reached
 */
export async function explainAll(numbers, how, { onBatch, signal, fetch: get = (...given) => fetch(...given) }) {
  for (let done = 0; done < numbers.length && !signal.aborted; done += BATCH) {
    const batch = numbers.slice(done, done + BATCH);
    const { explanations, problems } = await ask(get, batch, how, signal);
    if (signal.aborted) return;
    onBatch(explanations, done + batch.length, problems);
  }
}

async function ask(get, numbers, { relayUrl = "", settings, incoming, recordCountry = "" }, signal) {
  const body = JSON.stringify({ numbers, settings, incoming, record_country: incoming ? "" : recordCountry });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  const headers = { "Content-Type": "application/json" };
  let response;
  try {
    response = await get(`${relayUrl}/v1/dialing/explain`, { method: "POST", headers, body, signal: limit });
  } catch {
    throw new ExplainError(0, "");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ExplainError(response.status, answer.detail ?? "");
  return answer;
}
