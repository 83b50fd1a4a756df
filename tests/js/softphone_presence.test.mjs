/** Availability with its reasons, and the queues: what is shown, what a click asks for. */

import assert from "node:assert/strict";
import test from "node:test";

import { createActions } from "../../static/js/actions.js";
import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { presenceView } from "../../static/js/view/presence.js";
import { after, answer, storeAfter } from "../fakes/softphone.mjs";

const texts = createTexts({ en, de }, "en");
const panel = (changes) => ({
  type: "settings_checked",
  problems: [],
  effective: {},
  panel: { away_reasons: ["Break", "Meeting"], dispositions: [], pop_rules: [], new_records: [], ...changes },
});
const told = (state, reason = "", queues = []) => answer({ type: "presence", state, reason, queues });
const SUPPORT = { queue: "support", logged_in: true, paused: false, fixed: true };
const BILLING = { queue: "billing", logged_in: false, paused: false, fixed: false };
const shown = (...events) => presenceView(after(panel(), ...events), texts);

test("away has the admin's reasons, and one that somebody else has given", () => {
  const values = (vm) => vm.options.map(({ value }) => value);
  assert.deepEqual(values(shown()), ["available", "away", "away|Break", "away|Meeting", "do_not_disturb"]);
  const vm = shown(told("away", "Fire drill"));
  assert.deepEqual([vm.value, vm.state], ["away|Fire drill", "away"]);
  assert.equal(vm.options.find(({ value }) => value === vm.value).label, "Away: Fire drill");
  assert.equal(shown(told("available")).value, "available");
});

test("what was chosen shows until the phone system has it", () => {
  const sent = { type: "command_sent", id: "command-1", verb: "SetAgentState", target: "away|Break" };
  const vm = shown(told("available"), sent);
  assert.deepEqual([vm.value, vm.pending], ["away|Break", true]);
});

test("each queue says how it is, and what can be done", () => {
  const { queues } = shown(told("available", "", [SUPPORT, BILLING]));
  assert.deepEqual([queues.shown, queues.label, queues.fullName], [true, "1/2", "Queues 1/2"]);
  const [support, billing] = queues.items;
  assert.deepEqual([support.state, support.log.label, support.pause.label], ["Ready", "Log out", "Pause"]);
  assert.match(support.log.reason, /configuration/);
  assert.equal(support.pause.reason, "");
  assert.deepEqual(
    [billing.state, billing.log.fullName, billing.pause.shown],
    ["Logged out", "Log in to billing", false],
  );
  const paused = shown(told("away", "", [{ ...SUPPORT, paused: true }])).queues.items[0];
  assert.deepEqual([paused.state, paused.pause.label, paused.tone], ["Paused", "Resume", "away"]);
  assert.equal(shown().queues.shown, false);
});

test("a click asks the phone system; who is away joins a queue paused", () => {
  const asked = [];
  const commands = {
    presence: (...values) => asked.push(["presence", ...values]),
    queue: (...values) => asked.push(["queue", ...values]),
  };
  const store = storeAfter(panel(), told("available"));
  const actions = createActions({ store, commands, session: {} });
  actions.presence("away|Break");
  actions.presence("available");
  actions.queue("billing", true, false);
  store.dispatch(told("away"));
  actions.queue("billing", true, false);
  actions.queue("billing", false, false);
  actions.queue("billing", true, true, "Lunch");
  assert.deepEqual(asked, [
    ["presence", "away", "Break"],
    ["presence", "available", ""],
    ["queue", "billing", true, false, ""],
    ["queue", "billing", true, true, ""],
    ["queue", "billing", false, false, ""],
    ["queue", "billing", true, true, "Lunch"],
  ]);
});
