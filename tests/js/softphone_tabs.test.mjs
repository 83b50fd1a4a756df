/** Several tabs of one agent: one polls, the others hear it; the lead and the ring pass on. Real locks and channels. */

import assert from "node:assert/strict";
import test from "node:test";

import { createApi } from "../../static/js/api.js";
import { createLeadership } from "../../static/js/leadership.js";
import { createRelay } from "../../static/js/relay.js";
import { createTurn } from "../../static/js/turns.js";
import { createSessions } from "../../static/js/sign_in/sessions.js";
import { eventually, named, NOW, problem, RelayOverFetch, settled } from "../fakes/softphone.mjs";

let scopes = 0;
const openChannel = (name) => new BroadcastChannel(name);
const never = (_, signal) => new Promise((resolve) => signal?.addEventListener("abort", resolve));
const polled = (cursor, more = {}) => ({ cursor, now: NOW, events: [], state: null, superseded: false, ...more });
const AWAY = { type: "presence", state: "away" };

/** A relay with one log, which any number of tabs polls: a waiting poll is answered as soon as something is told. */
class RelayOfOneAgent {
  constructor() {
    this.log = [];
    this.waiting = new Set();
    this.sessions = 0;
    this.gone = new Set();
  }

  tell(...events) {
    this.log.push(...events);
    for (const wake of this.waiting) wake();
  }

  answerTo(token, { cursor, wait }, signal) {
    if (this.gone.has(token)) return problem(401, "session_expired");
    const at = cursor === null ? null : Number(cursor.split(".")[1]);
    if (at === null) return polled(`e.${this.log.length}`, { state: {}, resync: "start" });
    if (at < this.log.length || wait === 0) return polled(`e.${this.log.length}`, { events: this.log.slice(at) });
    return new Promise((resolve, reject) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve(this.answerTo(token, { cursor, wait }, signal));
      };
      this.waiting.add(wake);
      signal.addEventListener("abort", () => {
        this.waiting.delete(wake);
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }
}

/** One tab with a session of its own at `relay`; `sleep`: how it waits for the leader, `rest`: for all else. */
function tab(relay, scope, { sleep = never, rest = never, locks = navigator.locks } = {}) {
  const server = new RelayOverFetch({
    "/v1/sessions": () => [201, { session: `s${++relay.sessions}`, agent: "alice", expires_in_s: 900 }],
    "/v1/poll": ({ headers, body, signal }) => relay.answerTo(headers.Authorization.slice(7), body, signal),
    "/v1/notes": ({ headers }) =>
      relay.gone.has(headers.Authorization.slice(7)) ? problem(401, "session_expired") : {},
  });
  const events = [];
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const tabs = createLeadership({ locks, openChannel, scope, sleep });
  const sessions = createSessions({ api, sleep: never });
  const emit = (event) => events.push(event);
  const line = createRelay({ api, sessions, tabs, emit, now: () => NOW * 1000, sleep: rest });
  api.renew = line.renew;
  const heard = () => events.flatMap(({ type, answer }) => (type === "polled" ? (answer.events ?? []) : []));
  const known = () => events.some(({ type }) => type === "polled");
  return { server, events, api, tabs, line, heard, known, stop: () => line.stop() };
}

async function twoTabs(more) {
  const relay = new RelayOfOneAgent();
  const scope = `test-${++scopes}`;
  const leader = tab(relay, scope);
  void leader.line.start(named("alice"));
  await eventually(() => leader.tabs.leads && relay.waiting.size === 1, "the first tab to lead");
  const follower = tab(relay, scope, more);
  void follower.line.start(named("alice"));
  await eventually(follower.known, "the second tab to know the state");
  return { relay, leader, follower, stop: () => [follower, leader].forEach((one) => one.stop()) };
}

test("only the leading tab keeps a poll waiting; the others apply what it hears, in order and once", async () => {
  const { relay, leader, follower, stop } = await twoTabs();
  const events = ["away", "available", "do_not_disturb"].map((state) => ({ type: "presence", state }));
  for (const [index, event] of events.entries()) {
    const number = index + 1;
    relay.tell(event);
    await eventually(() => leader.heard().length === number && follower.heard().length === number);
    await eventually(() => relay.waiting.size === 1);
  }
  assert.deepEqual(follower.heard(), events);
  const asked = follower.server.to("/v1/poll").map(({ body }) => body.wait);
  assert.deepEqual(asked, [0], "it has asked once, for the state at its start");
  stop();
});

test("what does not join on to a tab's own cursor it fetches itself", async () => {
  const { relay, leader, follower, stop } = await twoTabs();
  relay.log.push(AWAY); // told while nobody listened
  leader.tabs.tell({ kind: "answer", from: "e.7", answer: polled("e.8") });
  await eventually(() => follower.heard().length === 1);
  assert.deepEqual(follower.heard(), [AWAY]);
  stop();
});

test("the next tab leads as soon as the leader leaves, and goes on from where it was", async () => {
  const { relay, leader, follower, stop } = await twoTabs();
  leader.stop();
  await eventually(() => follower.tabs.leads && relay.waiting.size === 1);
  relay.tell(AWAY);
  await eventually(() => follower.heard().length === 1);
  assert.deepEqual(follower.server.to("/v1/poll").at(-1).body.cursor, "e.1");
  stop();
});

test("a leader that does not answer a knock loses the lead", async () => {
  const pauses = [];
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push({ ms, resolve });
      signal?.addEventListener("abort", resolve);
    });
  const relay = new RelayOfOneAgent();
  const scope = `test-${++scopes}`;
  const name = `cti/${scope}/alice`;
  // A page that holds the lock and does nothing any more: it neither polls nor answers.
  let taken = false;
  void navigator.locks.request(name, () => new Promise(() => (taken = true))).catch(() => {});
  await eventually(() => taken);
  const follower = tab(relay, scope, { sleep });
  void follower.line.start(named("alice"));
  await eventually(() => follower.known() && pauses.length === 1);
  assert.equal(follower.tabs.leads, false);
  pauses[0].resolve();
  await eventually(() => pauses.length === 2);
  assert.equal(follower.tabs.leads, false, "it waits for an answer first");
  pauses[1].resolve();
  await eventually(() => follower.tabs.leads && relay.waiting.size === 1);
  follower.stop();
});

test("a leader that answers keeps the lead, however silent", async () => {
  const pauses = [];
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push({ ms, resolve });
      signal?.addEventListener("abort", resolve);
    });
  const { leader, follower, stop } = await twoTabs({ sleep });
  await eventually(() => pauses.length === 1);
  pauses[0].resolve();
  await eventually(() => pauses.length === 2);
  await settled();
  pauses[1].resolve();
  await eventually(() => pauses.length === 3, "the watch to go on");
  assert.deepEqual([leader.tabs.leads, follower.tabs.leads], [true, false]);
  stop();
});

test("the leader tells that the relay is lost, and that it is back", async () => {
  const { relay, leader, follower, stop } = await twoTabs();
  leader.tabs.tell({ kind: "lost", event: { type: "relay_lost", reason: "network", at: NOW } });
  await eventually(() => follower.events.some(({ type }) => type === "relay_lost"));
  relay.tell(AWAY);
  await eventually(() => follower.heard().length === 1);
  assert.equal(follower.events.filter(({ type }) => type === "relay_online").length, 2);
  stop();
});

test("a tab whose session has ended while it only listened opens another one for what it has to ask", async () => {
  const { relay, follower, stop } = await twoTabs();
  relay.gone.add("s2");
  await Promise.all([follower.api.post("/v1/notes", {}), follower.api.post("/v1/notes", {})]);
  assert.equal(relay.sessions, 3, "one new session for both");
  assert.equal(follower.server.to("/v1/notes").length, 4);
  stop();
});

test("a tab that only listens uses its session before it would end unused", async () => {
  const pauses = [];
  const rest = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push({ ms, resolve });
      signal?.addEventListener("abort", resolve);
    });
  const { follower, stop } = await twoTabs({ rest });
  await eventually(() => pauses.length === 1);
  assert.equal(pauses[0].ms, 450_000, "half of the 900 s that the relay has said");
  pauses[0].resolve();
  await eventually(() => follower.server.to("/v1/poll").length === 2);
  assert.equal(follower.server.to("/v1/poll")[1].body.wait, 0);
  stop();
});

test("without locks every tab polls for itself", async () => {
  const relay = new RelayOfOneAgent();
  const tabs = [1, 2].map(() => tab(relay, "no-locks", { locks: null }));
  for (const one of tabs) void one.line.start(named("alice"));
  await eventually(() => relay.waiting.size === 2);
  for (const one of tabs) one.stop();
});

test("where locks are refused a tab is on its own", async () => {
  const relay = new RelayOfOneAgent();
  const locks = { request: () => Promise.reject(new DOMException("denied", "SecurityError")) };
  const one = tab(relay, "refused", { locks });
  void one.line.start(named("alice"));
  await eventually(() => relay.waiting.size === 1);
  assert.equal(one.tabs.leads, true);
  one.stop();
});

test("one tab rings, the one in view before the others, and the next takes over when it is closed", async () => {
  const rings = [];
  const name = `ring-${++scopes}`;
  const pauses = [];
  const sleep = () => new Promise((resolve) => pauses.push(resolve));
  const tabOf = (id, visible) =>
    createTurn({
      locks: navigator.locks,
      name,
      isVisible: () => visible,
      onTurn: (mine) => (mine ? rings.push(id) : rings.splice(0, rings.length, ...rings.filter((one) => one !== id))),
      sleep,
    });
  const hidden = tabOf("hidden", false);
  const seen = tabOf("seen", true);
  hidden.want(true);
  seen.want(true);
  await eventually(() => rings.length === 1);
  pauses[0]();
  await settled();
  assert.deepEqual(rings, ["seen"]);
  seen.want(false);
  await eventually(() => rings.includes("hidden"));
  hidden.want(false);
  await eventually(() => rings.length === 0);
});
