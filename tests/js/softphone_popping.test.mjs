/** What opens for a call, when, and what has to wait. */

import assert from "node:assert/strict";
import test from "node:test";

import { isModal, newRecord, popTarget, ruleFor } from "../../static/js/pop_target.js";
import { createPopping } from "../../static/js/popping.js";
import { deskOf, reduce } from "../../static/js/state.js";
import {
  after,
  answer,
  call,
  Claims,
  eventually,
  NOW,
  RecordingHost,
  settled,
  storeAfter,
  told,
} from "../fakes/softphone.mjs";

const ANNA = { id: "003000000000001AAA", type: "Contact", name: "Anna" };
const BERT = { id: "003000000000002AAA", type: "Contact", name: "Bert" };
const panelOf = (more = {}) => ({ pop_on: "ring", pop_rules: [], new_records: ["Contact"], ...more });
const rule = (text) => {
  const [, field = "", pattern = "", target, name = ""] = text.match(/^(?:([\w.]+)=(.+?)|\*) -> (\w+)(?::([\w.]+))?$/);
  return { field, pattern, target, name };
};
const rules = (...texts) => panelOf({ pop_rules: texts.map(rule) });
const found = (records, more = {}) => ({ records, popData: null, ...more });

test("the first rule that fits counts, by queue, called number and caller, in any case of letters", () => {
  const { pop_rules: list } = rules(
    "queue=Support -> flow:A",
    "called=+4989* -> home:Case",
    "caller=anna -> none",
    "* -> record",
  );
  const of = (changes) => ruleFor(call(changes), list).target;
  assert.equal(of({ queue: "support" }), "flow");
  assert.equal(of({ called: { number: "+4989123", name: "" } }), "home");
  assert.equal(of({ caller: { number: "Anna", name: "" } }), "none");
  assert.equal(of({}), "record");
  assert.equal(ruleFor(call({ queue: "x" }), []).target, "record");
});

test("a rule opens a flow with what is known of the call, an object's home, a new record, or nothing", () => {
  const one = call({ queue: "Support" });
  const flow = popTarget(one, found([ANNA]), rules("* -> flow:Call_Flow"), "+49891234567");
  assert.equal(flow.flow, "Call_Flow");
  assert.deepEqual(Object.fromEntries(flow.values.map(({ name, value }) => [name, value])), {
    callId: "c1",
    caller: "+49 89 1234567",
    called: "101",
    queue: "Support",
    recordId: ANNA.id,
  });
  assert.deepEqual(popTarget(one, found([]), rules("* -> home:Case"), "1"), { home: "Case" });
  assert.deepEqual(popTarget(one, found([]), rules("* -> new:Lead"), "+491"), {
    newRecord: "Lead",
    defaults: { Phone: "+491" },
  });
  assert.equal(popTarget(one, found([ANNA]), rules("* -> new:Lead"), "+491"), null, "somebody was found");
  assert.equal(popTarget(one, found([ANNA]), rules("* -> none"), "1"), null);
});

test("without a rule: one record opens, several are a choice, the layout's flow or page opens, its search page does not", () => {
  const target = (facts) => popTarget(call(), facts, panelOf(), "1");
  assert.deepEqual(target(found([ANNA])), { recordId: ANNA.id });
  assert.equal(target(found([ANNA, BERT], { popData: { type: "search" } })), null);
  const flow = { type: "flow", params: {} };
  assert.deepEqual(target(found([ANNA], { popData: flow })), { popData: flow });
  assert.deepEqual(target(found([], { popData: flow })), { popData: flow });
  const entity = { type: "newRecord", params: { entityName: "Contact" } };
  assert.deepEqual(target(found([], { popData: entity })), { newRecord: "Contact", defaults: { Phone: "1" } });
  assert.equal(target(found([ANNA], { probable: true })), null, "a head office is a guess");
  assert.deepEqual(target(found([], { chosen: BERT.id })), { recordId: BERT.id }, "handed over, or remembered");
});

test("a case takes the number in its own field, an unknown object takes none", () => {
  assert.deepEqual(newRecord("Case", "+491").defaults, { SuppliedPhone: "+491" });
  assert.deepEqual(newRecord("Machine__c", "+491").defaults, {});
  assert.equal(isModal(newRecord("Case", "")), true);
  assert.equal(isModal({ recordId: "1" }), false);
});

function popping(panel, { host = new RecordingHost(), claims = new Claims() } = {}) {
  const store = storeAfter(
    { type: "settings_checked", problems: [], effective: {}, panel },
    answer(told("Delivered", {})),
  );
  const made = createPopping({ store, host, api: claims, isVisible: () => true, sleep: async () => {} });
  const becomes = (state, event = "Established") =>
    store.dispatch(
      answer(told(event, { revision: 2, state, answered_at: NOW, ended_at: state === "cleared" ? NOW : null })),
    );
  return { store, host, claims, becomes, offer: (facts) => made.offer(store.state.calls.c1, facts), made };
}

test("on answer it waits for the answer, and asks for the right to open only then", async () => {
  const { host, claims, becomes, offer } = popping(panelOf({ pop_on: "answer" }));
  await offer(found([ANNA]));
  assert.deepEqual([host.opened, claims.asked], [[], []]);
  becomes("connected");
  await eventually(() => host.opened.length === 1);
});

test("a call that ends unanswered opens nothing later", async () => {
  const { host, becomes, offer } = popping(panelOf({ pop_on: "answer" }));
  await offer(found([ANNA]));
  becomes("cleared", "ConnectionCleared");
  await settled();
  assert.deepEqual(host.opened, []);
});

test("by hand nothing opens by itself", async () => {
  const { host, claims, becomes, offer } = popping(panelOf({ pop_on: "manual" }));
  await offer(found([ANNA]));
  becomes("connected");
  await settled();
  assert.deepEqual([host.opened, claims.asked], [[], []]);
});

test("a dialog never covers the button that answers: it comes afterwards", async () => {
  const { host, becomes, offer } = popping(panelOf({ pop_rules: [rule("* -> new:Lead")] }));
  await offer(found([]));
  await settled();
  assert.deepEqual(host.opened, []);
  becomes("connected");
  await eventually(() => host.opened.length === 1);
  assert.equal(host.opened[0].newRecord, "Lead");
});

test("over a record that is being edited nothing opens: it becomes a button", async () => {
  const { store, host, offer, made } = popping(panelOf());
  store.dispatch({ type: "page_opened", record: null, editing: true });
  await offer(found([ANNA]));
  assert.deepEqual(host.opened, []);
  assert.deepEqual(deskOf(store.state, "c1").deferred, { recordId: ANNA.id });
  await made.open("c1", { recordId: ANNA.id });
  assert.equal(deskOf(store.state, "c1").deferred, null);
});

const done = (records, id = "c1") => ({ type: "lookup_done", call: id, records, popData: null });
const chosen = { type: "record_chosen", call: "c1", id: BERT.id };

test("the record that was chosen for a number is offered first the next time", () => {
  const state = after(answer(told("Delivered", {})), done([ANNA, BERT]), chosen);
  const again = [answer(told("Delivered", { id: "c2" })), done([ANNA, BERT], "c2")].reduce(reduce, state);
  const { records, chosen: offered, remembered } = deskOf(again, "c2");
  assert.deepEqual([records.map(({ name }) => name), offered, remembered], [["Bert", "Anna"], BERT.id, true]);
});

test("a record made for a caller a moment ago is theirs, although the search does not find it yet", () => {
  const record = { id: "003000000000009AAA", type: "Contact", name: "New One" };
  const made = [
    answer(told("Delivered", {})),
    done([]),
    { type: "record_begun", call: "c1", object: "Contact" },
    { type: "page_opened", record: null, editing: true },
    { type: "page_opened", record, editing: false },
  ];
  const state = after(...made);
  assert.equal(deskOf(state, "c1").chosen, record.id);
  const again = [answer(told("Delivered", { id: "c2" })), done([], "c2")].reduce(reduce, state);
  assert.deepEqual([deskOf(again, "c2").lookup, deskOf(again, "c2").chosen], ["found", record.id]);
});

test("a form that was left makes no record: whatever the agent opens afterwards is not taken for the caller's", () => {
  const behind = { id: "003000000000008AAA", type: "Contact", name: "Behind" };
  const begun = [answer(told("Delivered", {})), done([]), { type: "page_opened", record: behind }];
  const form = [
    { type: "record_begun", call: "c1", object: "Contact" },
    { type: "page_opened", record: null, editing: true },
  ];
  const other = { type: "page_opened", record: { ...behind, id: "003000000000007AAA" } };
  const cancelled = after(...begun, ...form, { type: "page_opened", record: behind });
  assert.equal(deskOf(cancelled, "c1").chosen, null);
  assert.equal(deskOf(reduce(cancelled, other), "c1").chosen, null);
  const home = after(...begun, ...form, { type: "page_opened", record: null }, other);
  assert.equal(deskOf(home, "c1").chosen, null);
});

test("what another number was is not mixed in, and a page of another kind is not taken for the new record", () => {
  const state = after(answer(told("Delivered", {})), done([ANNA, BERT]), chosen);
  const other = answer(told("Delivered", { id: "c2", caller: { number: "+4930", name: "" } }));
  assert.equal(deskOf([other, done([ANNA], "c2")].reduce(reduce, state), "c2").chosen, ANNA.id);
  const making = after(answer(told("Delivered", {})), { type: "record_begun", call: "c1", object: "Contact" });
  const page = { type: "page_opened", record: { id: "001000000000001AAA", type: "Account", name: "A" } };
  assert.equal(deskOf(reduce(making, page), "c1").chosen, null);
});

test("what the phone system knows of the call chooses the rule, and may be the record itself", () => {
  const { pop_rules: list } = rules("data.CASE=* -> search:data.CASE", "data.VIP=yes -> home:Case");
  const of = (data) => ruleFor(call({ data }), list).target;
  assert.deepEqual(
    [of({ CASE: "4711" }), of({ CASE: "" }), of({ VIP: "Yes" }), of({ case: "1" })],
    ["search", "record", "home", "record"],
  );
  const byId = rules("* -> record:data.ID");
  const target = (ID) => popTarget(call({ data: { ID } }), found([ANNA]), byId, "1");
  assert.deepEqual(target(BERT.id), { recordId: BERT.id, otherwise: { recordId: ANNA.id } });
  assert.deepEqual(target("no id"), { recordId: ANNA.id });
  const flow = popTarget(call({ data: { CASE: "4711" } }), found([]), rules("* -> flow:A"), "1");
  assert.ok(flow.values.some(({ name, value }) => name === "CASE" && value === "4711"));
  const alike = popTarget(call({ data: { callId: "x", queue: "y" } }), found([]), rules("* -> flow:A"), "1").values;
  assert.equal(alike.length, 5, "data called like a value of ours");
  assert.deepEqual(
    alike.filter(({ name }) => name === "callId" || name === "queue").map(({ value }) => value),
    ["c1", ""],
  );
});

test("a record that Salesforce refuses gives way to the caller's", async () => {
  const { host, made } = popping(rules("* -> record:data.ID"));
  host.pop = async (target) => {
    if (target.recordId === BERT.id) throw new Error("no access");
    host.opened.push(target);
  };
  await made.offer(call({ data: { ID: BERT.id } }), found([ANNA]));
  assert.deepEqual(host.opened, [{ recordId: ANNA.id }]);
});
