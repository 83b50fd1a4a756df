/** What the phones page makes of the simulator's state. */

import assert from "node:assert/strict";
import test from "node:test";

import { createTexts } from "../../static/js/i18n.js";
import { CALLERS, partyOutside } from "../../static/js/phones/callers.js";
import de from "../../static/js/phones/messages/de.js";
import en from "../../static/js/phones/messages/en.js";
import { entered } from "../../static/js/phones/outside.js";
import { dialable, errorText, outsideCallView, phoneView, targets } from "../../static/js/phones/view.js";

const texts = createTexts({ en, de }, "en");
const call = (changes) => ({
  id: "c1",
  state: "alerting",
  role: "called",
  caller: { number: "+4930111222", name: "" },
  called: { number: "101", name: "Alice Adler" },
  started_at: 100,
  answered_at: null,
  remote_hold: false,
  queue: null,
  transferred_from: null,
  muted: false,
  ...changes,
});
const phone = (...calls) => ({ extension: "101", name: "Alice Adler", state: "available", calls });
const view = (...calls) => phoneView(phone(...calls), 107, texts.t);
const actions = ({ calls }) => calls.map(({ buttons }) => buttons.map(({ action }) => action));

test("keys are those that the state allows", () => {
  assert.deepEqual(actions(view(call({}))), [["answer", "decline"]]);
  assert.deepEqual(actions(view(call({ state: "connected" }))), [["hold", "hangup"]]);
  assert.deepEqual(actions(view(call({ state: "held" }))), [["retrieve", "hangup"]]);
  assert.deepEqual(actions(view(call({ state: "initiated", role: "caller" }))), [["hangup"]]);
});

test("an idle phone says so and can hand nothing over", () => {
  assert.deepEqual([view().idle, view().tone, view().transferable], ["Ready", "idle", null]);
});

test("the call in the ear is the one to transfer, else the held one, never a ringing one", () => {
  assert.equal(view(call({ id: "held", state: "held" }), call({ id: "ear", state: "connected" })).transferable, "ear");
  assert.equal(view(call({ id: "held", state: "held" }), call({})).transferable, "held");
  assert.equal(view(call({})).transferable, null);
});

test("a second call that rings makes the whole phone ring", () => {
  assert.equal(view(call({ id: "a", state: "connected" }), call({ id: "b" })).tone, "ring");
});

test("name, number, timer and what else is known", () => {
  const [shown] = view(
    call({ state: "connected", answered_at: 102, caller: { number: "", name: "" }, queue: "support", muted: true }),
  ).calls;
  assert.deepEqual(
    [shown.title, shown.number, shown.timer, shown.more],
    ["Number withheld", "", "0:05", "Queue support · Muted"],
  );
  const [named] = view(call({ caller: { number: "+1", name: "Grace" } })).calls;
  assert.deepEqual([named.title, named.number], ["Grace", "+1"]);
});

test("put on hold by the other side is said in words", () => {
  assert.equal(view(call({ state: "connected", remote_hold: true })).calls[0].state, "Has been put on hold");
});

test("keys have names of their own for screen readers", () => {
  assert.equal(view(call({})).calls[0].buttons[0].name, "Answer: Erika Muster, Alice Adler");
});

test("calls outside: who with whom, and keys by state", () => {
  const outside = (changes) =>
    outsideCallView(
      { id: "o1", number: "+4930111222", name: "", state: "initiated", with: ["101"], answered: false, ...changes },
      [phone()],
      texts.t,
    );
  assert.deepEqual([outside({}).party, outside({}).with], ["Erika Muster", "Alice Adler"]);
  const keys = (changes) => outside(changes).buttons.map(({ action }) => action);
  assert.deepEqual(keys({}), ["message", "hangup"]);
  assert.deepEqual(keys({ with: ["101", "102"] }), ["hangup"], "a group has no voicemail");
  assert.equal(outside({ sees: "+49891234500" }).sees, "sees +49891234500");
  assert.deepEqual(keys({ state: "alerting" }), ["answer", "hangup"]);
  assert.deepEqual(keys({ state: "connected", answered: true }), ["hold", "hangup"]);
  assert.deepEqual(keys({ state: "held", answered: true }), ["retrieve", "hangup"]);
});

test("one can ring each phone and the queue", () => {
  const wanted = targets({ phones: [phone()], queue: { number: "700", name: "support" } }, texts.t);
  assert.deepEqual(
    wanted.map(({ value, ring }) => [value, ring]),
    [
      ["101", "Ring Alice"],
      ["700", "Ring the queue"],
    ],
  );
});

test("errors are sentences; an unknown one shows what the server said", () => {
  assert.equal(errorText({ id: "call_gone", detail: "x" }, texts), en["error.call_gone"]);
  assert.equal(errorText({ id: "strange", detail: "the sky fell" }, texts), "That did not work: the sky fell");
});

test("signs for reading are left out of a number", () => {
  assert.equal(dialable(" +49 (30) 111-222/3.4 "), "+493011122234");
});

test("callers are frozen, with numbers as a network sends them", () => {
  for (const caller of CALLERS) {
    assert.ok(Object.isFrozen(caller));
    assert.match(caller.number, /^(\+[1-9]\d{7,14})?$/);
    assert.ok(partyOutside(caller, texts.t));
  }
});

test("what an announcement has asked for is typed as NAME=value", () => {
  assert.deepEqual(entered(""), {});
  assert.deepEqual(entered("CASE_NUMBER=00001026"), { CASE_NUMBER: "00001026" });
  assert.deepEqual(entered(" CASE = 1 ; NOTE=a=b;; LANG="), { CASE: "1", NOTE: "a=b", LANG: "" });
});
