/** What belongs to being signed in, and what is shown to whoever is not: store, view, and the session between them. */

import assert from "node:assert/strict";
import test from "node:test";

import { ApiProblem, Unreachable } from "../../static/js/api.js";
import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { createSession } from "../../static/js/session.js";
import { AgentNeeded } from "../../static/js/sign_in/way.js";
import { initialState, reduce } from "../../static/js/state.js";
import { createStore } from "../../static/js/store.js";
import { view } from "../../static/js/view.js";
import { healthReport } from "../../static/js/view/health.js";
import { after, call, NOW, settled, snapshot } from "../fakes/softphone.mjs";

const TEXTS = { en: createTexts({ en, de }, "en"), de: createTexts({ en, de }, "de") };
const configured = (signIn) => ({
  ...{ type: "configured", language: "en", version: "1", demo: false, signIn },
  preferences: initialState.preferences,
});
const fresh = (signIn, ...events) => [configured(signIn), ...events].reduce(reduce, initialState);
const shown = (state, language = "en", now = NOW) => view(state, now, TEXTS[language]);
const NEEDED = { type: "sign_in_needed" };
const MODES = ["id", "token", "oidc", "apex"];

test("each mode asks in its own way, in both languages", () => {
  const forms = MODES.map((mode) => shown(fresh(mode, NEEDED)).signIn.form);
  assert.deepEqual(forms, ["name", "token", "button", "button"]);
  for (const mode of MODES)
    for (const language of ["en", "de"]) {
      const { signIn } = shown(fresh(mode, NEEDED), language);
      for (const text of [signIn.title, signIn.text, signIn.button.label]) assert.doesNotMatch(text, /^sign_in\.|^$/);
    }
});

test("every code of every way has a sentence of its own; what the relay refuses has the mode's", () => {
  const codes = ["popup_blocked", "window_closed", "window_late", "access_denied", "provider", "insecure_page"];
  const more = ["wait", "unreachable", "apex_outside", "apex_silent", "apex_failed"];
  for (const code of [...codes, ...more]) assert.ok(`sign_in.error.${code}` in en, code);
  const refused = MODES.map((mode) => {
    const state = fresh(mode, { type: "sign_in_refused", error: "out_of_range", detail: "token: too long" });
    const { error, detail } = shown(state).signIn;
    assert.equal(detail, "token: too long");
    return error;
  });
  assert.deepEqual(
    refused,
    MODES.map((mode) => en[`sign_in.error.refused.${mode}`]),
  );
});

test("the window: it is shown again, given up, or opened anew", () => {
  const opened = fresh("oidc", NEEDED, { type: "window_opened" });
  assert.deepEqual([shown(opened).signIn.button.does, shown(opened).signIn.cancel.shown], ["show", true]);
  const away = reduce(opened, { type: "window_away" });
  assert.deepEqual([shown(away).signIn.button.does, shown(away).signIn.cancel.shown], ["open", true]);
  const closed = reduce(away, { type: "window_closed" });
  assert.deepEqual([shown(closed).signIn.button.does, shown(closed).signIn.cancel.shown], ["open", false]);
  const done = after();
  assert.equal(reduce(done, { type: "window_away" }), done, "who is in is in");
});

test("too many tries: the button counts down, whatever the relay's clock says", () => {
  const state = {
    ...fresh("oidc", NEEDED, { type: "window_failed", error: "wait", notBefore: NOW + 9 }),
    clockOffset: 500,
  };
  assert.match(shown(state, "en", NOW + 500).signIn.button.reason, /in 9 s/);
  assert.equal(shown(state, "en", NOW + 500 + 9).signIn.button.reason, "");
});

test("whoever was asked keeps the form until they are in; a desk is shown only to whom it belongs", () => {
  const tried = fresh("token", NEEDED, { type: "sign_in_started", agent: "" });
  assert.deepEqual([shown(tried).signIn.form, shown(tried).signIn.button.pending], ["token", true]);
  assert.equal(shown(fresh("token", { type: "sign_in_started", agent: "" })).signIn.form, "", "nobody was asked yet");
  const working = [
    snapshot({ calls: [call({ state: "connected", answered_at: NOW })] }),
    { type: "note_typed", call: "c1", text: "secret" },
  ];
  const inside = after(...working);
  assert.ok(shown(inside).active);
  const asked = reduce(inside, NEEDED);
  const again = reduce(asked, { type: "sign_in_started", agent: "" });
  for (const state of [asked, again]) {
    const vm = shown(state);
    assert.deepEqual([vm.active, vm.incoming, vm.ended, vm.signedIn], [null, [], null, false]);
    assert.ok(!JSON.stringify(vm).includes("secret"));
  }
  const same = reduce(again, { type: "signed_in", agent: "alice", how: "ticket", at: NOW });
  assert.ok(JSON.stringify(shown(same)).includes("secret"), "their own notes are still there");
  const other = reduce(again, { type: "signed_in", agent: "bob", how: "oidc", at: NOW });
  assert.deepEqual([other.calls, other.desk], [{}, {}]);
  assert.deepEqual(reduce(inside, { type: "signed_out" }).calls, {});
});

test("silently again: the desk stays, and nothing is said; with the agent needed it is said", () => {
  const again = reduce(after(), { type: "sign_in_started", agent: "alice" });
  assert.equal(shown(again).signedIn, true);
  assert.equal(shown(reduce(after(), NEEDED)).announcement, "You have to sign in again");
  assert.equal(shown(fresh("oidc", NEEDED)).announcement, "");
  assert.deepEqual(shown(reduce(after(), NEEDED)).window.label, "Phone: sign in");
});

test("the notice of signing in by name is there for good, and only in this mode", () => {
  const notice = (state) => shown(state).banners.find(({ key }) => key === "sign_in_by_id");
  for (const demo of [true, false]) {
    const found = notice({ ...after(), demo });
    assert.deepEqual([found.tone, found.dismiss, found.more.text !== ""], ["info", null, true]);
  }
  for (const mode of ["apex", "oidc", "token"]) assert.equal(notice({ ...after(), signIn: mode }), undefined);
});

test("how and since when is told in the settings and in the report, with no name", () => {
  const state = { ...after({ type: "signed_in", agent: "alice", how: "apex", at: NOW - 90 }), signIn: "apex" };
  assert.match(
    shown(state).settings.facts.find(({ key }) => key === "sign_in").value,
    /by Salesforce, since \d\d:\d\d/,
  );
  assert.match(healthReport(state, NOW, [], { agent: "x" }), /signed in: mode apex, by apex for 1:30/);
  for (const mode of [...MODES, "ticket"]) assert.ok(`sign_in.how.${mode}` in en, mode);
  assert.equal(shown(fresh("apex")).settings.facts.find(({ key }) => key === "sign_in").value, "–");
  assert.deepEqual([shown(state).settings.signOut, shown(state).settings.warning], ["Sign out", ""]);
});

/** A session with parts that remember what was asked of them. */
function session({ open = async () => true, way = {}, tickets = null, state = "starting" } = {}) {
  const done = [];
  const store = createStore(reduce, state === "in" ? after() : fresh("oidc"));
  const note =
    (name) =>
    (...values) =>
      void done.push([name, ...values].join(" ").trim());
  const relay = {
    start: note("start"),
    stop: ({ leave = false } = {}) => note("stop")(leave ? "leave" : ""),
    wake() {},
  };
  const host = { settings: async () => ({}), ready: note("ready"), disableClickToDial: async () => {} };
  const theirs = {
    prepare: async () => note("prepare")(),
    enter: note("enter"),
    forget: note("forget"),
    cancel: note("cancel"),
    open,
    ...way,
  };
  const channel = tickets && { ...tickets, join: (handlers) => Object.assign(tickets, handlers), tell: note("tell") };
  const api = { token: state === "in" ? "s1" : null, post: async () => ({ problems: [] }) };
  const made = createSession({ store, host, relay, api, way: theirs, tickets: channel, now: () => NOW * 1000 });
  return { ...made, store, done, api };
}

test("it begins with what needs nobody; a name or token is entered, and the line begins anew", async () => {
  const { begin, signIn, done, store } = session();
  await begin();
  assert.deepEqual(done, ["prepare", "start [object Object]"]);
  signIn("secret");
  assert.deepEqual(done.slice(2), ["enter secret", "stop", "start [object Object]"]);
  assert.equal(store.state.session.status, "signing_in");
});

for (const [name, error, expected] of [
  ["only the agent can help", new AgentNeeded("popup_blocked"), { error: "popup_blocked", detail: "" }],
  ["the relay wants patience", new ApiProblem(429, {}, 7), { error: "wait", notBefore: NOW + 7 }],
  ["the relay refuses", new ApiProblem(403, { detail: "Inactive." }), { error: "refused", detail: "Inactive." }],
  ["the relay is away", new Unreachable("network"), { error: "unreachable" }],
]) {
  test(`the window leads to nothing, for ${name}: it is said`, async () => {
    const open = () => Promise.reject(error);
    const { openWindow, store, done } = session({ open });
    store.dispatch(NEEDED);
    await openWindow();
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(store.state.session[field], value);
    assert.ok(!done.includes("start [object Object]"));
  });
}

test("a window that was given up says nothing", async () => {
  const { openWindow, store, done } = session({ open: async () => false });
  store.dispatch(NEEDED);
  await openWindow();
  assert.deepEqual([store.state.session.error, done.length > 1], [null, false]);
});

test("signing out forgets all and is told to the other tabs; they do the same and do not tell", async () => {
  const tickets = {};
  const here = session({ tickets, state: "in" });
  assert.equal(tickets.isSignedIn(), true);
  here.signOut();
  for (const one of ["stop leave", "forget", "tell signed_out"]) assert.ok(here.done.includes(one), one);
  assert.equal(here.store.state.session.status, "needed");
  const elsewhere = {};
  const there = session({ tickets: elsewhere, state: "in" });
  elsewhere.signedOut();
  assert.ok(there.done.includes("forget") && !there.done.includes("tell signed_out"));
  assert.equal(there.store.state.session.status, "needed");
  there.done.length = 0;
  elsewhere.signedOut();
  assert.deepEqual(there.done, [], "once is enough");
});

test("who waits for the agent follows another tab that has signed in; who is in does not", async () => {
  const tickets = {};
  const waiting = session({ tickets });
  tickets.signedIn();
  assert.deepEqual(waiting.done, [], "not before it has tried itself");
  waiting.store.dispatch(NEEDED);
  waiting.done.length = 0;
  tickets.signedIn();
  assert.deepEqual(waiting.done, ["cancel", "stop", "start [object Object]"]);
  const others = {};
  const inside = session({ tickets: others, state: "in" });
  others.signedIn();
  assert.deepEqual(inside.done, []);
  await settled();
});
