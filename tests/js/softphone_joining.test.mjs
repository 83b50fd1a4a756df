/** Two calls side by side: which of them is asked, what can be done, and why not. */

import assert from "node:assert/strict";
import test from "node:test";

import { createCommands } from "../../static/js/commands.js";
import { createTexts } from "../../static/js/i18n.js";
import en from "../../static/js/messages/en.js";
import { joiningView } from "../../static/js/view/joining.js";
import { after, answer, call, NOW, storeAfter, told } from "../fakes/softphone.mjs";

const texts = createTexts({ en }, "en");
const HELD = {
  id: "c1",
  state: "held",
  answered_at: NOW,
  held_at: NOW + 5,
  caller: { number: "+4930111222", name: "Erika" },
};
const ASKED = {
  id: "c2",
  role: "caller",
  direction: "internal",
  state: "connected",
  started_at: NOW + 6,
  answered_at: NOW + 8,
  caller: { number: "101", name: "Alice" },
  called: { number: "102", name: "Bob" },
  consultation_of: "c1",
};
const joining = (active, held = HELD) => {
  const calls = [call(held), call(active)];
  const state = after(answer(...calls.map((one) => told("Held", one))));
  return joiningView(state, calls[1], [calls[0]], texts);
};

test("the call that was made for the one on hold is the consultation, and so it stays when they are swapped", () => {
  for (const [first, second] of [
    [HELD, ASKED],
    [
      { ...ASKED, state: "held" },
      { ...HELD, state: "connected" },
    ],
  ]) {
    const vm = joining(second, first);
    assert.deepEqual([vm.call, vm.consultation], ["c1", "c2"]);
    assert.equal(vm.title, "You are asking Bob for Erika.");
    assert.equal(vm.complete.reason, "");
    assert.equal(vm.back.shown, true);
  }
});

test("two calls that came by themselves can be connected, but there is nothing to go back from", () => {
  const vm = joining({ ...ASKED, consultation_of: null });
  assert.equal(vm.back.shown, false);
  assert.equal(vm.complete.reason, "");
  assert.match(vm.title, /Bob and Erika/);
});

test("before the colleague has answered, the caller is sent after; a conference has to wait", () => {
  const vm = joining({ ...ASKED, state: "initiated", answered_at: null });
  assert.equal(vm.answered, false);
  assert.equal(vm.complete.reason, "");
  assert.notEqual(vm.conference.reason, "");
  assert.notEqual(vm.swap.reason, "");
});

test("what the phone system cannot do is refused with its reason", () => {
  const vm = joining(ASKED, { ...HELD, unsupported: { ConferenceCall: "conference_at_the_phone" } });
  assert.match(vm.conference.reason, /at your phone/);
});

test("without exactly one call on hold there is nothing to join", () => {
  const state = after();
  assert.equal(joiningView(state, call(ASKED), [], texts), null);
  const two = [call(HELD), call({ ...HELD, id: "c3" })];
  assert.equal(joiningView(state, call(ASKED), two, texts), null);
});

test("going back ends the consultation first, and retrieves only when that is done", async () => {
  for (const outcome of ["done", "failed"]) {
    const store = storeAfter(answer(told("Held", HELD), told("Established", ASKED)));
    const sent = [];
    const api = {
      async post(_, { command }) {
        sent.push([command.verb, command.call]);
        store.dispatch(answer({ type: "command", outcome: { id: command.id, state: outcome, error_id: null } }));
        return { id: command.id, state: "accepted" };
      },
    };
    await createCommands({ api, store }).reconnect("c1", "c2");
    const expected = [["ClearConnection", "c2"], ...(outcome === "done" ? [["RetrieveCall", "c1"]] : [])];
    assert.deepEqual(
      sent.filter(([verb]) => verb !== "HoldCall"),
      expected,
    );
  }
});
