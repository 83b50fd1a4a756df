/** One listener of ours for an event of Salesforce's script. */

/**
 * Registers with the script once, for good: it has no way to take a listener back, and two would dial twice.
 * @param {(listener: (payload: object) => void) => void} register
 * @param {(payload: object) => object|undefined} convert undefined: nothing that anybody wants to hear of
 */
export function createListener(register, convert) {
  let listener = null;
  let registered = false;
  return {
    set(wanted) {
      listener = wanted;
      if (registered) return;
      registered = true;
      try {
        register((payload) => {
          const event = convert(payload);
          if (event !== undefined) listener?.(event);
        });
      } catch {
        // An older script without this event: the panel works without it.
      }
    },
  };
}
