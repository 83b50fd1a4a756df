/** The line to the relay: sign in, poll, acknowledge, begin anew, back off, wake up. Waits for conditions, never for time. */

import assert from "node:assert/strict";
import test from "node:test";

import { ApiProblem, createApi, Unreachable } from "../../static/js/api.js";
import { backOff, createRelay, watchForReturn } from "../../static/js/relay.js";
import { createSessions } from "../../static/js/sign_in/sessions.js";
import { eventually, named, NOW, problem, RelayOverFetch, settled } from "../fakes/softphone.mjs";

const SESSION = { session: "token-1", agent: "alice", expires_in_s: 900 };
const polled = (cursor, more = {}) => ({
  cursor,
  now: NOW,
  events: [],
  state: null,
  resync: null,
  superseded: false,
  reconnect: false,
  retry_ms: 0,
  ...more,
});
const LINK_EVENT = { type: "link", link: { reachable: true, reason: "", connector: "" } };

/** A relay client over scripted answers; pauses are collected and end when the test says so. */
function line(scripts, { random = () => 0.5 } = {}) {
  const server = new RelayOverFetch({
    "/v1/sessions": [
      [201, SESSION],
      [201, { ...SESSION, session: "token-2" }],
    ],
    ...scripts,
  });
  const events = [];
  const pauses = [];
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push({ ms, end: resolve });
      signal?.addEventListener("abort", resolve);
    });
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const sessions = createSessions({ api, random, sleep });
  const relay = createRelay({
    api,
    sessions,
    emit: (event) => events.push(event),
    random,
    now: () => NOW * 1000,
    sleep,
  });
  const types = () => events.map(({ type }) => type);
  return { server, events, types, pauses, api, relay, polls: () => server.to("/v1/poll") };
}

test("it signs in, polls with the cursor it was given, and thereby acknowledges", async () => {
  const { relay, polls, types, server } = line({
    "/v1/poll": [polled("e.1", { state: {}, resync: "start" }), polled("e.2", { events: [LINK_EVENT] })],
  });
  void relay.start(named("Alice"));
  await eventually(() => polls().length === 3);
  assert.deepEqual(
    polls().map(({ body }) => body.cursor),
    [null, "e.1", "e.2"],
  );
  assert.deepEqual(
    polls().map(({ body }) => body.turn),
    [1, 2, 3],
  );
  assert.deepEqual(types().slice(0, 4), ["sign_in_started", "signed_in", "relay_online", "polled"]);
  assert.deepEqual(server.to("/v1/sessions")[0].body, { mode: "id", organization: "default", agent: "Alice" });
  assert.equal(polls()[0].headers.Authorization, "Bearer token-1");
  for (const { body } of polls()) assert.ok(body.wait >= 22 && body.wait <= 28);
  relay.stop();
});

test("a lost relay is told with its reason, the pause grows with jitter, and the first poll afterwards does not park", async () => {
  const { relay, polls, events, pauses, types } = line({
    "/v1/poll": [polled("e.1", { state: {} }), "lost", "lost", "lost", polled("e.1")],
  });
  void relay.start(named("alice"));
  for (let failure = 1; failure <= 3; failure += 1) {
    await eventually(() => pauses.length === failure);
    pauses.at(-1).end();
  }
  await eventually(() => types().filter((type) => type === "relay_online").length === 2);
  assert.deepEqual(
    pauses.slice(0, 3).map(({ ms }) => ms),
    [250, 500, 1000],
  );
  assert.deepEqual(
    events.filter(({ type }) => type === "relay_lost").map(({ reason }) => reason),
    ["network", "network", "network"],
  );
  assert.deepEqual(
    polls()
      .slice(2, 5)
      .map(({ body }) => body.wait),
    [0, 0, 0],
  );
  assert.deepEqual(
    polls()
      .map(({ body }) => body.cursor)
      .slice(1, 5),
    ["e.1", "e.1", "e.1", "e.1"],
    "nothing is acknowledged that was not received",
  );
  relay.stop();
});

test("the back-off has a cap and full jitter", () => {
  assert.equal(
    backOff(0, () => 1),
    500,
  );
  assert.equal(
    backOff(3, () => 1),
    4_000,
  );
  assert.equal(
    backOff(40, () => 1),
    15_000,
  );
  assert.equal(
    backOff(40, () => 0),
    0,
  );
});

test("a forgotten session is replaced silently and the state taken anew", async () => {
  const { relay, polls, types, pauses, server } = line({
    "/v1/poll": [polled("e.7", { state: {} }), problem(401, "session_expired"), polled("f.1", { state: {} })],
  });
  void relay.start(named("alice"));
  await eventually(() => polls().length === 4);
  assert.equal(server.to("/v1/sessions").length, 2);
  assert.deepEqual([polls()[2].body.cursor, polls()[2].headers.Authorization], [null, "Bearer token-2"]);
  assert.ok(!types().includes("relay_lost"));
  assert.deepEqual(pauses, []);
  relay.stop();
});

test("a relay that forgets each session at once is not asked in a hot loop", async () => {
  const { relay, pauses, types } = line({
    "/v1/sessions": () => [201, SESSION],
    "/v1/poll": () => problem(401, "not_signed_in"),
  });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  await settled();
  assert.equal(pauses.length, 1);
  assert.ok(types().includes("relay_lost"));
  relay.stop();
});

test("the name as the relay writes it is used to sign in again", async () => {
  const { relay, server } = line({ "/v1/poll": [problem(401, "session_expired")] });
  void relay.start(named("ALICE"));
  await eventually(() => server.to("/v1/sessions").length === 2);
  assert.deepEqual(
    server.to("/v1/sessions").map(({ body }) => body.agent),
    ["ALICE", "alice"],
  );
  relay.stop();
});

test("a refused name stops it, and another name may follow", async () => {
  const { relay, types, polls } = line({
    "/v1/sessions": [problem(403, "sign_in_refused"), [201, SESSION]],
    "/v1/poll": [],
  });
  await relay.start(named("nobody"));
  assert.deepEqual(types(), ["sign_in_started", "sign_in_refused"]);
  void relay.start(named("alice"));
  await eventually(() => polls().length === 1);
  relay.stop();
});

test("superseded ends it", async () => {
  const { relay, types, polls } = line({ "/v1/poll": [polled("e.1", { superseded: true })] });
  await relay.start(named("alice"));
  assert.equal(types().at(-1), "superseded");
  assert.equal(polls().length, 1);
});

test("a node that goes away says when to come back", async () => {
  const { relay, pauses, polls, types } = line({
    "/v1/poll": [polled("e.1", { state: {} }), polled("e.1", { reconnect: true, retry_ms: 1234 })],
  });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  assert.equal(pauses[0].ms, 1234);
  assert.equal(polls().length, 2);
  pauses[0].end();
  await eventually(() => polls().length === 3);
  assert.ok(!types().includes("relay_lost"));
  relay.stop();
});

test("waking cuts a pause and a parked poll, and tells nobody of a loss", async () => {
  const { relay, polls, pauses, types } = line({ "/v1/poll": [polled("e.1", { state: {} }), "lost"] });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  relay.wake();
  await eventually(() => polls().length === 3);
  const losses = types().filter((type) => type === "relay_lost").length;
  relay.wake();
  await eventually(() => polls().length === 4);
  assert.ok(polls()[2].signal.aborted, "the parked poll was given up");
  assert.equal(types().filter((type) => type === "relay_lost").length, losses);
  relay.stop();
});

test("hurrying leaves a healthy parked poll alone", async () => {
  const { relay, polls } = line({ "/v1/poll": [polled("e.1", { state: {} })] });
  void relay.start(named("alice"));
  await eventually(() => polls().length === 2);
  relay.hurry();
  await settled();
  assert.equal(polls().length, 2);
  relay.stop();
});

test("an empty answer that comes too fast is not asked for again at once", async () => {
  const { relay, pauses, polls } = line({ "/v1/poll": () => polled("e.1") });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  await settled();
  assert.deepEqual([polls().length, pauses[0].ms], [1, 250]);
  relay.stop();
});

test("leaving closes the session on the relay; an answer that comes later is ignored", async () => {
  const { relay, server, types, polls, api } = line({
    "/v1/poll": [polled("e.1", { state: {} })],
    "/v1/sessions/current": [[204, null]],
  });
  const running = relay.start(named("alice"));
  await eventually(() => polls().length === 2);
  const before = types().length;
  relay.stop({ leave: true });
  await running;
  assert.equal(server.to("/v1/sessions/current")[0].method, "DELETE");
  assert.equal(api.token, null);
  assert.equal(types().length, before);
});

test("starting again ends the run before", async () => {
  const { relay, polls } = line({ "/v1/poll": [polled("e.1", { state: {} })] });
  const first = relay.start(named("alice"));
  await eventually(() => polls().length === 2);
  relay.stop();
  void relay.start(named("bob"));
  await first;
  await eventually(() => polls().length === 3);
  relay.stop();
});

test("the browser's own signs wake it: network, resume, a slept night; looking only hurries it", () => {
  const [window, document] = [new EventTarget(), Object.assign(new EventTarget(), { visibilityState: "visible" })];
  const woken = [];
  const stop = watchForReturn({
    window,
    document,
    relay: { wake: () => woken.push("wake"), hurry: () => woken.push("hurry") },
  });
  window.dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("resume"));
  document.dispatchEvent(new Event("visibilitychange"));
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  stop();
  window.dispatchEvent(new Event("online"));
  assert.deepEqual(woken, ["wake", "wake", "hurry"]);
});

test("a jump of the clock wakes it, a throttled timer does not", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let clock = 0;
  const woken = [];
  const [window, document] = [new EventTarget(), new EventTarget()];
  const stop = watchForReturn({
    window,
    document,
    relay: { wake: () => woken.push(clock), hurry() {} },
    now: () => clock,
  });
  for (const passes of [5_000, 60_000, 8 * 3600_000]) {
    clock += passes;
    t.mock.timers.tick(5_000);
  }
  stop();
  assert.deepEqual(woken, [clock]);
});

test("problems keep their code, other answers are no answer of the relay", async () => {
  const server = new RelayOverFetch({
    "/a": [problem(422, "out_of_range"), [502, "<html>"], [200, "<html>"], "lost", [503, {}]],
  });
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const failure = () =>
    api.post("/a", {}).then(
      () => assert.fail("must fail"),
      (error) => error,
    );
  const refused = await failure();
  assert.ok(refused instanceof ApiProblem);
  assert.deepEqual([refused.status, refused.errorId], [422, "out_of_range"]);
  assert.equal((await failure()).errorId, "http_502");
  assert.equal((await failure()).reason, "not_the_relay");
  assert.ok((await failure()) instanceof Unreachable);
  assert.equal((await failure()).errorId, "http_503");
});

test("a silent relay is given up after the time limit; nothing of the session reaches the address", async () => {
  const server = new RelayOverFetch();
  const api = createApi({ baseUrl: "", fetch: server.fetch });
  api.token = "secret";
  const error = await api.post("/v1/poll", { cursor: "e.1" }, { timeoutMs: 5 }).catch((failure) => failure);
  assert.equal(error.reason, "no_answer");
  assert.equal(server.requests[0].path, "/v1/poll");
});
