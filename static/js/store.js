/** Holds the one state and tells who wants to know. It decides nothing: `reduce` does. */

/**
 * @template S
 * @param {(state: S, event: {type: string}) => S} reduce
 * @param {S} initial
 * @param {(event: {type: string}) => void} [watch] sees every event first
 */
export function createStore(reduce, initial, watch = () => {}) {
  let state = initial;
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    /** Apply an event; listeners hear of it only when something changed. */
    dispatch(event) {
      watch(event);
      const previous = state;
      state = reduce(state, event);
      if (state !== previous) for (const listener of [...listeners]) listener(state, previous);
    },
    /** @returns {() => void} stops listening */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Resolve with the state as soon as `condition` holds, or with null after `ms`. */
    until(condition, ms) {
      if (condition(state)) return Promise.resolve(state);
      return new Promise((resolve) => {
        const finish = (result) => {
          clearTimeout(timer);
          listeners.delete(check);
          resolve(result);
        };
        const check = (next) => condition(next) && finish(next);
        const timer = setTimeout(() => finish(null), ms);
        listeners.add(check);
      });
    },
  };
}
