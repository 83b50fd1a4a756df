/** What is remembered of calls goes with them: a panel is open for weeks. */

/**
 * Drop every key that is no call any more.
 * @param {Map<string, unknown>|Set<string>} remembered by id of the call
 * @param {Record<string, object>} calls those that the page knows
 */
export function forgetGone(remembered, calls) {
  if (remembered.size <= Object.keys(calls).length) return;
  for (const id of [...remembered.keys()]) if (!Object.hasOwn(calls, id)) remembered.delete(id);
}
