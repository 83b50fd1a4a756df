/** Preferences of this browser. Nothing of a call is kept here; where storage is refused they last as long as the page. */

/**
 * @param {() => Storage} storage may throw: third-party storage can be switched off
 * @param {string} scope separates two Salesforce orgs in one browser, which share one origin of this page
 */
export function createPreferences(storage, scope) {
  const memory = new Map();
  const keyOf = (name) => `cti/${scope}/${name}`;
  return {
    /** @returns {string|null} */
    get(name) {
      try {
        return storage().getItem(keyOf(name)) ?? memory.get(name) ?? null;
      } catch {
        return memory.get(name) ?? null;
      }
    },
    /** @param {string} name @param {string|null} value null forgets it */
    set(name, value) {
      if (value === null) memory.delete(name);
      else memory.set(name, value);
      try {
        if (value === null) storage().removeItem(keyOf(name));
        else storage().setItem(keyOf(name), value);
      } catch {
        // Storage is refused or full; the copy in memory serves until the page is closed.
      }
    },
  };
}
