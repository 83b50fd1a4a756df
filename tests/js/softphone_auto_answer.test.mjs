/** Answering by itself: only what the agent wants, only one call, only one tab. */

import assert from "node:assert/strict";
import test from "node:test";

import { startAutoAnswer } from "../../static/js/auto_answer.js";
import { answer, settled, storeAfter, told } from "../fakes/softphone.mjs";

const wants = { type: "preference_set", name: "autoAnswer", value: true };

async function answered(events, { leads = true, meanwhile = [] } = {}) {
  const store = storeAfter(...events.slice(0, -1));
  const asked = [];
  const sleep = async () => {
    for (const event of meanwhile) store.dispatch(event);
  };
  startAutoAnswer({ store, commands: { answer: (id) => asked.push(id) }, tabs: { leads }, sleep });
  store.dispatch(events.at(-1));
  await settled();
  return asked;
}

const rings = answer(told("Delivered", {}));

test("a call that rings alone is answered once", async () => {
  assert.deepEqual(await answered([wants, rings]), ["c1"]);
  assert.deepEqual(await answered([wants, rings, { type: "dial_typed", text: "1" }]), ["c1"]);
});

test("not without the wish, in a tab that only follows, at a phone that cannot, or beside another call", async () => {
  assert.deepEqual(await answered([rings]), []);
  assert.deepEqual(await answered([wants, rings], { leads: false }), []);
  assert.deepEqual(await answered([wants, answer(told("Delivered", { unsupported: { AnswerCall: "phone" } }))]), []);
  const talking = answer(told("Established", { id: "c0", state: "connected" }));
  assert.deepEqual(await answered([wants, talking, rings]), []);
});

test("what was declined or switched off meanwhile is left alone", async () => {
  const gone = answer(told("ConnectionCleared", { state: "cleared", cause: "declined", revision: 9 }));
  assert.deepEqual(await answered([wants, rings], { meanwhile: [gone] }), []);
  assert.deepEqual(await answered([wants, rings], { meanwhile: [{ ...wants, value: false }] }), []);
});
