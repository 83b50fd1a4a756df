/** Commands: one POST, the outcome through the poll; dial and transfer at most once; whoever talks is held first. */

import assert from "node:assert/strict";
import test from "node:test";

import { createApi } from "../../static/js/api.js";
import { createCommands, keypadDigits } from "../../static/js/commands.js";
import { newId } from "../../static/js/lib/ids.js";
import { answer, eventually, problem, RelayOverFetch, settled, storeAfter, told } from "../fakes/softphone.mjs";

const ACCEPTED = ({ body }) => [202, { id: body.command.id, state: "accepted", dialled: null }];

function desk(script, ...events) {
  const server = new RelayOverFetch({ "/v1/commands": script });
  const store = storeAfter(...events);
  let n = 0;
  const commands = createCommands({
    api: createApi({ baseUrl: "", fetch: server.fetch }),
    store,
    newId: () => `command-${++n}`,
  });
  const sent = () => server.requests.map(({ body }) => body);
  const outcome = (id, state, error_id = null) =>
    store.dispatch(answer({ type: "command", outcome: { id, state, error_id, detail: null } }));
  return { server, store, commands, sent, outcome };
}

test("a dial carries id, number, record's name and the raw settings", async () => {
  const raw = { "/reqDialingOptions/reqOutsidePrefix": "0" };
  const { commands, sent, outcome } = desk(ACCEPTED, { type: "settings_loaded", raw });
  const dialled = commands.dial(" 089 1234567 ", { name: "Anna" });
  await eventually(() => sent().length === 1);
  assert.deepEqual(sent()[0], {
    command: { verb: "MakeCall", id: "command-1", number: "089 1234567", name: "Anna" },
    dialing: { settings: raw, raw: false },
  });
  outcome("command-1", "done");
  assert.equal(await dialled, "done");
});

test("dialling as typed says so; commands without a number carry no settings", async () => {
  const { commands, sent, outcome } = desk(ACCEPTED, answer(told("Established", { state: "connected" })));
  void commands.transfer("c1", "102", { raw: true });
  void commands.mute("c1", true);
  await eventually(() => sent().length === 2);
  assert.equal(sent()[0].dialing.raw, true);
  assert.deepEqual(sent()[1], { command: { verb: "SetMicrophoneMute", id: "command-2", call: "c1", muted: true } });
  outcome("command-1", "done");
  outcome("command-2", "done");
});

test("a dial whose answer is lost is never sent again", async () => {
  for (const act of [
    (commands) => commands.dial("1"),
    (commands) => commands.transfer("c1", "2"),
    (commands) => commands.digits("c1", "5"),
  ]) {
    const { commands, sent, store } = desk(["lost", ACCEPTED({ body: { command: { id: "x" } } })]);
    assert.equal(await act(commands), "unknown");
    assert.equal(sent().length, 1);
    assert.equal(Object.values(store.state.problems)[0].errorId, "outcome_unknown");
  }
});

test("a state to reach is asked for again with the same id", async () => {
  const { commands, sent, outcome } = desk(["lost", [202, { id: "command-1", state: "accepted" }]]);
  const held = commands.hold("c1");
  await eventually(() => sent().length === 2);
  assert.equal(sent()[0].command.id, sent()[1].command.id);
  outcome("command-1", "done");
  assert.equal(await held, "done");
});

test("a refusal is final and keeps its code; a proxy's error leaves the outcome open", async () => {
  const refused = desk([problem(422, "nothing_to_dial")]);
  assert.equal(await refused.commands.dial("?"), "failed");
  assert.equal(refused.store.state.problems.dial.errorId, "nothing_to_dial");
  const draining = desk([problem(503, "draining")]);
  assert.equal(await draining.commands.dial("1"), "failed");
  const proxy = desk([[504, "<html>"]]);
  assert.equal(await proxy.commands.dial("1"), "unknown");
});

test("failed and expired outcomes are told", async () => {
  for (const [state, errorId] of [
    ["failed", "busy"],
    ["expired", "command_expired"],
  ]) {
    const { commands, sent, outcome, store } = desk(ACCEPTED);
    const result = commands.clear("c1");
    await eventually(() => sent().length === 1);
    outcome("command-1", state, state === "failed" ? "busy" : null);
    assert.equal(await result, state);
    assert.equal(store.state.problems.c1.errorId, errorId);
  }
});

test("an outcome that never comes is unknown", async (t) => {
  const { commands, sent } = desk(ACCEPTED);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const result = commands.presence("away");
  while (sent().length === 0) await Promise.resolve();
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  t.mock.timers.tick(8_001);
  assert.equal(await result, "unknown");
});

test("answering a second call holds the first and waits until it is held", async () => {
  const { commands, sent, store, outcome } = desk(
    ACCEPTED,
    answer(told("Established", { state: "connected" })),
    answer(told("Delivered", { id: "c2" })),
  );
  const answered = commands.answer("c2");
  await eventually(() => sent().length === 1);
  await settled();
  assert.deepEqual(
    sent().map(({ command }) => [command.verb, command.call]),
    [["HoldCall", "c1"]],
  );
  store.dispatch(answer(told("Held", { revision: 2, state: "held" })));
  await eventually(() => sent().length === 2);
  assert.deepEqual([sent()[1].command.verb, sent()[1].command.call], ["AnswerCall", "c2"]);
  outcome("command-1", "done");
  outcome("command-2", "done");
  assert.equal(await answered, "done");
});

test("where the phone cannot be told to hold, answering goes on: it holds by itself", async () => {
  const { commands, sent, outcome } = desk(
    ACCEPTED,
    answer(told("Established", { state: "connected", unsupported: { HoldCall: "x" } })),
    answer(told("Delivered", { id: "c2" })),
  );
  const answered = commands.answer("c2");
  await eventually(() => sent().length === 1);
  assert.equal(sent()[0].command.verb, "AnswerCall");
  outcome("command-1", "done");
  await answered;
});

test("a hold that fails does not keep the agent from answering", async () => {
  const { commands, sent, outcome } = desk(
    ACCEPTED,
    answer(told("Established", { state: "connected" })),
    answer(told("Delivered", { id: "c2" })),
  );
  const answered = commands.answer("c2");
  await eventually(() => sent().length === 1);
  outcome("command-1", "failed");
  await eventually(() => sent().length === 2);
  outcome("command-2", "done");
  assert.equal(await answered, "done");
});

test("ids are UUIDs also where the page is no secure context", () => {
  const insecure = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) };
  for (const source of [globalThis.crypto, insecure]) {
    assert.match(newId(source), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  assert.notEqual(newId(insecure), newId(insecure));
});

test("only what a keypad can send is sent", () => assert.equal(keypadDigits("1a-2 #*é"), "1a2#*"));
