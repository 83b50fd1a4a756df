/** The agent's line: forwarding, voicemail, the number that others see, parked calls. */

import assert from "node:assert/strict";
import test from "node:test";

import { createCommands } from "../../static/js/commands.js";
import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { isLogged } from "../../static/js/task.js";
import { view } from "../../static/js/view.js";
import { after, answer, call, NOW, settled, storeAfter, told } from "../fakes/softphone.mjs";

const TEXTS = { en: createTexts({ en, de }, "en"), de: createTexts({ en, de }, "de") };
const seen = (...events) => view(after(...events), NOW, TEXTS.en);
const features = (changes) =>
  answer({ type: "features", features: { forwarding: [], voicemail: null, outbound_numbers: [], ...changes } });
const forwarding = (immediate, busy = "") => [
  { kind: "immediate", number: immediate },
  { kind: "busy", number: busy },
];
const NUMBERS = [
  { number: "+4989100", name: "Head office" },
  { number: "+4989200", name: "" },
];
const HELD = { state: "held", answered_at: NOW - 60, held_at: NOW - 5 };

test("a line without features shows none of them", () => {
  const { line, dial } = seen();
  assert.deepEqual([line.shown, line.voicemail.shown, dial.outbound.shown], [false, false, false]);
});

test("where calls go stays in sight, in words of the language", () => {
  const all = seen(features({ forwarding: forwarding("102", "103") })).line;
  assert.deepEqual([all.active, all.label], [true, "102"]);
  assert.equal(all.fullName, "All your calls go to 102. When you are busy, calls go to 103.");
  const german = view(after(features({ forwarding: forwarding("102") })), NOW, TEXTS.de).line;
  assert.equal(german.fullName, "Alle Ihre Anrufe gehen an 102.");
  assert.equal(seen(features({ forwarding: forwarding("") })).line.fullName, "Call forwarding: none");
});

test("what stands there is ended, what is typed is set, and an empty field ends it, too", () => {
  const typed = (number, text) => {
    const events = [features({ forwarding: forwarding(number) })];
    if (text !== undefined) events.push({ type: "forwarding_typed", kind: "immediate", text });
    const [item] = seen(...events).line.items;
    return [item.button.label, item.target, item.button.reason === ""];
  };
  assert.deepEqual(typed(""), ["Forward", "", false]);
  assert.deepEqual(typed("", " 102 "), ["Forward", "102", true]);
  assert.deepEqual(typed("102"), ["End", "", true]);
  assert.deepEqual(typed("102", "103"), ["Forward", "103", true]);
  assert.deepEqual(typed("102", ""), ["End", "", true]);
});

test("new messages are counted; without a number to dial they are heard at the phone", () => {
  const box = (changes) => seen(features({ voicemail: { new: 0, old: 3, number: "*97", ...changes } })).line.voicemail;
  assert.equal(box({}).shown, false);
  assert.deepEqual([box({ new: 1 }).fullName, box({ new: 1 }).reason], ["1 new message: listen", ""]);
  assert.equal(box({ new: 2, number: "" }).reason, "Listen to it at your phone.");
});

test("the chosen number is dialled with as long as the line has it", async () => {
  const chosen = { type: "preference_set", name: "outboundNumber", value: "+4989100" };
  const sent = async (...events) => {
    const posted = [];
    const api = { post: async (_, { command }) => (posted.push(command), { state: "accepted" }) };
    void createCommands({ api, store: storeAfter(...events) }).dial("0301");
    await settled();
    return posted[0].outbound_number;
  };
  assert.equal(await sent(features({ outbound_numbers: NUMBERS }), chosen), "+4989100");
  assert.equal(await sent(features({ outbound_numbers: NUMBERS.slice(1) }), chosen), undefined);
  assert.equal(await sent(features({ outbound_numbers: NUMBERS })), undefined);
  const { options, value } = seen(features({ outbound_numbers: NUMBERS }), chosen).dial.outbound;
  assert.equal(value, "+4989100");
  assert.deepEqual(
    options.map(({ label }) => label),
    ["As usual", "Head office (+4989100)", "+4989200"],
  );
});

test("a parked call waits in the list; the agent is free, and can take it back", () => {
  const parked = seen(answer(told("Held", { ...HELD, parked_at: "701" })));
  assert.equal(parked.active, null);
  assert.equal(parked.dial.collapsed, false);
  const [waiting] = parked.waiting;
  assert.deepEqual([waiting.holdTimer, waiting.icon], ["Parked at 701, 0:05", "park"]);
  assert.equal(waiting.controls.retrieve.label, "Take back");
  assert.match(parked.announcement, /is parked at 701/);
  const held = seen(answer(told("Held", HELD)));
  assert.equal(held.active.controls.retrieve.label, "Resume");
});

test("a parked call is no second call to connect with", () => {
  const other = told("Established", { id: "c2", state: "connected", answered_at: NOW });
  const { active } = seen(answer(told("Held", { ...HELD, parked_at: "701" })), answer(other));
  assert.deepEqual([active.id, active.joining], ["c2", null]);
});

test("a parked caller who only rang back is part of the call that it was", () => {
  const end = { state: "cleared", cause: "conferenced", ended_at: NOW };
  assert.equal(isLogged(call({ ...end, answered_at: null })), false);
  assert.equal(isLogged(call({ ...end, answered_at: NOW - 9 })), true);
});
