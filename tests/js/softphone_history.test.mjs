/** The list of calls: those of this session and those that Salesforce has, each once. */

import assert from "node:assert/strict";
import test from "node:test";

import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { startPastCalls } from "../../static/js/past_calls.js";
import { historyView } from "../../static/js/view/history.js";
import { after, answer, eventually, NOW, RecordingHost, storeAfter, told } from "../fakes/softphone.mjs";

const texts = createTexts({ en, de }, "en");
const task = (changes) => ({
  id: "00T1",
  callId: "old-1",
  subject: "Call inbound +4930111222 2026-11-20 08:04",
  type: "Inbound",
  disposition: "Answered",
  seconds: 65,
  at: NOW - 86_400,
  who: null,
  what: null,
  ...changes,
});
const items = (tasks, ...events) =>
  historyView(after(...events, { type: "past_changed", status: "loaded", items: tasks }), texts).items;

test("a Task shows who, how and how long, and its number can be called", () => {
  const [item] = items([task({ who: { id: "003A", name: "Erika", type: "Contact", phone: "" } })]);
  assert.deepEqual(
    [item.name, item.detail, item.how, item.duration, item.dial, item.record.id, item.redialReason],
    ["Erika", "+4930111222", "Answered", "1:05", "+4930111222", "003A", ""],
  );
});

test("the number comes from our subject in both languages, else from the person, else there is none", () => {
  const dial = (changes) => items([task(changes)])[0].dial;
  assert.equal(dial({ subject: "Anruf eingehend 030 111-222 2026-11-20 08:04" }), "030 111-222");
  assert.equal(
    dial({ subject: "Quote for 20 desks", who: { id: "003A", name: "E", phone: "+491" } }),
    "20 desks".slice(0, 0) || "+491",
  );
  const [unknown] = items([task({ subject: "Number withheld 2026-11-20 08:04" })]);
  assert.deepEqual([unknown.dial, unknown.redialReason], ["", "The number is not known."]);
});

test("a call of this session is not listed a second time for its Task", () => {
  const ended = answer(
    told("ConnectionCleared", { state: "cleared", cause: "normal", ended_at: NOW, answered_at: NOW }),
  );
  assert.deepEqual(
    items([task({ callId: "c1" })], ended).map(({ id }) => id),
    ["c1"],
  );
});

test("what was missed is told, and that somebody called back, whatever the notation", () => {
  const missed = task({ id: "00T2", callId: "m", seconds: 0, disposition: "Missed" });
  const back = task({
    id: "00T3",
    callId: "b",
    type: "Outbound",
    subject: "Call outbound 030 111222 2026-11-20 09:00",
    at: NOW - 80_000,
  });
  const earlier = { ...back, at: NOW - 90_000 };
  assert.equal(items([missed, back]).find(({ id }) => id === "task:00T2").calledBackLabel, "called back");
  assert.equal(items([missed, earlier]).find(({ id }) => id === "task:00T2").calledBackLabel, "");
  const state = after(
    { type: "past_changed", status: "loaded", items: [missed, back] },
    { type: "missed_only", value: true },
  );
  assert.deepEqual(
    historyView(state, texts).items.map(({ id }) => id),
    ["task:00T2"],
  );
});

test("each day has one heading", () => {
  const days = items([task({}), task({ id: "00T4", at: NOW - 86_500 }), task({ id: "00T5", at: NOW - 3 * 86_400 })]);
  assert.deepEqual(
    days.map(({ heading }) => heading !== ""),
    [true, false, true],
  );
});

test("they are read when somebody looks, not twice in a row, and an org without the class is no mistake", async () => {
  const host = Object.assign(new RecordingHost(), { past: [task({})] });
  const store = storeAfter();
  let read = 0;
  const counted = {
    ...host,
    canLog: true,
    history: () => {
      read += 1;
      return host.history();
    },
  };
  startPastCalls({ store, host: counted, now: () => 0 });
  for (const tab of ["history", "phone", "history"]) store.dispatch({ type: "tab_chosen", tab });
  await eventually(() => store.state.past.status === "loaded");
  assert.equal(read, 1);
  const without = storeAfter();
  startPastCalls({ store: without, host: new RecordingHost() });
  without.dispatch({ type: "tab_chosen", tab: "history" });
  await eventually(() => without.state.past.status === "missing");
});
