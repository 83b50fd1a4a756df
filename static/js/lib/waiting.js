/** Pauses and time limits that can be cut short. */

/** Resolve after `ms`, or at once when `signal` aborts. Never rejects. */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
    return undefined;
  });
}

/** `promise`, or a rejection with `makeError()` when it takes longer than `ms`. */
export function within(ms, promise, makeError) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(makeError()), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
