/** Notes of a call: kept by the relay while they are written, the same in all tabs, never over what is being written. */

import assert from "node:assert/strict";
import test from "node:test";

import { ApiProblem, Unreachable } from "../../static/js/api.js";
import { startWork } from "../../static/js/work.js";
import { deskOf } from "../../static/js/state.js";
import { answer, call, eventually, NOW, settled, snapshot, storeAfter, told } from "../fakes/softphone.mjs";

class Keeper {
  constructor(...failures) {
    this.failures = failures;
    this.kept = [];
  }

  async post(path, body) {
    assert.equal(path, "/v1/work");
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.kept.push(body);
  }
}

function atWork(keeper = new Keeper()) {
  const store = storeAfter(answer(told("Established", { state: "connected", answered_at: NOW })));
  startWork({ store, api: keeper, sleep: async () => {} });
  const notes = () => deskOf(store.state, "c1").notes;
  return { store, keeper, notes, write: (text) => store.dispatch({ type: "note_typed", call: "c1", text }) };
}

test("what is written is kept, the last of it for certain", async () => {
  const { keeper, write } = atWork();
  write("Wants");
  write("Wants a quote");
  await eventually(() => keeper.kept.at(-1)?.notes === "Wants a quote");
  assert.ok(keeper.kept.length <= 2);
  assert.equal(keeper.kept.at(-1).call, "c1");
});

test("a relay out of reach gets it later; one that has forgotten the call is left in peace", async () => {
  const lost = atWork(new Keeper(new Unreachable("network"), new ApiProblem(401, { error_id: "session_expired" })));
  lost.write("a");
  await eventually(() => lost.keeper.kept.length === 1);
  const gone = atWork(new Keeper(new ApiProblem(404, { error_id: "unknown_call" })));
  gone.write("a");
  await settled();
  assert.deepEqual([gone.keeper.kept, gone.notes()], [[], "a"]);
});

test("after a reload the notes are there again, and are not sent back", async () => {
  const { store, keeper, notes } = atWork();
  const state = snapshot({ calls: [call({ state: "connected" })] });
  state.answer.state.work = [{ call: "c1", notes: "from before" }];
  store.dispatch(state);
  await settled();
  assert.deepEqual([notes(), keeper.kept], ["from before", []]);
});

test("another tab's notes come in, but not over what is being written here", async () => {
  const { store, keeper, notes, write } = atWork();
  store.dispatch(answer({ type: "work", work: { call: "c1", notes: "theirs" } }));
  assert.equal(notes(), "theirs");
  write("mine");
  store.dispatch(answer({ type: "work", work: { call: "c1", notes: "theirs, longer" } }));
  assert.equal(notes(), "mine");
  await eventually(() => keeper.kept.at(-1)?.notes === "mine");
});

test("each tab tells only what was changed in it, so that none takes back what another has written meanwhile", async () => {
  const { store, keeper, notes } = atWork();
  store.dispatch({ type: "wrap_up_changed", call: "c1", changes: { disposition: "Solved" } });
  await eventually(() => keeper.kept.length === 1);
  assert.deepEqual(keeper.kept, [{ call: "c1", disposition: "Solved" }]);
  store.dispatch(answer({ type: "work", work: { call: "c1", notes: "theirs", disposition: "Solved" } }));
  await settled();
  assert.deepEqual([notes(), keeper.kept.length], ["theirs", 1]);
});

test("what comes while something else is being written here joins it", async () => {
  const never = { post: () => new Promise(() => {}) };
  const { store, notes, write } = atWork(never);
  write("mine");
  store.dispatch(answer({ type: "work", work: { call: "c1", notes: "", disposition: "Solved" } }));
  const { wrapUp } = deskOf(store.state, "c1");
  assert.deepEqual([notes(), wrapUp.disposition], ["mine", "Solved"]);
});
