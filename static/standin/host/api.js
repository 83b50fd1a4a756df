/** Asks the stand-in's server for records, searches, tasks; saves logs. Every request ends after ten seconds. */

const TIME_LIMIT = 10_000; // ms; the server is on the same machine

/** @param {string} user alias of the user who is signed in @param {typeof fetch} [get] */
export function createApi(user, get = (...given) => fetch(...given)) {
  const address = (path, query = {}) => `/salesforce/api/${path}?${new URLSearchParams({ ...query, user })}`;

  async function ask(path, { query, body } = {}) {
    const headers = { "Content-Type": "application/json" };
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers };
    const response = await get(address(path, query), { ...sent, signal: AbortSignal.timeout(TIME_LIMIT) });
    if (response.status === 204) return null;
    const answer = await response.json();
    if (!response.ok && response.status !== 422) throw new Error(answer.detail ?? `HTTP ${response.status}`);
    return answer;
  }

  return {
    records: (object) => ask("records", { query: { object } }),
    record: (id) => ask(`records/${encodeURIComponent(id)}`),
    create: (object, fields) => ask("records", { body: { entityApiName: object, ...fields } }),
    /** `since`: version already shown; `null` = nothing new. */
    tasks: (since = "") => ask("tasks", { query: { since } }),
    search: async (searchParams, callType) => (await ask("search", { body: { searchParams, callType } })).returnValue,
    searchAll: async (term) => (await ask("search", { body: { searchParams: term } })).matches,
    saveLog: (object) => ask("log", { body: { object } }),
    runApex: (args) => ask("apex", { body: args }),
  };
}
