/** The view: what is shown, what is enabled, and why not. */

import assert from "node:assert/strict";
import test from "node:test";

import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { shortcutOf, SHORTCUTS } from "../../static/js/shortcuts.js";
import { runShortcut } from "../../static/js/actions.js";
import { view } from "../../static/js/view.js";
import { after, answer, NOW, snapshot, told } from "../fakes/softphone.mjs";

const TEXTS = { en: createTexts({ en, de }, "en"), de: createTexts({ en, de }, "de") };
const seen = (...events) => view(after(...events), NOW, TEXTS.en);
const ringing = (changes) => answer(told("Delivered", changes));
const talking = (changes) => answer(told("Established", { state: "connected", answered_at: NOW - 83, ...changes }));
const AWAY = { reachable: false, reason: "connector_lost", connector: "demo" };

test("a ringing call can be answered and declined", () => {
  const [call] = seen(ringing({ caller: { number: "089", name: "Anna" }, queue: "Sales" })).incoming;
  assert.deepEqual([call.name, call.number, call.queue, call.title], ["Anna", "089", "Queue Sales", "Incoming call"]);
  const [waited] = seen(ringing({ queue: "Sales", queued_at: NOW - 42 })).incoming;
  assert.equal(waited.queue, "Queue Sales, waited 0:42");
  assert.ok(call.controls.answer.enabled && call.controls.decline.enabled);
});

test("nothing can be done, and the reason is said, while the relay or the phone system is away", () => {
  const lost = seen(ringing({}), { type: "relay_lost", reason: "network", at: NOW });
  assert.equal(lost.incoming[0].controls.answer.enabled, false);
  assert.match(lost.incoming[0].controls.answer.reason, /no connection/);
  assert.match(lost.presence.reason, /no connection/);
  const away = seen(ringing({}), answer({ type: "link", link: AWAY }));
  assert.match(away.incoming[0].controls.answer.reason, /phone system is out of reach/);
  assert.match(away.dial.button.reason, /phone system is out of reach/);
});

test("what phone or phone system cannot do is refused with its reason, in both languages", () => {
  const state = after(talking({ unsupported: { HoldCall: "not_supported_by_phone", GenerateDigits: "strange_code" } }));
  const [english, german] = ["en", "de"].map((language) => view(state, NOW, TEXTS[language]).active.controls);
  assert.match(english.hold.reason, /Your phone cannot do this/);
  assert.match(german.hold.reason, /Ihr Telefon kann das nicht/);
  assert.match(english.keypad.reason, /strange_code/);
  assert.ok(english.mute.enabled && english.transfer.enabled);
});

test("each state offers what makes sense in it", () => {
  const shown = (controls) =>
    Object.values(controls)
      .filter((control) => control.shown && control.enabled)
      .map(({ name }) => name)
      .sort();
  const of = (changes) => shown(seen(talking(changes)).active.controls);
  assert.deepEqual(of({}), ["hangup", "hold", "keypad", "mute", "park", "record", "transfer"]);
  assert.deepEqual(of({ state: "held", held_at: NOW }), ["hangup", "park", "record", "retrieve", "transfer"]);
  const notOffered = { SetRecording: "recording_not_offered", ParkCall: "parking_not_offered" };
  assert.deepEqual(of({ unsupported: notOffered }), ["hangup", "hold", "keypad", "mute", "transfer"]);
  assert.ok(of({ recording: "on" }).includes("pauseRecording"));
  assert.deepEqual(of({ state: "initiated" }), ["hangup"]);
  assert.deepEqual(of({ state: "queued" }), ["hangup"]);
  assert.deepEqual(of({ state: "failed", cause: "busy" }), ["hangup"]);
  assert.equal(seen(talking({ state: "failed", cause: "busy" })).active.stateLabel, "Busy");
});

test("a command on its way looks pending and cannot be repeated", () => {
  const { hold, mute } = seen(talking({}), { type: "command_sent", id: "k", verb: "HoldCall", call: "c1" }).active
    .controls;
  assert.deepEqual([hold.pending, hold.enabled, mute.pending, mute.enabled], [true, false, false, true]);
});

test("a command that failed is a sentence beside its call", () => {
  const failed = answer({
    type: "command",
    outcome: { id: "k", state: "failed", error_id: "call_gone", detail: null },
  });
  const { active } = seen(talking({}), { type: "command_sent", id: "k", verb: "HoldCall", call: "c1" }, failed);
  assert.equal(active.problem, "Holding: The call has already ended.");
});

test("timers follow the relay's clock and show since when it is held", () => {
  const { active } = seen(talking({ state: "held", held_at: NOW - 14 }));
  assert.deepEqual([active.timer, active.holdTimer, active.stateLabel], ["1:23", "On hold 0:14", "On hold"]);
  assert.equal(seen(talking({ remote_hold: true })).active.stateLabel, "The other side holds");
  assert.equal(seen(talking({ muted: true })).active.controls.mute.label, "Unmute");
});

test("dialling becomes ringing at the other side", () => {
  const own = { state: "initiated", role: "caller", direction: "outbound", called: { number: "089", name: "" } };
  assert.equal(seen(answer(told("Originated", own))).active.stateLabel, "Calling…");
  assert.equal(
    seen(answer(told("Originated", own)), answer(told("Delivered", { ...own, revision: 2 }))).active.stateLabel,
    "Ringing…",
  );
});

test("the call talked to is current, the held one waits beside it, the ringing one is on top", () => {
  const vm = seen(talking({ id: "a", state: "held", held_at: NOW }), talking({ id: "b" }), ringing({ id: "r" }));
  assert.deepEqual(
    [vm.active.id, vm.waiting.map(({ id }) => id), vm.incoming.map(({ id }) => id)],
    ["b", ["a"], ["r"]],
  );
  assert.equal(vm.incoming[0].title, "Another call is waiting");
  assert.match(vm.incoming[0].holds, /put on hold/);
});

test("what the phone system knows of the call stands with it, names without underscores, values as they came", () => {
  const data = { CASE_NUMBER: "00001026", lang: "<b>de_AT</b>" };
  const facts = [
    { name: "CASE NUMBER", value: "00001026" },
    { name: "lang", value: "<b>de_AT</b>" },
  ];
  assert.deepEqual(seen(ringing({ data })).incoming[0].data, facts);
  assert.deepEqual(seen(talking({ data })).active.data, facts);
  assert.deepEqual(seen(talking({})).active.data, []);
});

test("nothing about records in a call among colleagues", () => {
  const { active } = seen(talking({ direction: "internal" }));
  assert.deepEqual([active.matches.shown, active.wrapUp.notes.shown], [false, false]);
});

test("no match offers to search and to create, several ask who it is", () => {
  const done = (records) => ({ type: "lookup_done", call: "c1", records, popData: null });
  const none = seen(ringing({}), done([])).incoming[0].matches;
  assert.ok(none.unknown && none.searchable);
  const many = seen(
    ringing({}),
    done([
      { id: "1", name: "A", type: "Contact" },
      { id: "2", name: "B", type: "My_Thing__c" },
    ]),
  ).incoming[0];
  assert.match(many.matches.status, /2 records/);
  assert.deepEqual(
    many.matches.items.map(({ typeLabel, chosen }) => [typeLabel, chosen]),
    [
      ["Contact", false],
      ["My Thing", false],
    ],
  );
  assert.equal(many.name, "+49 89 1234567", "nobody is named before the choice");
  const one = seen(ringing({}), done([{ id: "1", name: "Anna", type: "Contact" }])).incoming[0];
  assert.deepEqual([one.name, one.matches.searchable], ["Anna", false]);
});

test("wrong settings are named, the button refers to dialling as typed, which works", () => {
  const wrong = {
    type: "settings_checked",
    effective: {},
    problems: [
      { setting: "/reqDialingOptions/reqOutsidePrefix", value: "0x", rule: "prefix_characters", message: "long" },
    ],
  };
  const vm = seen(wrong, { type: "dial_typed", text: "089" });
  const banner = vm.banners.find(({ key }) => key === "settings");
  assert.match(banner.text, /reqOutsidePrefix is “0x”: a prefix holds digits/);
  assert.match(vm.dial.button.reason, /exactly as typed/);
  assert.deepEqual([vm.dial.raw.reason, vm.dial.raw.strong], ["", true]);
  const unknown = seen({ ...wrong, problems: [{ ...wrong.problems[0], rule: "newer_rule", message: "Server says." }] });
  assert.match(unknown.banners.find(({ key }) => key === "settings").text, /Server says\./);
});

test("banners: one for each trouble, the gravest first, with what to do", () => {
  const keys = (...events) => seen(...events).banners.map(({ key }) => key);
  assert.deepEqual(keys(), ["sign_in_by_id"]);
  assert.deepEqual(keys({ type: "banner_dismissed", key: "sign_in_by_id" }), ["sign_in_by_id"], "it is still true");
  assert.deepEqual(keys({ type: "relay_lost", reason: "x", at: 1 }), ["relay", "sign_in_by_id"]);
  assert.deepEqual(keys(snapshot({ link: AWAY })), ["link", "sign_in_by_id"]);
  assert.deepEqual(keys({ type: "superseded" }), ["superseded", "sign_in_by_id"]);
  const [lost] = seen({ type: "relay_lost", reason: "strange", at: 1 }).banners;
  assert.match(lost.text, /\(strange\)/);
  assert.equal(lost.action.does, "retry");
  const alone = {
    type: "host_ready",
    host: { kind: "standalone", canPop: false, canLog: false, problem: "mode_missing" },
  };
  assert.match(seen(alone).banners[0].text, /Was it redirected/);
});

test("the history has the newest first, misses in red, and what is not saved stays listed", () => {
  const ended = (id, more) =>
    answer(told("ConnectionCleared", { id, revision: 5, state: "cleared", cause: "normal", ended_at: NOW, ...more }));
  const vm = seen(
    ended("old", { started_at: NOW - 500, answered_at: NOW - 100 }),
    ended("new", { started_at: NOW - 50, cause: "missed" }),
    { type: "log_changed", call: "old", log: "failed", error: "TIMEOUT" },
  );
  assert.deepEqual(
    vm.history.items.map(({ id, missed, icon, duration }) => [id, missed, icon, duration]),
    [
      ["new", true, "missed", ""],
      ["old", false, "inbound", "1:40"],
    ],
  );
  assert.deepEqual(
    vm.unlogged.items.map(({ id }) => id),
    ["old"],
  );
  assert.match(vm.unlogged.items[0].log.error, /may have been saved/);
  assert.equal(vm.tabs[1].badge, 1);
});

test("a call that has just ended stays in sight for its last notes, until it is closed or old", () => {
  const events = [
    answer(told("ConnectionCleared", { state: "cleared", cause: "normal", ended_at: NOW })),
    { type: "log_changed", call: "c1", log: "saved", taskId: "00T" },
  ];
  assert.equal(seen(...events).ended.id, "c1");
  assert.equal(seen(...events, { type: "banner_dismissed", key: "ended:c1" }).ended, null);
  assert.equal(view(after(...events), NOW + 200, TEXTS.en).ended, null);
  assert.equal(seen(...events, ringing({ id: "c2" })).ended, null);
});

test("the pad stays while a call rings: somebody may be typing in it", () => {
  assert.equal(seen(ringing({})).dial.collapsed, false);
  assert.equal(seen(talking({})).dial.collapsed, true);
  assert.equal(seen(talking({}), { type: "dialpad_toggled" }).dial.collapsed, false);
});

test("presence shows what is asked for until the phone system answers", () => {
  const vm = seen({ type: "command_sent", id: "k", verb: "SetAgentState", target: "away" });
  assert.deepEqual([vm.presence.value, vm.presence.pending], ["away", true]);
});

test("an unconfirmed call is shown as unknown and cannot be controlled", () => {
  const { active } = seen(talking({}), snapshot({ resync: "epoch" }));
  assert.equal(active.stateLabel, "State unknown");
  assert.match(active.controls.hangup.reason, /not confirmed/);
});

test("label and icon of the utility bar tell what is going on", () => {
  assert.deepEqual(seen().window, { title: "Phone", label: "Phone", icon: "call", ringing: false });
  assert.deepEqual([seen(ringing({})).window.ringing, seen(ringing({})).window.label], [true, "Call: +49 89 1234567"]);
  assert.match(seen({ type: "relay_lost", reason: "x", at: 1 }).window.label, /no connection/);
});

test("sign-in: waiting, asking, refused", () => {
  assert.deepEqual([seen().signIn.shown, seen().signedIn], [false, true]);
  const asked = seen({ type: "sign_in_needed" });
  assert.deepEqual([asked.signIn.shown, asked.signIn.form, asked.signedIn], [true, "name", false]);
  assert.match(seen({ type: "sign_in_refused", error: "sign_in_refused" }).signIn.error, /not known here/);
});

test("the view of a state is always the same", () => {
  const state = after(ringing({}), talking({ id: "c2" }));
  assert.deepEqual(view(state, NOW, TEXTS.de), view(state, NOW, TEXTS.de));
});

test("shortcuts: Alt and Shift, by place on the keyboard, only what is possible now", () => {
  const press = (code, more = {}) =>
    shortcutOf({ altKey: true, shiftKey: true, ctrlKey: false, metaKey: false, code, ...more });
  assert.equal(press("KeyP"), "answer");
  assert.equal(press("KeyP", { ctrlKey: true }), null);
  assert.equal(press("KeyP", { shiftKey: false }), null);
  assert.equal(press("KeyQ"), null);
  assert.equal(new Set(SHORTCUTS.map(({ code }) => code)).size, SHORTCUTS.length);
  const done = [];
  const actions = Object.fromEntries(
    ["answer", "clear", "hold", "retrieve", "mute"].map((name) => [name, (...values) => done.push([name, ...values])]),
  );
  runShortcut("answer", seen(ringing({})), actions);
  runShortcut("end", seen(ringing({})), actions);
  runShortcut("hold", seen(talking({})), actions);
  runShortcut("hold", seen(talking({ state: "held" })), actions);
  runShortcut("mute", seen(talking({})), actions);
  runShortcut("end", seen(talking({}), ringing({ id: "c2" })), actions);
  runShortcut("answer", seen(ringing({ unsupported: { AnswerCall: "x" } })), actions);
  runShortcut("answer", seen(), actions);
  assert.deepEqual(done, [
    ["answer", "c1"],
    ["clear", "c1"],
    ["hold", "c1"],
    ["retrieve", "c1"],
    ["mute", "c1", true],
    ["clear", "c1"],
  ]);
});
