/** Fakes and builders for the tests of the softphone: calls, a relay behind `fetch`, a host, waiting for conditions. */

import { createNameWay } from "../../static/js/sign_in/name.js";
import { initialState, reduce } from "../../static/js/state.js";
import { createStore } from "../../static/js/store.js";

export const NOW = 1_795_428_000;

/** A call record as the relay sends it. */
export function call(changes = {}) {
  return {
    id: "c1", revision: 1, device: "101", direction: "inbound", role: "called", state: "alerting",
    caller: { number: "+49 89 1234567", name: "" }, called: { number: "101", name: "Alice" }, queue: null, cause: null,
    started_at: NOW, answered_at: null, ended_at: null, held_at: null, remote_hold: false, muted: false, parties: [],
    transferred_to: null, transferred_from: null, consultation_of: null, command: null, unsupported: {}, ...changes,
  };
}

export const LINK = Object.freeze({ reachable: true, reason: "", connector: "demo" });

/** An answer of the poll with events. */
export function answer(...events) {
  return { type: "polled", localNow: NOW, answer: { cursor: "e.1", now: NOW, events, state: null, resync: null } };
}

/** An answer of the poll with the full state. */
export function snapshot({ calls = [], link = LINK, presence = "available", resync = "start" } = {}) {
  const state = { presence, link, extension: "101", calls };
  return { type: "polled", localNow: NOW, answer: { cursor: "e.1", now: NOW, events: [], state, resync } };
}

/** An event of a call. */
export function told(event, changes) {
  return { type: "call", event, at: NOW, call: call(changes) };
}

/** The state after signing in, a first snapshot, and `events`. */
export function after(...events) {
  const begin = [
    { type: "host_ready", host: { kind: "lightning", canPop: true, canLog: true, problem: null } },
    { type: "sign_in_started", agent: "alice" },
    { type: "signed_in", agent: "alice", how: "id", at: NOW },
    { type: "settings_checked", problems: [], effective: {} },
    { type: "relay_online" },
    snapshot(),
  ];
  return [...begin, ...events].reduce(reduce, initialState);
}

/** A store that begins where `after` ends. */
export function storeAfter(...events) {
  return createStore(reduce, after(...events));
}

/** The first true value of `condition`; fails after two seconds. */
export async function eventually(condition, what = "condition") {
  const deadline = Date.now() + 2_000;
  while (Date.now() < deadline) {
    const value = condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${what} did not come true`);
}

/** Let everything that is ready run. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * `fetch` of a relay that answers from a list for each path; an exhausted list leaves the request parked until it is
 * aborted, as a poll without news is. Entries: an object (200), `[status, body, headers]`, "lost" (network error), or a function.
 */
export class RelayOverFetch {
  constructor(scripts = {}) {
    this.scripts = scripts;
    this.requests = [];
    this.fetch = this.fetch.bind(this);
  }

  async fetch(url, { method, headers, body, signal }) {
    const path = new URL(url, "http://relay.example").pathname;
    const request = { method, path, headers, body: body === undefined ? null : JSON.parse(body), signal };
    this.requests.push(request);
    const script = this.scripts[path] ?? [];
    const next = typeof script === "function" ? script(request) : script.shift();
    if (next === undefined) return this.#parked(signal);
    if (next === "lost") throw new TypeError("fetch failed");
    const [status, content, fields] = Array.isArray(next) ? next : [200, next];
    return response(status, content, fields);
  }

  /** Requests to one path. */
  to(path) {
    return this.requests.filter((request) => request.path === path);
  }

  #parked(signal) {
    return new Promise((_, reject) => {
      if (signal.aborted) reject(new DOMException("aborted", "AbortError"));
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  }
}

function response(status, content, headers = {}) {
  const text = typeof content === "string";
  const type = text ? "text/html" : status < 400 ? "application/json" : "application/problem+json";
  const known = { "Content-Type": type, ...headers };
  return {
    ok: status < 400,
    status,
    headers: { get: (name) => known[name] ?? null },
    json: async () => (text ? JSON.parse(content) : content),
  };
}

/** `problem+json` of the relay. */
export function problem(status, errorId, headers = {}) {
  return [status, { type: "about:blank", title: errorId, status, detail: errorId, error_id: errorId }, headers];
}

/** Signing in by a name, without a host or a browser that would know one. */
export function named(name, organization = "default") {
  const preferences = { get: () => null, set() {} };
  const way = createNameWay({ organization, host: { identity: async () => null }, preferences });
  way.enter(name);
  return way;
}

/** Salesforce as the desk sees it: what is found, what was opened and saved. */
export class RecordingHost {
  constructor({ found = [], canPop = true, canLog = true } = {}) {
    Object.assign(this, { found, canPop, canLog, kind: "lightning", problem: null });
    this.opened = [];
    this.saved = [];
    this.searches = [];
    this.refreshed = 0;
    this.shown = 0;
    this.saveFails = [];
    this.searchFails = false;
    this.panel = { show: () => void (this.shown += 1), label() {}, icon() {} };
  }

  async search(keys, direction) {
    this.searches.push({ keys, direction });
    if (this.searchFails) throw new Error("no answer");
    return { records: this.found, popData: { type: "search", params: {} } };
  }

  async pop(target) {
    this.opened.push(target);
  }

  async findLog(callId) {
    if (this.logs === undefined) throw new Error("no such class");
    return this.logs[callId] ?? "";
  }

  /** `tasks`: what Salesforce holds of each call now; undefined: the class is missing there. */
  async readLog(callId) {
    if (this.tasks?.[callId] === undefined) throw new Error("no such class or Task");
    return this.tasks[callId];
  }

  async history() {
    if (this.past === undefined) throw new Error("no such class");
    return this.past;
  }

  async saveLog(task) {
    const failure = this.saveFails.shift();
    if (failure) throw failure;
    this.saved.push(task);
    const known = Object.values(this.tasks ?? {}).find(({ Id }) => Id === task.Id);
    if (known) Object.assign(known, task);
    return task.Id ?? "00T1";
  }

  async refresh() {
    this.refreshed += 1;
  }

  onClickToDial(listener) {
    this.click = listener;
  }

  onNavigation() {}
  ready() {}
}

/** What the relay says of a number: the digits themselves, unless a test knows better (`explanations`). */
export function explanation(number, changes = {}) {
  const digits = number.replace(/[^+\d]/g, "");
  return { input: number, e164: digits, display: number, lookup: [digits], probable: [], alternatives: [], ...changes };
}

/** The relay's claims: grants as it is told, remembers who asked for what. Explains numbers, too. */
export class Claims {
  constructor(granted = true) {
    this.granted = granted;
    this.asked = [];
    this.failures = [];
    /** What comes on top of the next answers. */
    this.answers = [];
    /** Calls that were said to be done. */
    this.settled = [];
    this.explanations = {};
    this.explained = [];
    this.reachable = true;
  }

  async post(path, body) {
    if (path === "/v1/dialing/explain") return this.#explain(body);
    if (body.done) {
      this.settled.push(body.call);
      return { granted: false, settled: true };
    }
    this.asked.push(body);
    const failure = this.failures.shift();
    if (failure) throw failure;
    return { granted: this.granted, ...this.answers.shift() };
  }

  async #explain(body) {
    this.explained.push(body);
    if (!this.reachable) throw new Error("no answer");
    return { explanations: body.numbers.map((number) => explanation(number, this.explanations[number])), problems: [] };
  }
}
