/** Which record of the stand-in a number finds. Searches as the panel does: the number itself, then the head office. */

/** Searches under way at the same time. */
const AT_ONCE = 2;
/** Longest search in characters; the stand-in takes several spellings at once. */
const LONGEST = 380;

/** @param {typeof fetch} [get] */
export function createRecords(get = (...given) => fetch(...given)) {
  const waiting = [];
  let running = 0;

  /** @returns {Promise<{name: string, type: string, probable: boolean}|null>} */
  function find(explanation) {
    return new Promise((resolve) => {
      waiting.push({ explanation, resolve });
      next();
    });
  }

  function next() {
    if (running >= AT_ONCE || waiting.length === 0) return;
    const { explanation, resolve } = waiting.shift();
    running += 1;
    search(explanation)
      .catch(() => null)
      .then(resolve)
      .finally(() => {
        running -= 1;
        next();
      });
  }

  async function search({ lookup, probable }) {
    const exact = lookup.filter((key) => !probable.includes(key));
    return (await first(exact, false)) ?? (await first(probable, true));
  }

  async function first(keys, isProbable) {
    for (const searchParams of joined(keys)) {
      const body = JSON.stringify({ searchParams });
      const headers = { "Content-Type": "application/json" };
      const response = await get("/salesforce/api/search", { method: "POST", headers, body });
      const [match] = response.ok ? (await response.json()).matches : [];
      if (match) return { name: match.name, type: match.objectType, probable: isProbable };
    }
    return null;
  }

  return { find, forget: () => waiting.splice(0).forEach(({ resolve }) => resolve(null)) };
}

/** Keys joined by OR, as many as fit in one search. */
export function joined(keys) {
  const searches = [];
  for (const key of keys.filter((candidate) => candidate.length >= 3)) {
    const last = searches.at(-1);
    if (last !== undefined && last.length + key.length + 4 <= LONGEST)
      searches[searches.length - 1] = `${last} OR ${key}`;
    else searches.push(key);
  }
  return searches;
}
