/** The window of an identity provider: which messages count, how the code comes back, what ends the waiting. */

import assert from "node:assert/strict";
import test from "node:test";

import { createApi } from "../../static/js/api.js";
import { isTaken, returnedMessage, returnOf, takenMessage } from "../../static/js/sign_in/messages.js";
import { createOidcWay } from "../../static/js/sign_in/oidc.js";
import { comeBack, sendTo } from "../../static/js/sign_in/window.js";
import { hashOf } from "../../static/js/sign_in/words.js";
import { handOver, readReturn } from "../../static/js/sign_in_done/returning.js";
import { eventually, problem, RelayOverFetch, settled } from "../fakes/softphone.mjs";

const ORIGIN = "https://phone.example";
const STATE = "s".repeat(43);
const GOOD = returnedMessage({ code: "c0de", state: STATE, issuer: "https://idp.example", error: "" });
const TAKE = "/v1/sign-in/handoff/take";

/** A window that takes messages, and remembers what was posted to it. */
class FakeWindow extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { closed: false, opener: null, posted: [], visited: [], focused: 0, blocked: false });
    Object.assign(this, { screenX: 0, screenY: 0, outerWidth: 1280, outerHeight: 900, opened: [], crypto });
    this.location = { origin: ORIGIN, replace: (address) => this.visited.push(address) };
  }

  open(...how) {
    if (this.blocked) return null;
    this.opened.push(new FakeWindow());
    this.opened.at(-1).how = how;
    return this.opened.at(-1);
  }

  close() {
    this.closed = true;
  }

  focus() {
    this.focused += 1;
  }

  postMessage(data, target) {
    this.posted.push([data, target]);
  }

  hear(data, origin = ORIGIN, source = null) {
    this.dispatchEvent(Object.assign(new Event("message"), { data, origin, source }));
  }
}

/** Pseudo-random numbers from a seed (mulberry32): what fails can be repeated. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Messages that are nearly right, each spoilt in one way, and messages that are nothing of the kind. */
function* strangeMessages(count, random) {
  const pick = (values) => values[Math.floor(random() * values.length)];
  const junk = () =>
    pick([null, undefined, 0, [], {}, () => {}, new Map(), true, Number.NaN, 1n, "x".repeat(5_000), [GOOD]]);
  const origins = [
    "https://evil.example",
    `${ORIGIN}.evil.example`,
    "http://phone.example",
    "null",
    "",
    `${ORIGIN}:8443`,
  ];
  const other = () => Array.from({ length: 43 }, () => pick("abcXYZ019_-")).join("");
  const spoil = [
    () => ({ data: GOOD, origin: pick(origins) }),
    () => ({ data: { ...GOOD, [pick(Object.keys(GOOD))]: junk() }, origin: ORIGIN }),
    () => ({ data: { ...GOOD, state: other() }, origin: ORIGIN }),
    () => ({ data: { ...GOOD, [other()]: junk() }, origin: ORIGIN }),
    () => {
      const { [pick(Object.keys(GOOD))]: _, ...rest } = GOOD;
      return { data: rest, origin: ORIGIN };
    },
    () => ({ data: { ...GOOD, code: "", error: "" }, origin: ORIGIN }),
    () => ({ data: { ...GOOD, error: "access_denied" }, origin: ORIGIN }),
    () => ({ data: { ...GOOD, code: `c${pick(["\n", "\u0000", "é", "\u202e"])}` }, origin: ORIGIN }),
    () => ({ data: { ...GOOD, code: "c".repeat(4_001) }, origin: ORIGIN }),
    () => ({ data: JSON.stringify(GOOD), origin: ORIGIN }),
    () => ({ data: Object.create(GOOD), origin: ORIGIN }),
    () => ({ data: takenMessage(STATE), origin: ORIGIN }),
    () => ({ data: junk(), origin: pick([...origins, ORIGIN]) }),
  ];
  for (let index = 0; index < count; index += 1) yield pick(spoil)();
}

test("of 10,000 messages from wrong origins or of wrong shape none means anything; the right one does", () => {
  const expected = { origin: ORIGIN, state: STATE };
  let tried = 0;
  for (const message of strangeMessages(10_000, randomFrom(17))) {
    tried += 1;
    assert.equal(returnOf(message, expected), null, `${tried}: ${message.origin}`);
    assert.equal(isTaken({ ...message, data: { ...message.data, more: 1 } }, expected), false);
  }
  assert.equal(tried, 10_000);
  assert.deepEqual(returnOf({ origin: ORIGIN, data: GOOD }, expected), {
    code: "c0de",
    issuer: "https://idp.example",
    error: "",
  });
  assert.ok(isTaken({ origin: ORIGIN, data: takenMessage(STATE) }, expected));
  for (const wrong of [`${ORIGIN}x`, "null"])
    assert.ok(!isTaken({ origin: wrong, data: takenMessage(STATE) }, expected));
});

/** The softphone while it waits; its pauses end when the test says so. */
function waiting(scripts = { [TAKE]: () => problem(404, "not_found") }) {
  const server = new RelayOverFetch(scripts);
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const [window, popup, stop] = [new FakeWindow(), new FakeWindow(), new AbortController()];
  const [pauses, away] = [[], []];
  const clock = { ms: 0 };
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clock.ms += ms;
        resolve();
      };
      if (ms === 0) return end();
      pauses.push(end);
      return signal?.addEventListener("abort", resolve);
    });
  const told = comeBack({
    ...{ window, popup, api, state: STATE, pickup: "p", signal: stop.signal, sleep },
    onAway: () => away.push(clock.ms),
    now: () => clock.ms,
  });
  const second = async () => {
    const before = pauses.length;
    await eventually(() => pauses.length > 0);
    pauses.at(-1)();
    await eventually(() => pauses.length > before || clock.ms >= 180_000);
  };
  return { server, window, popup, stop, told, away, second };
}

test("while it waits, strange messages leave no trace; the right one is acknowledged to its sender", async () => {
  const { window, told, stop } = waiting();
  let settledYet = false;
  void told.then(() => {
    settledYet = true;
  });
  const sender = new FakeWindow();
  for (const { data, origin } of strangeMessages(500, randomFrom(5))) window.hear(data, origin, sender);
  await settled();
  assert.deepEqual([settledYet, sender.posted], [false, []]);
  window.hear(GOOD, ORIGIN, sender);
  assert.deepEqual(await told, { code: "c0de", issuer: "https://idp.example", error: "" });
  assert.deepEqual(sender.posted, [[takenMessage(STATE), ORIGIN]]);
  window.hear(GOOD, ORIGIN, sender);
  assert.equal(sender.posted.length, 1, "it does not listen any longer");
  stop.abort();
});

test("meanwhile the relay is asked each second; its failures do not end the waiting", async () => {
  const { server, told, second } = waiting({
    [TAKE]: [problem(404, "not_found"), "lost", problem(503, "unavailable"), { code: "c0de", issuer: null }],
  });
  for (let turn = 0; turn < 3; turn += 1) await second();
  const last = second().catch(() => {});
  assert.deepEqual(await told, { code: "c0de", issuer: "", error: "" });
  assert.deepEqual(server.to(TAKE)[0].body, { pickup: "p" });
  assert.equal(server.to(TAKE).length, 4);
  await last;
});

test("a window out of reach is told once; after three minutes it is over", async () => {
  const { popup, told, away, second, server } = waiting();
  await second();
  popup.closed = true;
  for (let turn = 0; turn < 179; turn += 1) await second();
  assert.equal(await told, null);
  assert.deepEqual(away, [2_000]);
  assert.equal(server.to(TAKE).length, 180);
});

test("only addresses of pages are gone to, and only by a window that is there", () => {
  const popup = new FakeWindow();
  for (const wrong of [
    "javascript:alert(1)",
    "data:text/html,x",
    "/relative",
    "",
    "blob:https://a/b",
    "file:///etc/passwd",
  ])
    assert.equal(sendTo(popup, wrong), false, wrong);
  assert.equal(sendTo(popup, "https://idp.example/authorize?x=1"), true);
  assert.deepEqual(popup.visited, ["https://idp.example/authorize?x=1"]);
  assert.equal(sendTo(Object.assign(new FakeWindow(), { closed: true }), "https://idp.example/"), false);
});

/** The way of signing in, with a provider that answers what it is told. */
function oidc(scripts = {}, back = async () => ({ code: "c0de", issuer: "https://idp.example", error: "" })) {
  const authorize = () => ({ authorize_url: "https://idp.example/authorize" });
  const server = new RelayOverFetch({ "/v1/sign-in/oidc": authorize, ...scripts });
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const window = new FakeWindow();
  const reports = [];
  const tickets = { ask: async () => null };
  const report = ({ type }) => reports.push(type);
  const way = createOidcWay({ organization: "acme", api, tickets, window, report, comeBack: back });
  return { way, window, server, reports };
}

test("the provider sees hashes only; the words come with the code, once", async () => {
  const { way, server, window } = oidc();
  assert.equal(await way.open(), true);
  const asked = server.to("/v1/sign-in/oidc")[0].body;
  assert.deepEqual(Object.keys(asked), ["organization", "challenge", "state", "nonce_hash"]);
  const proof = await way.prove();
  assert.deepEqual(
    [asked.challenge, asked.nonce_hash],
    [await hashOf(proof.verifier, crypto), await hashOf(proof.nonce, crypto)],
  );
  const { verifier, nonce, ...rest } = proof;
  assert.deepEqual(rest, { mode: "oidc", organization: "acme", code: "c0de", issuer: "https://idp.example" });
  assert.deepEqual(await way.prove(), proof, "a relay that was away is shown it again");
  way.accepted("alice");
  await assert.rejects(way.prove(), { name: "AgentNeeded" });
  assert.ok(window.opened[0].closed);
});

test("no two sign-ins share a word", async () => {
  const seen = new Set();
  for (let turn = 0; turn < 50; turn += 1) {
    const { way, server } = oidc();
    await way.open();
    const { challenge, state, nonce_hash: hash } = server.to("/v1/sign-in/oidc")[0].body;
    const { verifier, nonce } = await way.prove();
    for (const word of [challenge, state, hash, verifier, nonce]) seen.add(word);
  }
  assert.equal(seen.size, 250);
});

test("the window opens within the click, before anything is waited for", () => {
  const { way, window, server } = oidc({ "/v1/sign-in/oidc": [] });
  void way.open().catch(() => {});
  assert.equal(window.opened.length, 1);
  assert.equal(window.opened[0].how[0], "about:blank");
  assert.equal(server.requests.length, 0);
  way.cancel();
});

for (const [name, code, prepare] of [
  ["the browser blocks the window", "popup_blocked", ({ window }) => Object.assign(window, { blocked: true })],
  ["the page is not https", "insecure_page", ({ window }) => Object.assign(window, { crypto: {} })],
]) {
  test(`${name}: it is said, and nothing is asked`, async () => {
    const parts = oidc();
    prepare(parts);
    await assert.rejects(parts.way.open(), { name: "AgentNeeded", code });
    assert.equal(parts.server.requests.length, 0);
  });
}

for (const [name, back, expected] of [
  ["nobody comes back", null, { code: "window_late" }],
  ["the agent says no", { code: "", issuer: "", error: "access_denied" }, { code: "access_denied" }],
  [
    "the provider fails",
    { code: "", issuer: "", error: "invalid_scope" },
    { code: "provider", detail: "invalid_scope" },
  ],
]) {
  test(`${name}: it is said, the window closes, nothing is shown to the relay`, async () => {
    const { way, window } = oidc({}, async () => back);
    await assert.rejects(way.open(), { name: "AgentNeeded", ...expected });
    assert.ok(window.opened[0].closed);
    await assert.rejects(way.prove(), { name: "AgentNeeded", code: "" });
  });
}

test("a relay that refuses or fails closes the window, and its error is told", async () => {
  const { way, window } = oidc({
    "/v1/sign-in/oidc": [problem(429, "too_many_requests", { "Retry-After": "9" }), "lost"],
  });
  await assert.rejects(way.open(), { status: 429, retryAfterS: 9 });
  await assert.rejects(way.open(), { name: "Unreachable" });
  assert.ok(window.opened.every(({ closed }) => closed));
});

test("a second click, giving up and signing out end the first attempt quietly", async () => {
  for (const end of ["open", "cancel", "forget"]) {
    const pending = [];
    const { way, window } = oidc({}, ({ signal }) => {
      const back = new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)));
      pending.push(back);
      return back;
    });
    const first = way.open();
    await eventually(() => pending.length === 1);
    const second = way[end]();
    assert.equal(await first, false, end);
    assert.ok(window.opened[0].closed);
    way.cancel();
    await second;
  }
});

// --- the page to which the provider sends the window back ---

test("what stands in the address is read when it can be a provider's, and else not at all", () => {
  const query = (values) => `?${new URLSearchParams(values)}`;
  assert.deepEqual(readReturn(query({ code: "a b", state: STATE, iss: "https://idp.example" })), {
    code: "a b",
    state: STATE,
    issuer: "https://idp.example",
    error: "",
  });
  assert.equal(readReturn(query({ error: "access_denied", state: STATE })).error, "access_denied");
  const wrong = ["", "?code=c", query({ code: "c", state: "short" }), query({ code: "c", state: STATE, error: "e" })];
  for (const search of [...wrong, query({ state: STATE }), `${query({ code: "c", state: STATE })}&code=d`])
    assert.equal(readReturn(search), null, search);
});

/** The window when it is back; `answer`: what the softphone does with the message. */
function back({ opener = true, answer = () => {}, scripts = { "/v1/sign-in/handoff": [[204, null]] } } = {}) {
  const server = new RelayOverFetch(scripts);
  const api = createApi({ baseUrl: "https://relay.example", fetch: server.fetch });
  const window = new FakeWindow();
  if (opener) {
    window.opener = { postMessage: (...posted) => queueMicrotask(() => answer(window, ...posted)) };
  }
  const told = { code: "c0de", state: STATE, issuer: "", error: "" };
  return {
    server,
    window,
    told,
    hand: (more) => handOver({ window, api, told: { ...told, ...more }, sleep: async () => settled() }),
  };
}

test("the softphone takes it: only it is told, and the window closes itself", async () => {
  const targets = [];
  const { window, hand, server } = back({
    answer(itself, message, target) {
      targets.push(target);
      assert.ok(returnOf({ origin: ORIGIN, data: message }, { origin: ORIGIN, state: STATE }));
      itself.hear(takenMessage("x".repeat(43)));
      itself.hear(takenMessage(STATE), "https://evil.example");
      assert.equal(itself.closed, false);
      itself.hear(takenMessage(STATE));
    },
  });
  assert.equal(await hand(), "good");
  assert.deepEqual([targets, window.closed, server.requests.length], [[ORIGIN], true, 0]);
});

test("without an opener, or with one that does not answer, the relay keeps the code for the softphone", async () => {
  for (const opener of [false, true]) {
    const { window, hand, server } = back({ opener });
    assert.equal(await hand(), "good");
    assert.deepEqual(server.to("/v1/sign-in/handoff")[0].body, { state: STATE, code: "c0de" });
    assert.equal(window.closed, false, "the agent may close it");
  }
  const { hand, server } = back({ opener: false });
  await hand({ issuer: "https://idp.example" });
  assert.equal(server.to("/v1/sign-in/handoff")[0].body.issuer, "https://idp.example");
});

test("an error goes to the softphone, and nowhere else", async () => {
  const alone = back({ opener: false });
  assert.equal(await alone.hand({ code: "", error: "access_denied" }), "failed");
  assert.equal(alone.server.requests.length, 0);
  const lost = back({ opener: false, scripts: { "/v1/sign-in/handoff": ["lost"] } });
  assert.equal(await lost.hand(), "unreachable");
});
