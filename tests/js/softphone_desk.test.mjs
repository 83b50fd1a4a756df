/** What follows from a call: found, opened once, logged once; what was clicked is dialled. */

import assert from "node:assert/strict";
import test from "node:test";

import { ApiProblem, Unreachable } from "../../static/js/api.js";
import { startDesk } from "../../static/js/desk.js";
import { HostError } from "../../static/js/host_error.js";
import { createTexts } from "../../static/js/i18n.js";
import { startLogbook } from "../../static/js/logbook.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { startPastCalls } from "../../static/js/past_calls.js";
import { deskOf, initialState, reduce } from "../../static/js/state.js";
import { createStore } from "../../static/js/store.js";
import {
  after,
  answer,
  Claims,
  eventually,
  NOW,
  RecordingHost,
  settled,
  snapshot,
  storeAfter,
  told,
} from "../fakes/softphone.mjs";

const ANNA = { id: "003A", name: "Anna", type: "Contact" };
const ACME = { id: "001A", name: "Acme", type: "Account" };
const ENDED = { revision: 9, state: "cleared", cause: "normal", answered_at: NOW, ended_at: NOW + 30 };

/** A page whose call center's settings are still under way. */
function freshStore() {
  const state = after();
  return createStore(reduce, { ...state, settings: { ...state.settings, status: "unknown" } });
}

function atDesk({
  host = new RecordingHost(),
  claims = new Claims(),
  visible = true,
  events = [],
  outcome = "done",
  isNew = false,
} = {}) {
  const checked = { type: "settings_checked", problems: [], effective: { country_code: "49" } };
  const store = isNew ? freshStore() : storeAfter(checked, ...events);
  const dialled = [];
  const commands = { dial: async (number, how) => (dialled.push({ number, ...how }), outcome) };
  const clock = { now: NOW * 1000 };
  const sleeps = [];
  const sleep = (ms) => (sleeps.push(ms), Promise.resolve());
  const parts = { store, host, api: claims, isVisible: () => visible, sleep };
  const texts = createTexts({ en, de }, "en");
  const desk = startDesk({ ...parts, commands, now: () => clock.now });
  const logbook = startLogbook({ ...parts, texts: () => texts, now: () => clock.now });
  const tell = (event, changes) => store.dispatch(answer(told(event, changes)));
  return {
    store,
    host,
    claims,
    desk,
    logbook,
    dialled,
    clock,
    sleeps,
    tell,
    facts: (id = "c1") => deskOf(store.state, id),
  };
}

test("an incoming call with one match opens it, once the right to is granted", async () => {
  const { host, claims, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
  tell("Delivered", {});
  await eventually(() => facts().popped);
  assert.deepEqual(host.opened, [{ recordId: "003A" }]);
  assert.deepEqual(claims.asked, [{ call: "c1", purpose: "pop" }]);
  assert.deepEqual(host.searches[0].keys[0], "+49891234567");
  assert.equal(host.shown, 1);
  tell("CallInformation", { revision: 2 });
  await settled();
  assert.equal(host.searches.length, 1, "asked once for a call");
});

test("without the right the match is named and not opened; a claim that fails is no right", async () => {
  for (const claims of [new Claims(false), Object.assign(new Claims(), { failures: [new Unreachable("network")] })]) {
    const { host, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }), claims });
    tell("Delivered", {});
    await eventually(() => facts().lookup === "found");
    await settled();
    assert.deepEqual(host.opened, []);
    assert.equal(facts().chosen, "003A");
  }
});

test("several matches and none open nothing", async () => {
  for (const found of [[ANNA, ACME], []]) {
    const { host, tell, facts } = atDesk({ host: new RecordingHost({ found }) });
    tell("Delivered", {});
    await eventually(() => ["found", "none"].includes(facts().lookup));
    await settled();
    assert.deepEqual(host.opened, []);
    assert.equal(facts().chosen, null);
  }
});

test("the tab in view asks first", async () => {
  const { sleeps, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }), visible: false });
  tell("Delivered", {});
  await eventually(() => facts().popped);
  assert.deepEqual(sleeps, [400]);
});

test("only a call that rings for the agent pops; every external one is looked up", async () => {
  const stories = [
    ["Originated", { state: "initiated", role: "caller", direction: "outbound", called: { number: "0891", name: "" } }],
    ["Established", { state: "connected" }],
  ];
  for (const [event, changes] of stories) {
    const { host, claims, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
    tell(event, changes);
    await eventually(() => facts().lookup === "found");
    assert.deepEqual([host.opened, claims.asked], [[], []]);
  }
});

test("a colleague's call taken by pickup is found and opened, though it began as an own call", async () => {
  const { host, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
  const own = { direction: "internal", role: "caller", caller: { number: "101", name: "" } };
  tell("Originated", { ...own, state: "initiated", called: { number: "*8", name: "" } });
  tell("Established", { revision: 2, state: "connected", answered_at: NOW });
  await eventually(() => facts().popped);
  assert.deepEqual(host.opened, [{ recordId: "003A" }]);
});

test("a caller whom a colleague announces and transfers is found; what the agent had chosen stays", async () => {
  const announced = { direction: "internal", caller: { number: "102", name: "Bob" } };
  const { host, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
  tell("Delivered", announced);
  tell("Established", { ...announced, revision: 2, state: "connected", answered_at: NOW });
  tell("Transferred", { revision: 3, state: "connected", answered_at: NOW });
  await eventually(() => facts().popped);
  assert.equal(facts().chosen, "003A");
  tell("ConnectionCleared", { ...ENDED, revision: 4, caller: { number: "+49 30 99", name: "" } });
  await settled();
  assert.equal(host.searches.length, 1, "what is over is not searched again");
});

test("another caller in the same call replaces the record that was found, not one that the agent chose", async () => {
  for (const [chooses, searches] of [
    [false, 2],
    [true, 1],
  ]) {
    const host = new RecordingHost({ found: [ANNA] });
    const { desk, tell, facts } = atDesk({ host });
    tell("Established", { state: "connected" });
    await eventually(() => facts().lookup === "found");
    if (chooses) desk.choose("c1", "003A");
    host.found = [ACME];
    tell("Transferred", { revision: 2, state: "connected", caller: { number: "+49 30 99", name: "" } });
    await settled();
    await eventually(() => facts().chosen === (chooses ? "003A" : "001A"));
    assert.equal(host.searches.length, searches);
  }
});

test("internal calls are neither looked up nor logged; a hidden number is not searched", async () => {
  const { host, tell, facts, claims } = atDesk();
  tell("Delivered", { direction: "internal" });
  tell("ConnectionCleared", { ...ENDED, direction: "internal" });
  tell("Delivered", { id: "c2", caller: { number: "", name: "" } });
  await settled();
  assert.deepEqual([host.searches, host.saved, claims.asked], [[], [], []]);
  assert.equal(facts("c2").lookup, "withheld");
});

test("the head office is a guess: named, neither opened nor chosen; the number itself is searched first", async () => {
  const claims = new Claims();
  claims.explanations["+49 89 1234567"] = { lookup: ["+49891234567", "+49891234"], probable: ["+49891234"] };
  const host = new RecordingHost();
  host.search = async (keys) => {
    host.searches.push(keys);
    return { records: keys.includes("+49891234") ? [ACME] : [], popData: { keys } };
  };
  const { tell, facts, desk } = atDesk({ host, claims });
  tell("Delivered", {});
  await eventually(() => facts().lookup === "found");
  assert.deepEqual(host.searches, [["+49891234567"], ["+49891234"]]);
  assert.deepEqual([facts().probable, facts().chosen, host.opened], [true, null, []]);
  await desk.choose("c1", "001A");
  assert.deepEqual([facts().chosen, host.opened], ["001A", [{ recordId: "001A" }]]);
});

test("a text with several numbers becomes a choice", async () => {
  const claims = new Claims();
  claims.explanations["089 1 / 0171 2"] = { alternatives: ["089 1", "0171 2"] };
  const { store, desk } = atDesk({ claims, outcome: "failed" });
  store.dispatch({ type: "dial_filled", number: "089 1 / 0171 2", record: null });
  store.dispatch({ type: "command_sent", id: "d1", verb: "MakeCall" });
  store.dispatch({ type: "command_refused", id: "d1", errorId: "several_numbers" });
  await desk.dial({ number: "089 1 / 0171 2" });
  assert.deepEqual(store.state.dial.choices, ["089 1", "0171 2"]);
  store.dispatch({ type: "dial_typed", text: "0" });
  assert.deepEqual(store.state.dial.choices, []);
});

test("the number is shown as the relay writes it", async () => {
  const claims = new Claims();
  claims.explanations["+49 89 1234567"] = { e164: "+49891234567", display: "089 1234567" };
  const { tell, facts } = atDesk({ claims });
  tell("Delivered", {});
  await eventually(() => facts().recognised);
  assert.deepEqual(facts().recognised, { number: "+49 89 1234567", e164: "+49891234567", display: "089 1234567" });
});

test("a search that fails leaves the call alone", async () => {
  const { tell, facts, store } = atDesk({ host: Object.assign(new RecordingHost(), { searchFails: true }) });
  tell("Delivered", {});
  await eventually(() => facts().lookup === "failed");
  assert.equal(store.state.calls.c1.state, "alerting");
});

test("what the agent chooses is opened and kept for the log", async () => {
  const { host, desk, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA, ACME] }) });
  tell("Delivered", {});
  await eventually(() => facts().lookup === "found");
  await desk.choose("c1", "001A");
  assert.deepEqual(host.opened, [{ recordId: "001A" }]);
  tell("ConnectionCleared", ENDED);
  await eventually(() => host.saved.length === 1);
  assert.equal(host.saved[0].WhatId, "001A");
});

test("a click dials with the record's name; a double click dials once; later it dials again", async () => {
  const { host, dialled, clock, store } = atDesk();
  host.click({ number: "089 1", record: ANNA });
  host.click({ number: "089 1", record: ANNA });
  assert.deepEqual(dialled, [{ number: "089 1", name: "Anna", raw: false, record: ANNA }]);
  assert.equal(host.shown, 2);
  clock.now += 5_000;
  host.click({ number: "089 1", record: ANNA });
  assert.equal(dialled.length, 2);
  await eventually(() => store.state.dial.text === "");
});

test("a click that cannot be dialled now waits in the dial pad", () => {
  const cases = [
    [{ type: "relay_lost", reason: "network", at: NOW }],
    [snapshot({ link: { reachable: false, reason: "no_connector", connector: "" } })],
    [{ type: "settings_checked", problems: [{ setting: "/a/b", value: "x", rule: "r", message: "m" }], effective: {} }],
    [{ type: "signed_out" }],
  ];
  for (const events of cases) {
    const { host, dialled, store } = atDesk({ events });
    host.click({ number: "089 1", record: ANNA });
    assert.deepEqual(dialled, []);
    assert.deepEqual([store.state.dial.text, store.state.dial.record, store.state.tab], ["089 1", ANNA, "phone"]);
  }
});

test("calls that nobody confirms after a restart end; those told again stay", async () => {
  const { tell, store } = atDesk();
  tell("Delivered", {});
  tell("Delivered", { id: "c2" });
  store.dispatch(snapshot({ resync: "epoch", calls: [store.state.calls.c2] }));
  await eventually(() => store.state.calls.c1.state === "cleared");
  assert.equal(store.state.calls.c1.cause, "lost");
  assert.equal(store.state.calls.c2.state, "alerting");
});

test("while the phone system is out of reach nothing is given up", async () => {
  const { tell, store } = atDesk();
  tell("Delivered", {});
  store.dispatch(snapshot({ resync: "epoch", link: { reachable: false, reason: "no_connector", connector: "" } }));
  await settled();
  assert.equal(store.state.calls.c1.state, "alerting");
});

test("an ended call is claimed, saved with its record, and shown in Salesforce", async () => {
  const { host, claims, tell, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
  tell("Delivered", {});
  await eventually(() => facts().popped);
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "saved");
  assert.deepEqual(claims.asked.at(-1), { call: "c1", purpose: "log" });
  assert.deepEqual([host.saved[0].WhoId, host.saved[0].CallDurationInSeconds], ["003A", 30]);
  await eventually(() => host.refreshed === 1);
  tell("ConnectionCleared", { ...ENDED, revision: 10 });
  await settled();
  assert.equal(host.saved.length, 1);
});

test("a call that is told of only after its end is still found and logged", async () => {
  const { host, store, facts } = atDesk({ host: new RecordingHost({ found: [ANNA] }) });
  const call = told("ConnectionCleared", { ...ENDED }).call;
  store.dispatch(snapshot({ calls: [call] }));
  await eventually(() => facts().log === "saved");
  assert.equal(host.saved[0].WhoId, "003A");
  assert.deepEqual(host.opened, []);
});

test("who knows most about a call asks first", async () => {
  const knowing = atDesk();
  knowing.tell("Delivered", {});
  knowing.store.dispatch({ type: "note_typed", call: "c1", text: "hello" });
  knowing.tell("ConnectionCleared", ENDED);
  await eventually(() => knowing.facts().log === "saved");
  assert.equal(knowing.sleeps.at(-1), 0);
  const hidden = atDesk({ visible: false });
  hidden.tell("ConnectionCleared", ENDED);
  await eventually(() => hidden.facts().log === "saved");
  assert.equal(hidden.sleeps.at(-1), 2_000);
});

test("what another tab logs is not logged again", async () => {
  const { host, tell, facts } = atDesk({ claims: new Claims(false) });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "elsewhere");
  assert.deepEqual(host.saved, []);
});

test("a failed save stays until it succeeds, with the right it was granted once", async () => {
  const host = Object.assign(new RecordingHost(), { saveFails: [new HostError("TIMEOUT", "no answer")] });
  const { claims, logbook, tell, facts } = atDesk({ host });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "failed");
  assert.equal(facts().logError, "TIMEOUT");
  await logbook.retry("c1");
  assert.equal(facts().log, "saved");
  assert.equal(claims.asked.filter(({ purpose }) => purpose === "log").length, 1);
  assert.equal(host.saved.length, 1);
});

test("what is logged is said to be done, and so is what needs no log", async () => {
  const { claims, tell, facts } = atDesk();
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "saved");
  tell("ConnectionCleared", { ...ENDED, id: "c2", direction: "internal" });
  await eventually(() => claims.settled.length === 2);
  assert.deepEqual(claims.settled, ["c1", "c2"]);
  const standalone = atDesk({ host: new RecordingHost({ canLog: false }) });
  standalone.tell("ConnectionCleared", ENDED);
  await eventually(() => standalone.claims.settled.length === 1);
  assert.equal(standalone.facts().log, "none");
});

for (const [logs, saves, log] of [
  [{ c1: "00T9" }, 0, "saved"],
  [{}, 1, "saved"],
  [undefined, 0, "failed"],
]) {
  test(`a log taken over is looked for first: ${JSON.stringify(logs)}`, async () => {
    const host = Object.assign(new RecordingHost(), { logs });
    const claims = Object.assign(new Claims(), { answers: [{ taken_over: true }] });
    const { tell, facts, logbook } = atDesk({ host, claims });
    tell("ConnectionCleared", ENDED);
    await eventually(() => facts().log === log);
    assert.equal(host.saved.length, saves);
    assert.equal(facts().taskId, logs?.c1 ?? (saves ? "00T1" : null));
    if (log === "failed") {
      assert.equal(facts().logError, "maybe_logged");
      await logbook.retry("c1");
      assert.equal(host.saved.length, 1, "the agent has looked, and wants it");
    }
  });
}

test("a tab that may not log asks again, and takes over from one that is gone", async () => {
  const host = Object.assign(new RecordingHost(), { logs: {} });
  const claims = Object.assign(new Claims(false), { answers: [{}, {}, { granted: true, taken_over: true }] });
  const { tell, facts, sleeps } = atDesk({ host, claims });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "saved");
  assert.equal(host.saved.length, 1);
  assert.deepEqual(sleeps.slice(-2), [10_000, 10_000]);
});

test("what is settled is not asked for again", async () => {
  const claims = Object.assign(new Claims(false), { answers: [{ settled: true }] });
  const { tell, facts } = atDesk({ claims });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "elsewhere");
  await settled();
  assert.equal(claims.asked.length, 1);
});

test("a save without an answer may have been written: the retry looks first", async () => {
  const host = Object.assign(new RecordingHost(), { saveFails: [new HostError("TIMEOUT", "")], logs: { c1: "00T9" } });
  const { logbook, tell, facts, claims } = atDesk({ host });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "failed");
  await logbook.retry("c1");
  assert.deepEqual([facts().log, facts().taskId, host.saved], ["saved", "00T9", []]);
  assert.deepEqual(claims.settled, ["c1"]);
});

test("a right that was granted long ago is asked for anew: the tab may have slept", async () => {
  const host = Object.assign(new RecordingHost(), { saveFails: [new HostError("GENERIC_ERROR", "")] });
  const { logbook, tell, facts, claims, clock } = atDesk({ host });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "failed");
  clock.now += 60_000;
  await logbook.retry("c1");
  assert.equal(claims.asked.length, 2);
});

test("a call that the relay has forgotten is logged only when the agent insists", async () => {
  const gone = () => new ApiProblem(404, { error_id: "unknown_call" });
  const claims = Object.assign(new Claims(), { failures: [gone(), gone()] });
  const { host, logbook, tell, facts } = atDesk({ claims });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "failed");
  assert.deepEqual(host.saved, []);
  await logbook.retry("c1");
  assert.equal(host.saved.length, 1);
});

test("a relay out of reach at the end of a call makes it wait visibly", async () => {
  const { logbook, tell, facts, host } = atDesk({
    claims: Object.assign(new Claims(), { failures: [new Unreachable("network")] }),
  });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "failed");
  assert.equal(facts().logError, "relay_unreachable");
  await logbook.retry("c1");
  assert.equal(host.saved.length, 1);
});

test("late notes change the Task that was saved", async () => {
  const { host, store, logbook, tell, facts } = atDesk();
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "saved");
  store.dispatch({ type: "note_typed", call: "c1", text: "late" });
  await logbook.saveAgain("c1");
  assert.deepEqual(host.saved[1], { Id: "00T1", Description: "late" }, "nothing but what has changed");
  assert.equal(facts().logStale, false);
});

test("a save that meets changes of somebody else keeps them, and says so", async () => {
  const { host, store, logbook, tell, facts } = atDesk();
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "saved");
  host.tasks = { c1: { ...host.saved[0], Id: "00T1", CallDisposition: "Escalated", Description: "see case" } };
  store.dispatch({ type: "note_typed", call: "c1", text: "late" });
  store.dispatch({ type: "wrap_up_changed", call: "c1", changes: { disposition: "Sold", followUp: "Call again" } });
  await logbook.saveAgain("c1");
  assert.deepEqual(host.saved[1], { Id: "00T1", Description: "see case\nlate" });
  assert.deepEqual([facts().keptFields, facts().followUpId], [["CallDisposition"], "00T1"]);
  assert.equal(host.saved[2].Subject, "Call again");
  await logbook.saveAgain("c1");
  assert.equal(host.saved.length, 3, "the follow-up is written once");
  store.dispatch({ type: "note_typed", call: "c1", text: "later" });
  await logbook.saveAgain("c1");
  assert.equal(host.saved[3].Description, "see case\nlater", "the own line is written anew");
});

test("late notes on a call that another tab has logged go into its Task", async () => {
  const host = Object.assign(new RecordingHost(), {
    logs: { c1: "00T9" },
    tasks: { c1: { Id: "00T9", Description: "" } },
  });
  const claims = Object.assign(new Claims(false), { answers: [{ settled: true }] });
  const { store, logbook, tell, facts } = atDesk({ host, claims });
  tell("ConnectionCleared", ENDED);
  await eventually(() => facts().log === "elsewhere");
  store.dispatch({ type: "note_typed", call: "c1", text: "late" });
  await logbook.saveAgain("c1");
  assert.deepEqual(host.saved, [{ Id: "00T9", Description: "late" }]);
});

test("a call that the agent does not want logged is not, and one among colleagues is when they want it", async () => {
  const unwanted = atDesk();
  unwanted.tell("Established", { state: "connected", answered_at: NOW });
  unwanted.store.dispatch({ type: "wrap_up_changed", call: "c1", changes: { log: false } });
  unwanted.tell("ConnectionCleared", ENDED);
  await eventually(() => unwanted.claims.settled.length === 1);
  assert.deepEqual(unwanted.host.saved, []);
  const internal = atDesk();
  internal.tell("Established", { state: "connected", answered_at: NOW, direction: "internal" });
  internal.store.dispatch({ type: "wrap_up_changed", call: "c1", changes: { log: true } });
  internal.tell("ConnectionCleared", { ...ENDED, direction: "internal" });
  await eventually(() => internal.host.saved.length === 1);
  assert.equal(internal.host.saved[0].CallType, "Internal");
});

test("where no call is to be logged none is, and the relay may forget it; nobody reads the calls of last month", async () => {
  const panel = { ...initialState.settings.panel, log_calls: false };
  const { host, claims, tell, store } = atDesk({
    events: [{ type: "settings_checked", problems: [], effective: {}, panel }],
  });
  const pastCalls = startPastCalls({ store, host });
  tell("Established", { state: "connected", answered_at: NOW });
  store.dispatch({ type: "wrap_up_changed", call: "c1", changes: { log: true } });
  tell("ConnectionCleared", ENDED);
  await eventually(() => claims.settled.length === 1);
  store.dispatch({ type: "tab_chosen", tab: "history" });
  await settled();
  assert.deepEqual([host.saved, store.state.past.status], [[], "idle"]);
  pastCalls.stop();
});

test("a call that ends before the settings are known waits for them", async () => {
  const panel = { ...initialState.settings.panel, log_calls: false };
  const { host, claims, tell, store } = atDesk({ isNew: true });
  tell("ConnectionCleared", { ...ENDED, caller: { number: "", name: "" } });
  await settled();
  assert.deepEqual([claims.asked, claims.settled], [[], []]);
  store.dispatch({ type: "settings_checked", problems: [], effective: {}, panel });
  await eventually(() => claims.settled.length === 1);
  assert.deepEqual(host.saved, []);
});

test("a call handed over by a colleague opens their record, with their notes, and is not searched", async () => {
  const { host, store, facts } = atDesk({ host: new RecordingHost({ found: [] }) });
  const record = { id: "003000000000001AAA", type: "Contact", name: "Anna", contact_id: "" };
  const work = { call: "c1", notes: "wants a quote", record };
  store.dispatch(
    answer(told("Delivered", { transferred_from: { number: "102", name: "Bob" } }), { type: "work", work }),
  );
  await eventually(() => host.opened.length === 1);
  assert.deepEqual([host.opened, host.searches], [[{ recordId: record.id }], []]);
  assert.deepEqual([facts().notes, facts().chosen], ["wants a quote", record.id]);
});

test("outside Salesforce nothing is claimed, searched or saved", async () => {
  const { host, claims, tell, facts } = atDesk({ host: new RecordingHost({ canPop: false, canLog: false }) });
  tell("Delivered", {});
  tell("ConnectionCleared", ENDED);
  await settled();
  assert.deepEqual([host.searches, host.saved, claims.asked], [[], [], []]);
  assert.deepEqual([facts().lookup, facts().log], ["unavailable", "none"]);
});

test("who does not want to be called is not dialled before the agent says so; no answer in time is no objection", async () => {
  const panel = {
    do_not_call: "warn",
    pop_on: "ring",
    pop_rules: [],
    new_records: [],
    dispositions: [],
    away_reasons: [],
  };
  const warns = [{ type: "settings_checked", problems: [], effective: {}, panel }];
  const unwanted = atDesk({ events: warns });
  unwanted.host.doNotCall = async (id) => id === ANNA.id;
  unwanted.host.click({ number: "089 1", record: ANNA });
  await eventually(() => unwanted.store.state.dial.unwanted === "warn");
  assert.deepEqual([unwanted.dialled, unwanted.store.state.dial.text], [[], "089 1"]);
  await unwanted.desk.dial({ number: "089 1", record: ANNA, anyway: true });
  assert.equal(unwanted.dialled.length, 1);
  for (const doNotCall of [async () => false, async () => Promise.reject(new Error("no class"))]) {
    const free = atDesk({ events: warns });
    free.host.doNotCall = doNotCall;
    free.host.click({ number: "089 1", record: ANNA });
    await eventually(() => free.dialled.length === 1);
  }
});

test("what the caller has entered opens, and is what the call is about; their number says who it is", async () => {
  const rule = { field: "data.CASE", pattern: "*", target: "search", name: "data.CASE" };
  const panel = { pop_on: "ring", pop_rules: [rule], new_records: [], wrap_up: "off", log_internal: false };
  const checked = { type: "settings_checked", problems: [], effective: {}, panel };
  const CASE = { id: "500A", name: "00001026", type: "Case" };
  const host = new RecordingHost();
  const answers = { "00001026": [CASE], 4711: [ANNA], 99: [] };
  host.search = async ([key]) => ({ records: answers[key] ?? [ACME], popData: null });
  const { tell, facts } = atDesk({ host, events: [checked] });
  tell("Delivered", { data: { CASE: "00001026" } });
  await eventually(() => host.opened.length === 1);
  assert.deepEqual([facts().wrapUp.related, facts().chosen], [CASE, ACME.id]);
  tell("Delivered", { id: "c2", data: { CASE: "4711" } });
  await eventually(() => host.opened.length === 2);
  assert.deepEqual([facts("c2").wrapUp.related, facts("c2").chosen], [null, ANNA.id], "a person is who calls");
  tell("Delivered", { id: "c3", data: { CASE: "99" } });
  await eventually(() => host.opened.length === 3);
  assert.deepEqual(host.opened, [{ recordId: CASE.id }, { recordId: ANNA.id }, { recordId: ACME.id }]);
});

test("who hides their number is known by what they have entered", async () => {
  const search = { field: "data.CASE", pattern: "*", target: "search", name: "data.CASE" };
  const byId = { field: "data.ID", pattern: "*", target: "record", name: "data.ID" };
  const panel = { pop_on: "ring", pop_rules: [search, byId], new_records: [], wrap_up: "off", log_internal: false };
  const checked = { type: "settings_checked", problems: [], effective: {}, panel };
  const CASE = { id: "500A", name: "00001026", type: "Case" };
  const host = new RecordingHost();
  const asked = [];
  const answers = { "00001026": [CASE], 4711: [ANNA] };
  host.search = async ([key]) => (asked.push(key), { records: answers[key] ?? [], popData: null });
  const { tell, facts, claims } = atDesk({ host, events: [checked] });
  const hidden = { caller: { number: "", name: "" } };
  tell("Delivered", { ...hidden, data: { CASE: "00001026" } });
  await eventually(() => host.opened.length === 1);
  assert.deepEqual([facts().wrapUp.related, facts().chosen, facts().lookup], [CASE, null, "withheld"]);
  tell("Delivered", { ...hidden, id: "c2", data: { CASE: "4711" } });
  await eventually(() => host.opened.length === 2);
  assert.deepEqual([facts("c2").chosen, facts("c2").lookup], [ANNA.id, "found"]);
  tell("Delivered", { ...hidden, id: "c3", data: { ID: "500000000000001AAA" } });
  await eventually(() => host.opened.length === 3);
  assert.deepEqual(
    host.opened.map(({ recordId }) => recordId),
    [CASE.id, ANNA.id, "500000000000001AAA"],
  );
  tell("Delivered", { ...hidden, id: "c4", data: { CASE: "99" } });
  await eventually(() => facts("c4").lookup === "withheld");
  await settled();
  assert.deepEqual([host.opened.length, asked], [3, ["00001026", "4711", "99"]], "there is no number to fall back to");
  assert.deepEqual(claims.explained, [], "nobody is asked what no number is");
});
