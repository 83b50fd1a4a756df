/** Rules between the phone's presence and Omni-Channel: which counts, and what follows. */

import assert from "node:assert/strict";
import test from "node:test";

import {
  callStatuses,
  isReached,
  presenceFor,
  situationOf,
  statusOfCalls,
  statusOfPresence,
} from "../../static/js/omni/rules.js";
import { after, answer, told } from "../fakes/softphone.mjs";
import { rulesOf } from "../fakes/omni_channel.mjs";

const TO = rulesOf(
  "wrap_up -> Wrap_Up; ringing -> none; call -> Busy_Call; away:Lunch -> Lunch; away -> Break; * -> Available",
);
const situation = (changes = {}) => ({
  call: false,
  ringing: false,
  wrap_up: false,
  presence: "available",
  reason: "",
  ...changes,
});

test("the first rule that fits counts, calls before presence", () => {
  assert.equal(statusOfCalls(TO, situation()), null);
  assert.equal(statusOfCalls(TO, situation({ call: true })), "Busy_Call");
  assert.equal(statusOfCalls(TO, situation({ call: true, wrap_up: true })), "Wrap_Up");
  assert.equal(statusOfCalls(TO, situation({ call: true, ringing: true })), "");
});

test("presence has its rule whatever calls there are; a reason counts in capitals, too", () => {
  const status = (presence, reason = "") => statusOfPresence(TO, situation({ call: true, presence, reason }));
  assert.deepEqual(
    [status("away", "LUNCH"), status("away", "Meeting"), status("away"), status("do_not_disturb"), status("available")],
    ["Lunch", "Break", "Break", "Available", "Available"],
  );
  assert.equal(statusOfPresence(rulesOf("call -> Busy; away -> none"), situation({ presence: "away" })), "");
});

test("a rule of presence that stands first hides those of calls", () => {
  const rules = rulesOf("away -> Break; call -> Busy_Call");
  assert.equal(statusOfCalls(rules, situation({ call: true, presence: "away" })), null);
  assert.equal(statusOfCalls(rules, situation({ call: true })), "Busy_Call");
});

test("only statuses of calls are those of calls", () => {
  assert.deepEqual([...callStatuses(TO)], ["Wrap_Up", "none", "Busy_Call"]);
});

test("a status becomes a presence: by name, by its beginning, logged out, or not at all", () => {
  const rules = rulesOf(
    "Available* -> available; break -> away:Break: short; Busy -> none; offline -> away; * -> do_not_disturb",
  );
  const presence = (status) => presenceFor(rules, status);
  assert.deepEqual(presence("Available_Chat"), { state: "available", reason: "", key: "available" });
  assert.deepEqual(presence("Break"), { state: "away", reason: "Break: short", key: "away|Break: short" });
  assert.equal(presence("Busy"), null);
  assert.equal(presence("").key, "away");
  assert.equal(presence("Offline").key, "away");
  assert.equal(presence("Busy_Chat").key, "do_not_disturb");
  assert.equal(presenceFor([], "Available"), null);
});

test("any reason will do where none is wanted", () => {
  assert.equal(isReached({ state: "away", reason: "", key: "away" }, "away|Lunch"), true);
  assert.equal(isReached({ state: "away", reason: "Break", key: "away|Break" }, "away|Lunch"), false);
  assert.equal(isReached({ state: "available", reason: "", key: "available" }, "away"), false);
});

test("a situation is what the calls make of it", () => {
  const of = (...changes) => situationOf(after(...changes.map((change) => answer(told("Told", change)))));
  const kinds = (state, more) => {
    const { call, ringing, wrap_up: wrapUp } = of({ state, ...more });
    return [call, ringing, wrapUp];
  };
  assert.deepEqual(kinds("alerting"), [false, true, false]);
  for (const state of ["initiated", "queued", "connected", "held"])
    assert.deepEqual(kinds(state), [true, false, false]);
  for (const state of ["failed", "cleared"]) assert.deepEqual(kinds(state), [false, false, false]);
});

test("a required result is waited for from the end of the call on, also while its log is being written", () => {
  const ended = [
    {
      type: "settings_checked",
      problems: [],
      effective: {},
      panel: { wrap_up: "required", dispositions: ["Solved"], log_internal: false },
    },
    answer(told("ConnectionCleared", { state: "cleared", cause: "normal", ended_at: 1 })),
  ];
  const waits = (...events) => situationOf(after(...ended, ...events)).wrap_up;
  const logged = (log) => ({ type: "log_changed", call: "c1", log });
  assert.equal(waits(), false);
  for (const log of ["claiming", "saving", "saved", "elsewhere"]) assert.equal(waits(logged(log)), true, log);
  assert.equal(waits(logged("failed")), false);
  assert.equal(
    waits(logged("saved"), { type: "wrap_up_changed", call: "c1", changes: { disposition: "Solved" } }),
    false,
  );
});

test("who has parked a call is free", () => {
  const held = (changes) => situationOf(after(answer(told("Held", { state: "held", held_at: 1, ...changes })))).call;
  assert.deepEqual([held({}), held({ parked_at: "750" })], [true, false]);
});
