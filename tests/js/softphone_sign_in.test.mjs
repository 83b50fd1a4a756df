/** Ways of signing in, and the session that they open: what is shown to the relay, when it is renewed, what ends it. */

import assert from "node:assert/strict";
import test from "node:test";

import { ApiProblem, createApi } from "../../static/js/api.js";
import { HostError } from "../../static/js/host_error.js";
import { createRelay } from "../../static/js/relay.js";
import { createApex } from "../../static/js/salesforce/apex.js";
import { createNameWay } from "../../static/js/sign_in/name.js";
import { createSessions } from "../../static/js/sign_in/sessions.js";
import { AgentNeeded, isRefusal } from "../../static/js/sign_in/way.js";
import { createWay, needsTickets } from "../../static/js/sign_in/ways.js";
import { hashOf, newWord } from "../../static/js/sign_in/words.js";
import { eventually, named, NOW, problem, RelayOverFetch, settled } from "../fakes/softphone.mjs";

const SESSION = { session: "s1", agent: "alice", expires_in_s: 900, renew_in_s: null };
const POLLED = { cursor: "e.1", now: NOW, events: [], state: {}, superseded: false };
const RENEWAL = "/v1/sessions/current/renewal";

/** A relay client over scripted answers; pauses end when the test says so, and the clock goes on with them. */
function line(scripts = {}, { random = () => 0.5 } = {}) {
  const server = new RelayOverFetch({ "/v1/sessions": () => [201, SESSION], "/v1/poll": [POLLED], ...scripts });
  const clock = { ms: NOW * 1000 };
  const pauses = [];
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clock.ms += ms;
        resolve();
      };
      pauses.push({ ms, end });
      signal?.addEventListener("abort", resolve);
    });
  const now = () => clock.ms;
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const sessions = createSessions({ api, random, now, sleep });
  const events = [];
  const relay = createRelay({ api, sessions, emit: (event) => events.push(event), random, now, sleep });
  api.renew = relay.renew;
  return {
    server,
    api,
    sessions,
    relay,
    events,
    pauses,
    last: () => events.at(-1),
    types: () => events.map((e) => e.type),
  };
}

/** A host whose org signs, or fails as told. */
const signing = (answer) => ({
  signInToken: async (nonce) => {
    if (answer instanceof Error) throw answer;
    return `${answer}.${nonce}.x`;
  },
});

const apexWay = (api, answer = "t") => createWay("apex", { organization: "acme", host: signing(answer), api });
const noTickets = { ask: async () => null };
const tickets = (...given) => ({ ask: async () => given.shift() ?? null });

test("each mode has its way; a mode that nobody knows is an error", () => {
  for (const mode of ["id", "token", "apex", "oidc"]) assert.equal(createWay(mode, {}).mode, mode);
  assert.throws(() => createWay("toString", {}), /toString is none of id, token, apex, oidc/);
  assert.deepEqual(["id", "token", "apex", "oidc"].filter(needsTickets), ["token", "oidc"]);
});

test("by name: Salesforce knows it, else the demonstration's address, else the browser, else the agent", async () => {
  for (const [identity, suggested, kept, expected] of [
    [{ username: "sf" }, "demo", "kept", "sf"],
    [null, "demo", "kept", "demo"],
    [null, "", "kept", "kept"],
    [null, "", null, null],
  ]) {
    const preferences = { get: () => kept, set() {} };
    const host = { identity: async () => identity };
    const way = createNameWay({ organization: "acme", host, preferences, suggested });
    await way.prepare();
    if (expected === null) await assert.rejects(way.prove(), AgentNeeded);
    else assert.deepEqual(await way.prove(), { mode: "id", organization: "acme", agent: expected });
  }
});

test("a name is remembered when it was let in, as the relay writes it, and forgotten with signing out", async () => {
  const kept = new Map();
  const preferences = { get: (key) => kept.get(key) ?? null, set: (key, value) => kept.set(key, value) };
  const way = createNameWay({ organization: "acme", host: { identity: async () => null }, preferences });
  way.enter("Alice");
  assert.equal(kept.size, 0);
  way.accepted("alice");
  assert.equal(kept.get("agent"), "alice");
  way.forget();
  assert.equal(kept.get("agent"), null);
  await assert.rejects(way.prove(), AgentNeeded);
});

test("a token is kept in memory, dropped when refused or signed out; without one another tab is asked", async () => {
  const way = createWay("token", { organization: "acme", tickets: tickets("t-1") });
  assert.deepEqual(await way.prove(), { mode: "ticket", organization: "acme", ticket: "t-1" });
  for (const drop of [way.refused, way.forget]) {
    way.enter("secret");
    assert.deepEqual(await way.prove(), { mode: "token", organization: "acme", token: "secret" });
    drop();
    await assert.rejects(way.prove(), AgentNeeded);
  }
});

test("Salesforce signs with a fresh nonce each time; what it cannot is told apart", async () => {
  let nonces = 0;
  const nonce = () => ({ nonce: `n${++nonces}`, expires_in_s: 120 });
  const { api, server } = line({ "/v1/sign-in/nonce": nonce });
  const way = apexWay(api);
  assert.deepEqual(await way.prove(), { mode: "apex", organization: "acme", token: "t.n1.x" });
  assert.equal((await way.prove()).token, "t.n2.x");
  assert.deepEqual(server.to("/v1/sign-in/nonce")[0].body, { organization: "acme" });
  for (const [code, expected, again] of [
    ["UNAVAILABLE", "apex_outside", false],
    ["TIMEOUT", "apex_silent", true],
    ["SERVER_ERROR", "apex_failed", true],
    ["REFUSED_BY_SCRIPT", "apex_failed", true],
  ]) {
    const error = await apexWay(api, new HostError(code, "You have no access to CtiSignIn"))
      .prove()
      .catch((failure) => failure);
    assert.deepEqual([error.name, error.code, error.again], ["AgentNeeded", expected, again]);
    assert.equal(error.detail !== "", expected === "apex_failed", "only Salesforce's own words");
  }
});

test("the class is asked with the nonce as its parameter, and must return a token", async () => {
  const asked = [];
  const returning = (value) =>
    createApex(async (...call) => {
      asked.push(call);
      return value;
    });
  assert.equal(await returning("aa.bb-_.cc").signInToken("n&1"), "aa.bb-_.cc");
  assert.deepEqual(asked[0], ["CtiSignIn", "token", "nonce=n%261"]);
  for (const wrong of [null, undefined, "", "a.b", "a.b.c.d", "a b.c.d", {}, 7, '{"error":1}'])
    await assert.rejects(returning(wrong).signInToken("n"), { name: "HostError", code: "GENERIC_ERROR" });
});

test("words are 256 random bits, and their hashes those of RFC 7636, appendix B", async () => {
  const words = new Set(Array.from({ length: 10_000 }, () => newWord(crypto)));
  assert.equal(words.size, 10_000);
  for (const word of words) assert.match(word, /^[A-Za-z0-9_-]{43}$/);
  const known = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  assert.equal(await hashOf(known, crypto), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("who it is and how is told with the session; a name is told before", async () => {
  const { relay, events, pauses, api } = line({ "/v1/sign-in/nonce": () => ({ nonce: "n", expires_in_s: 120 }) });
  void relay.start(apexWay(api));
  await eventually(() => events.some(({ type }) => type === "polled"));
  assert.deepEqual(events.slice(0, 2), [
    { type: "sign_in_started", agent: "" },
    { type: "signed_in", agent: "alice", how: "apex", at: NOW },
  ]);
  assert.deepEqual(pauses, []);
  relay.stop();
});

test("a session is renewed at 60 to 80 % of its time, with a fresh proof, and stays the same", async () => {
  for (const random of [0, 0.25, 0.5, 0.999]) {
    let nonces = 0;
    const { relay, server, pauses, api } = line(
      {
        "/v1/sessions": [[201, { ...SESSION, renew_in_s: 600 }]],
        "/v1/sign-in/nonce": () => ({ nonce: `n${++nonces}`, expires_in_s: 120 }),
        [RENEWAL]: [{ ...SESSION, renew_in_s: 300 }, SESSION],
      },
      { random: () => random },
    );
    void relay.start(apexWay(api));
    await eventually(() => pauses.length === 1);
    assert.ok(pauses[0].ms >= 360_000 && pauses[0].ms <= 480_000, String(pauses[0].ms));
    pauses[0].end();
    await eventually(() => pauses.length === 2);
    assert.ok(pauses[1].ms >= 180_000 && pauses[1].ms <= 240_000, "of what the relay says now");
    pauses[1].end();
    await eventually(() => server.to(RENEWAL).length === 2);
    await settled();
    assert.equal(pauses.length, 2, "null: not needed any more");
    assert.deepEqual(
      server.to(RENEWAL).map(({ body, headers }) => [body.token, headers.Authorization]),
      [
        ["t.n2.x", "Bearer s1"],
        ["t.n3.x", "Bearer s1"],
      ],
    );
    assert.equal(server.to("/v1/sessions").length, 1);
    relay.stop();
  }
});

test("a renewal that fails is tried again in what is left, and never after the end", async () => {
  const { relay, server, pauses } = line({
    "/v1/sessions": [[201, { ...SESSION, renew_in_s: 600 }]],
    [RENEWAL]: () => "lost",
  });
  void relay.start(named("alice"));
  for (let turn = 0; turn === 0 || pauses.length > turn; turn += 1) {
    await eventually(() => pauses.length > turn);
    pauses[turn].end();
    await settled();
  }
  const waited = pauses.reduce((sum, { ms }) => sum + ms, 0);
  assert.ok(server.to(RENEWAL).length >= 3 && waited < 600_000, `${server.to(RENEWAL).length} tries in ${waited} ms`);
  relay.stop();
});

test("a renewal that is refused leaves the session to its end; then the agent is told", async () => {
  const { relay, pauses, last, server } = line({
    "/v1/sessions": [[201, { ...SESSION, renew_in_s: 600 }], problem(403, "sign_in_refused")],
    "/v1/poll": [POLLED, problem(401, "session_expired")],
    [RENEWAL]: [problem(403, "sign_in_refused")],
  });
  void relay.start(named("alice"));
  await eventually(() => last()?.type === "sign_in_refused");
  assert.deepEqual(last(), { type: "sign_in_refused", error: "sign_in_refused", detail: "sign_in_refused" });
  assert.equal(server.to("/v1/sessions").length, 2);
  assert.equal(pauses.length, 1, "of the first session's renewal only");
});

test("signing out ends the renewing", async () => {
  const { relay, pauses, server } = line({ "/v1/sessions": [[201, { ...SESSION, renew_in_s: 600 }]] });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  relay.stop({ leave: true });
  pauses[0].end();
  await settled();
  assert.equal(server.to(RENEWAL).length, 0);
});

test("what only the agent can do ends the line, and a later start takes it up again", async () => {
  const { relay, last, types } = line();
  const way = createWay("token", { organization: "acme", tickets: noTickets });
  await relay.start(way);
  assert.deepEqual(last(), { type: "sign_in_needed", error: "", detail: "" });
  way.enter("secret");
  void relay.start(way);
  await eventually(() => types().includes("signed_in"));
  relay.stop();
});

test("what somebody else has to put right is tried again now and then, and when the agent says so", async () => {
  const { relay, pauses, last, api, types } = line({
    "/v1/sign-in/nonce": () => ({ nonce: "n", expires_in_s: 120 }),
  });
  const host = signing(new HostError("SERVER_ERROR", "no class"));
  void relay.start(createWay("apex", { organization: "acme", host, api }));
  await eventually(() => pauses.length === 1);
  assert.deepEqual(last(), { type: "sign_in_needed", error: "apex_failed", detail: "no class" });
  assert.ok(pauses[0].ms >= 60_000 && pauses[0].ms <= 120_000);
  host.signInToken = signing("t").signInToken;
  relay.wake();
  await eventually(() => types().includes("signed_in"));
  relay.stop();
});

test("a ticket that came too late is nobody's fault: the agent is asked", async () => {
  const { relay, last } = line({ "/v1/sessions": [problem(403, "sign_in_refused")] });
  await relay.start(createWay("oidc", { organization: "acme", tickets: tickets("late"), report() {} }));
  assert.deepEqual(last(), { type: "sign_in_needed", error: "", detail: "" });
});

test("a proof that the relay does not understand is refused, too, and not shown again", async () => {
  const { relay, last, server } = line({ "/v1/sessions": [problem(422, "out_of_range")] });
  const way = createWay("token", { organization: "acme", tickets: noTickets });
  way.enter("not a token");
  await relay.start(way);
  assert.equal(last().error, "out_of_range");
  await assert.rejects(way.prove(), AgentNeeded);
  assert.equal(server.to("/v1/sessions").length, 1);
  for (const status of [401, 408, 429, 500, 503]) assert.equal(isRefusal(new ApiProblem(status, {})), false);
});

test("a relay that wants patience is not asked before, whatever wakes the page", async () => {
  const { relay, pauses, last, server } = line({
    "/v1/sessions": [problem(429, "too_many_requests", { "Retry-After": "7" }), [201, SESSION]],
  });
  void relay.start(named("alice"));
  await eventually(() => pauses.length === 1);
  assert.equal(pauses[0].ms, 7_000);
  assert.equal(last().reason, "too_many_requests");
  relay.wake();
  relay.hurry();
  await settled();
  assert.equal(server.to("/v1/sessions").length, 1);
  pauses[0].end();
  await eventually(() => server.to("/v1/poll").length > 0);
  relay.stop();
});

test("Retry-After that is no number of seconds, or none that anybody would wait, changes little", async () => {
  for (const [told, expected] of [
    ["3", 3],
    ["999999", 600],
    ["Fri, 31 Dec 2027 23:59:59 GMT", null],
    ["-1", null],
    ["1e9", null],
  ]) {
    const { api } = line({ "/v1/x": [problem(429, "too_many_requests", { "Retry-After": told })] });
    const error = await api.post("/v1/x", {}).catch((failure) => failure);
    assert.equal(error.retryAfterS, expected, told);
  }
});

test("a command whose session has ended, with nobody to open another, was not done", async () => {
  const { relay, api, types, last } = line({ "/v1/notes": () => problem(401, "session_expired") });
  const way = createWay("token", { organization: "acme", tickets: noTickets });
  way.enter("secret");
  void relay.start(way);
  await eventually(() => types().includes("polled"));
  way.forget();
  await assert.rejects(api.post("/v1/notes", {}), { name: "ApiProblem", errorId: "not_signed_in" });
  assert.equal(last().type, "sign_in_needed");
  assert.equal(api.token, null);
});

test("after signing out nothing opens a session", async () => {
  const { relay, api, server, types } = line({ "/v1/notes": () => problem(401, "not_signed_in") });
  void relay.start(named("alice"));
  await eventually(() => types().includes("polled"));
  relay.stop({ leave: true });
  await assert.rejects(api.post("/v1/notes", {}), { errorId: "not_signed_in" });
  assert.equal(server.to("/v1/sessions").length, 1);
});

test("whoever takes the line back goes on with the session that it has", async () => {
  const { relay, server, types } = line({ "/v1/poll": [{ ...POLLED, superseded: true }, POLLED] });
  await relay.start(named("alice"));
  assert.equal(types().at(-1), "superseded");
  void relay.start(named("alice"));
  await eventually(() => server.to("/v1/poll").length === 3);
  assert.equal(server.to("/v1/sessions").length, 1);
  relay.stop();
});
