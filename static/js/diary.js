/** What happened in this page lately, without names, numbers or texts: for the report that an agent can copy. */

/** Entries kept. */
const LENGTH = 60;
/** Fields of events that are codes of ours, and hold nothing of a call. */
const SAFE = Object.freeze([
  "reason",
  "status",
  "log",
  "error",
  "errorId",
  "verb",
  "lookup",
  "kind",
  "problem",
  "name",
  "tab",
]);
/** Events that happen with every key, every poll, or every few seconds while a list is open. */
const DULL = new Set([
  "polled",
  "note_typed",
  "dial_typed",
  "drawer_typed",
  "wrap_up_changed",
  "work_kept",
  "directory_found",
  "directory_closed",
]);

/** @param {{now?: () => number}} [parts] `now` in milliseconds */
export function createDiary({ now = Date.now } = {}) {
  const entries = [];
  return {
    /** Take down an event of the store. */
    note(event) {
      if (!DULL.has(event.type)) add(event.type, event);
      for (const { type, event: name, outcome, link } of event.answer?.events ?? [])
        add(name ?? type, { status: outcome?.state, errorId: outcome?.error_id, reason: link?.reason });
    },
    /** Newest last: `12:00:01 relay_lost reason=network`. */
    lines: () => [...entries],
  };

  function add(type, facts) {
    const told = SAFE.filter((name) => typeof facts[name] === "string" && /^[\w.-]{1,60}$/.test(facts[name]));
    const values = told.map((name) => ` ${name}=${facts[name]}`).join("");
    entries.push(`${new Date(now()).toISOString().slice(11, 19)} ${type}${values}`);
    if (entries.length > LENGTH) entries.shift();
  }
}
