/** Calls for other components of the page, and their wish to dial. */

import assert from "node:assert/strict";
import test from "node:test";

import { HostError } from "../../static/js/host_error.js";
import { startMessaging } from "../../static/js/messaging.js";
import { answer, NOW, settled, storeAfter, told } from "../fakes/softphone.mjs";

const named = (channel) => ({
  type: "settings_checked",
  problems: [],
  effective: {},
  panel: { message_channel: channel, away_reasons: [], dispositions: [], pop_rules: [], new_records: [] },
});

function connected({ refuses = null } = {}) {
  const store = storeAfter();
  const published = [];
  const clicked = [];
  const listeners = [];
  const host = {
    publish: async (channel, message) => void published.push([channel, message]),
    subscribe: async (channel, listener) => {
      if (refuses) throw refuses;
      listeners.push([channel, listener]);
    },
  };
  startMessaging({ store, host, desk: { clicked: (click) => clicked.push(click) } });
  return { store, published, clicked, listeners };
}

test("each change of a call is told once, with times as Salesforce has them", () => {
  const { store, published } = connected();
  store.dispatch(named("CtiCall__c"));
  store.dispatch(answer(told("Delivered", {})));
  store.dispatch({ type: "note_typed", call: "c1", text: "not a matter of others" });
  store.dispatch(answer(told("Established", { state: "connected", answered_at: NOW, revision: 9 })));
  assert.deepEqual(
    published.map(([channel, { type, callId, state, answeredAt }]) => [channel, type, callId, state, answeredAt]),
    [
      ["CtiCall__c", "call", "c1", "alerting", null],
      ["CtiCall__c", "call", "c1", "connected", NOW * 1000],
    ],
  );
  assert.equal(JSON.stringify(published).includes("matter of others"), false);
});

test("without a channel nothing is told to anybody", () => {
  const { store, published, listeners } = connected();
  store.dispatch(named(""));
  store.dispatch(answer(told("Delivered", {})));
  assert.deepEqual([published, listeners], [[], []]);
});

test("a request to dial is a click; our own messages and those without a number are not", () => {
  const { store, clicked, listeners } = connected();
  store.dispatch(named("CtiCall__c"));
  const [[, hear]] = listeners;
  hear({ type: "dial", number: " +49 30 1 ", recordId: "003000000000001", recordName: "E", objectType: "Contact" });
  hear({ type: "dial", number: 110, recordId: "<script>" });
  for (const other of [{ type: "dial" }, { type: "call", callId: "c1" }, null, "dial"]) hear(other);
  assert.deepEqual(clicked, [
    { number: "+49 30 1", record: { id: "003000000000001", name: "E", type: "Contact" } },
    { number: "110", record: null },
  ]);
});

test("a channel that is not there is a wrong setting; Classic, which has none, is not", async () => {
  const problems = async (code) => {
    const { store } = connected({ refuses: new HostError(code, "") });
    store.dispatch(named("Nope__c"));
    await settled();
    return store.state.settings.panelProblems.map(({ setting, rule }) => [setting, rule]);
  };
  assert.deepEqual(await problems("GENERIC_ERROR"), [["/ctiMessages/channel", "no_such_channel"]]);
  assert.deepEqual(await problems("UNAVAILABLE"), []);
});
