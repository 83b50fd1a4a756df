/** Tabs of one browser let each other in, and only they. Real channels; pauses end when the test says so. */

import assert from "node:assert/strict";
import test from "node:test";

import { createTickets } from "../../static/js/sign_in/tickets.js";
import { eventually, settled } from "../fakes/softphone.mjs";

let scopes = 0;
const openChannel = (name) => new BroadcastChannel(name);

/** A tab; `isIn`: it has a session. Its pauses wait for `pass(most)`, which ends those that are no longer. */
function tab(scope, { isIn = false, random = () => 0.5, fails = false } = {}) {
  const pauses = [];
  const given = [];
  const heard = [];
  const state = { isIn };
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push({ ms, resolve });
      signal?.addEventListener("abort", resolve);
    });
  const api = {
    async post(path, body) {
      assert.deepEqual([path, body], ["/v1/sessions/current/ticket", undefined]);
      if (fails) throw new Error("no session");
      given.push(`${scope}-ticket-${given.length + 1}`);
      return { ticket: given.at(-1), expires_in_s: 10 };
    },
  };
  const tickets = createTickets({ openChannel, scope, api, random, sleep });
  tickets.join({
    isSignedIn: () => state.isIn,
    signedIn: () => heard.push("in"),
    signedOut: () => heard.push("out"),
  });
  const pass = (most) => pauses.filter(({ ms }) => ms <= most).forEach(({ resolve }) => resolve());
  return { ...tickets, pauses, given, heard, state, pass };
}

/** A new browser with its tabs; they are closed when `body` is done. */
async function browser(many, body) {
  const scope = `tickets-${++scopes}/acme`;
  const tabs = many.map((how) => tab(scope, how));
  try {
    await body(...tabs);
  } finally {
    for (const one of tabs) one.stop();
  }
}

test("a signed-in tab lets another one in", () =>
  browser([{ isIn: true }, {}], async (inside, outside) => {
    const asked = outside.ask();
    await eventually(() => inside.pauses.length === 1);
    inside.pass(200);
    assert.equal(await asked, inside.given[0]);
  }));

test("of several one answers: who hears a ticket keeps theirs", () =>
  browser([{ isIn: true, random: () => 0.1 }, { isIn: true, random: () => 0.9 }, {}], async (early, late, outside) => {
    const asked = outside.ask();
    await eventually(() => early.pauses.length === 1 && late.pauses.length === 1);
    assert.deepEqual([early.pauses[0].ms, late.pauses[0].ms], [20, 180]);
    early.pass(20);
    assert.equal(await asked, early.given[0]);
    await settled();
    late.pass(200);
    await settled();
    assert.deepEqual(late.given, []);
  }));

test("nobody answers: after 700 ms the agent is asked, and what comes then is too late", () =>
  browser([{ isIn: true }, {}], async (inside, outside) => {
    const asked = outside.ask();
    assert.equal(outside.pauses[0].ms, 700);
    await eventually(() => inside.pauses.length === 1);
    outside.pass(700);
    assert.equal(await asked, null);
    inside.pass(200);
    await settled();
  }));

test("who is not signed in, was signed out meanwhile, or has lost the session, says nothing", () =>
  browser([{}, { isIn: true }, { isIn: true, fails: true }, {}], async (never, leaving, lost, outside) => {
    const asked = outside.ask();
    await eventually(() => leaving.pauses.length === 1 && lost.pauses.length === 1);
    leaving.state.isIn = false;
    leaving.pass(200);
    lost.pass(200);
    await settled();
    assert.deepEqual([never.pauses.length, leaving.given.length], [0, 0]);
    outside.pass(700);
    assert.equal(await asked, null);
  }));

test("another Salesforce org or another organization in the same browser hears nothing", async () => {
  const here = tab("https://acme.lightning.force.com/acme", { isIn: true });
  const strangers = ["https://globex.lightning.force.com/acme", "https://acme.lightning.force.com/other"].map((scope) =>
    tab(scope),
  );
  const same = tab("https://acme.lightning.force.com/acme");
  const asked = strangers.map((one) => one.ask());
  for (const one of strangers) one.tell("signed_out");
  const own = same.ask();
  await eventually(() => here.pauses.length === 1, "its own org to be heard");
  here.pass(200);
  assert.notEqual(await own, null);
  assert.deepEqual([here.given.length, here.heard], [1, []]);
  for (const one of strangers) one.pass(700);
  assert.deepEqual(await Promise.all(asked), [null, null]);
  for (const one of [here, same, ...strangers]) one.stop();
});

test("signing in and out is told to the others, not to oneself", () =>
  browser([{}, {}], async (one, other) => {
    one.tell("signed_in");
    one.tell("signed_out");
    await eventually(() => other.heard.length === 2);
    assert.deepEqual([other.heard, one.heard], [["in", "out"], []]);
  }));

test("what is no message of a tab is no message, and many questions are not all answered", () =>
  browser([{ isIn: true }, {}], async (inside, outside) => {
    const asked = outside.ask();
    await eventually(() => inside.pauses.length === 1);
    const raw = inside.pauses.length;
    for (const strange of [null, 1, "x", [], {}, { kind: "ticket_wanted" }, { kind: "ticket_wanted", id: 7 }])
      outside.tell(strange);
    await settled();
    assert.equal(inside.pauses.length, raw);
    const more = Array.from({ length: 100 }, () => outside.ask());
    await eventually(() => inside.pauses.length === 32);
    await settled();
    assert.equal(inside.pauses.length, 32);
    outside.pass(700);
    await Promise.all([asked, ...more]);
  }));

test("where the browser has no channels a tab is alone", async () => {
  const tickets = createTickets({ openChannel: null, scope: "x", api: {} });
  tickets.tell("signed_in");
  assert.equal(await tickets.ask(), null);
});
