/** The softphone opened outside Salesforce: calls work, records and logs do not. It says so instead of pretending. */

import { HostError } from "./host_error.js";

/**
 * @param {string|null} [problem] why a host that should be there is not; null when nobody expected one
 * @returns {import("./host.js").Host}
 */
export function createStandaloneHost(problem = null) {
  const unavailable = () =>
    Promise.reject(new HostError("UNAVAILABLE", "There is no Salesforce page around the softphone."));
  return Object.freeze({
    kind: "standalone",
    canPop: false,
    canLog: false,
    problem,
    identity: async () => null,
    signInToken: unavailable,
    settings: async () => ({}),
    enableClickToDial: async () => {},
    disableClickToDial: async () => {},
    onClickToDial() {},
    search: unavailable,
    pop: unavailable,
    findPeople: unavailable,
    doNotCall: unavailable,
    findLog: unavailable,
    history: unavailable,
    readLog: unavailable,
    saveLog: unavailable,
    refresh: async () => {},
    onNavigation() {},
    subscribe: unavailable,
    publish: unavailable,
    page: async () => ({ record: null, editing: false }),
    panel: Object.freeze({ show() {}, label() {}, icon() {} }),
    ready() {},
  });
}
