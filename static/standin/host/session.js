/** What lasts as long as the browser session: values tried, standby in use. Works without storage, too. */

/** @param {() => Storage} storage throws where storage is denied @param {string} prefix */
export function createSession(storage, prefix = "standin.") {
  const memory = new Map();
  const guarded = (work, otherwise) => {
    try {
      return work(storage());
    } catch {
      return otherwise();
    }
  };
  return {
    /** @returns {any} the value kept, or `fallback` */
    get(name, fallback) {
      const kept = guarded(
        (area) => area.getItem(prefix + name),
        () => memory.get(name) ?? null,
      );
      try {
        return kept === null ? fallback : JSON.parse(kept);
      } catch {
        return fallback;
      }
    },
    /** `undefined` removes. */
    set(name, value) {
      const text = value === undefined ? null : JSON.stringify(value);
      guarded(
        (area) => (text === null ? area.removeItem(prefix + name) : area.setItem(prefix + name, text)),
        () => (text === null ? memory.delete(name) : memory.set(name, text)),
      );
    },
  };
}
