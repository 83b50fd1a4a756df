/** The phone's presence and Omni-Channel in step: who follows whom, and that it comes to rest whatever happens. */

import assert from "node:assert/strict";
import test from "node:test";

import { HostError } from "../../static/js/host_error.js";
import { startOmniChannel } from "../../static/js/omni/sync.js";
import { settings, tabStorage, world } from "../fakes/omni_channel.mjs";
import { call, NOW, settled, storeAfter } from "../fakes/softphone.mjs";

const TO = "ringing -> Busy_Ring; call -> Busy_Call; away:Lunch -> Lunch; away -> Break; available -> Available";
const FROM = "Available* -> available; Break -> away:Break; Busy -> do_not_disturb; offline -> away";

let revision = 1;
const at = (state, more = {}) => {
  revision += 1;
  const ended = state === "cleared" ? { ended_at: NOW + 5, cause: "normal" } : {};
  return call({ state, revision, direction: "outbound", role: "calling", ...ended, ...more });
};

test("a presence that is chosen sets the status, by its reason", async () => {
  const omni = await world({ to: TO });
  omni.present("away|Lunch");
  await omni.settle();
  omni.present("away|Meeting");
  await omni.settle();
  omni.present("do_not_disturb");
  await omni.settle();
  omni.present("available");
  await omni.settle();
  assert.deepEqual(omni.asked, ["Lunch", "Break", "Available"]);
});

test("nothing is changed at the start, whatever the two say", async () => {
  const omni = await world({ to: TO, from: FROM, status: "Busy" });
  await omni.reload();
  assert.deepEqual([omni.asked, omni.commanded], [[], []]);
});

test("a call has its status, and the one before comes back", async () => {
  const omni = await world({ to: TO, from: FROM, status: "Available_Chat" });
  for (const state of ["alerting", "connected", "held", "connected", "cleared"]) {
    omni.call(at(state));
    await omni.settle();
  }
  assert.deepEqual(omni.asked, ["Busy_Ring", "Busy_Call", "Available_Chat"]);
  assert.deepEqual(omni.commanded, []);
});

test("a call that is over before Omni-Channel has answered is not lost, and leaves nothing behind", async () => {
  const omni = await world({ to: TO, status: "Break", presence: "away" });
  for (let calls = 0; calls < 3; calls += 1) {
    omni.call(at("initiated", { id: `short-${calls}` }));
    omni.call(at("cleared", { id: `short-${calls}` }));
  }
  await omni.settle();
  assert.deepEqual(omni.asked, ["Busy_Call", "Break", "Busy_Call", "Break", "Busy_Call", "Break"]);
  assert.equal(omni.status, "Break");
});

test("an unanswered call out does not make an agent available who is away", async () => {
  const omni = await world({ to: `${TO}; * -> Available`, from: FROM, status: "Break", presence: "away|Break" });
  omni.call(at("initiated"));
  await omni.settle();
  omni.call(at("failed"));
  omni.call(at("cleared", { cause: "no_answer" }));
  await omni.settle();
  assert.deepEqual([omni.status, omni.presence, omni.commanded], ["Break", "away|Break", []]);
});

test("with a second call the status stays until the last one is over", async () => {
  const omni = await world({ to: "ringing -> none; call -> Busy_Call; available -> Available" });
  omni.call(at("connected"));
  omni.call(at("alerting", { id: "c2" }));
  await omni.settle();
  omni.call(at("cleared"));
  await omni.settle();
  assert.equal(omni.status, "Busy_Call");
  omni.call(at("cleared", { id: "c2" }));
  await omni.settle();
  assert.deepEqual(omni.asked, ["Busy_Call", "Available"]);
});

test("what somebody chooses in Omni-Channel during a call stays, also when its status changes on the way", async () => {
  const omni = await world({ to: TO });
  omni.call(at("alerting"));
  await omni.settle();
  omni.choose("Training");
  omni.call(at("connected"));
  await omni.settle();
  omni.call(at("cleared"));
  await omni.settle();
  assert.deepEqual([omni.asked, omni.status], [["Busy_Ring", "Training"], "Training"]);
  omni.call(at("connected", { id: "next" }));
  await omni.settle();
  assert.equal(omni.status, "Busy_Call");
});

test("a choice that our own request overtakes comes back after the call", async () => {
  const omni = await world({ to: TO });
  omni.call(at("connected"));
  omni.choose("Training");
  await omni.settle();
  assert.equal(omni.status, "Busy_Call");
  omni.call(at("cleared"));
  await omni.settle();
  assert.equal(omni.status, "Training");
});

test("a presence chosen during a call counts after it", async () => {
  const omni = await world({ to: TO });
  omni.call(at("connected"));
  await omni.settle();
  omni.present("away|Lunch");
  await omni.settle();
  assert.equal(omni.status, "Busy_Call");
  omni.call(at("cleared"));
  await omni.settle();
  assert.deepEqual(omni.asked, ["Busy_Call", "Lunch"]);
});

test("a status that somebody chooses becomes the presence, and goes no further", async () => {
  const omni = await world({ to: `${TO}; do_not_disturb -> Elsewhere`, from: FROM });
  for (const status of ["Busy", "Break", "Available_Chat", "Training"]) {
    omni.choose(status);
    await omni.settle();
  }
  assert.deepEqual(omni.commanded, ["do_not_disturb", "away|Break", "available"]);
  assert.deepEqual([omni.asked, omni.status], [[], "Training"]);
});

test("two choices in a hurry: the last one counts, at both ends", async () => {
  const omni = await world({ to: `${TO}; do_not_disturb -> Elsewhere`, from: FROM });
  omni.choose("Busy");
  omni.choose("Available_Chat");
  await omni.settle();
  assert.deepEqual([omni.status, omni.presence, omni.asked], ["Available_Chat", "available", []]);
});

test("a presence that is there already is not set again; any reason will do where none is wanted", async () => {
  const omni = await world({ from: "Break -> away; Lunch -> away:Lunch", presence: "away" });
  omni.choose("Break");
  await omni.settle();
  assert.deepEqual(omni.commanded, []);
  omni.choose("Lunch");
  await omni.settle();
  omni.choose("Break");
  await omni.settle();
  assert.deepEqual([omni.commanded, omni.presence], [["away|Lunch"], "away|Lunch"]);
});

test("who is logged out of Omni-Channel is not logged in by calls or presence", async () => {
  const omni = await world({ to: TO, from: FROM, status: "" });
  omni.call(at("connected"));
  omni.present("away");
  omni.call(at("cleared"));
  await omni.settle();
  assert.deepEqual(omni.asked, []);
});

test("logging out is a choice, too: the phone follows and the end of the call changes nothing", async () => {
  const omni = await world({ to: TO, from: FROM });
  omni.call(at("connected"));
  await omni.settle();
  omni.choose("");
  await omni.settle();
  omni.call(at("cleared"));
  await omni.settle();
  assert.deepEqual([omni.asked, omni.commanded, omni.status], [["Busy_Call"], ["away"], ""]);
});

test("a page that is loaded anew during a call brings the status back at its end", async () => {
  const omni = await world({ to: TO, status: "Available_Chat" });
  omni.call(at("connected"));
  await omni.settle();
  await omni.reload();
  omni.call(at("cleared"));
  await omni.settle();
  assert.equal(omni.status, "Available_Chat");
  await omni.reload();
  assert.equal(omni.status, "Available_Chat");
});

test("a page that is loaded anew after the call brings it back at once; a choice made meanwhile stays", async () => {
  const before = async (meanwhile) => {
    const omni = await world({ to: TO, status: "Available_Chat" });
    omni.call(at("connected"));
    await omni.settle();
    omni.panels[0].hear = null;
    meanwhile(omni);
    omni.calls = {};
    await omni.reload();
    return omni.status;
  };
  assert.equal(await before(() => {}), "Available_Chat");
  assert.equal(await before((omni) => omni.choose("Break")), "Break");
});

test("a phone system that is out of reach for a moment is no change of presence", async () => {
  const omni = await world({ to: "* -> Available" });
  omni.choose("Training");
  await omni.settle();
  const [{ store }] = omni.panels;
  for (const presence of [null, "available"])
    store.dispatch({
      type: "polled",
      localNow: NOW,
      answer: { now: NOW, state: { presence, link: {}, calls: [] }, resync: "gap" },
    });
  await omni.settle();
  assert.deepEqual(omni.asked, []);
});

test("two pages of one agent ask for the same, and the result is that of one", async () => {
  const omni = await world({ to: TO, from: FROM, panels: 2 });
  omni.call(at("connected"));
  await omni.settle();
  omni.call(at("cleared"));
  await omni.settle();
  omni.choose("Busy");
  await omni.settle();
  assert.deepEqual([omni.status, omni.presence], ["Busy", "do_not_disturb"]);
  assert.deepEqual([...new Set(omni.commanded)], ["do_not_disturb"]);
});

test("a status that Salesforce does not give is named once, as a wrong setting", async () => {
  const omni = await world({ to: TO });
  omni.refusals = { Lunch: "unknown", Break: "refused" };
  for (const key of ["away|Lunch", "away", "away|Lunch", "available"]) {
    omni.present(key);
    await omni.settle();
  }
  const named = omni.panels[0].store.state.settings.panelProblems.map(({ setting, value, rule }) => [
    setting,
    value,
    rule,
  ]);
  assert.deepEqual(named, [
    ["/ctiOmniChannel/toOmni", "Lunch", "no_such_status"],
    ["/ctiOmniChannel/toOmni", "Break", "status_refused"],
  ]);
  omni.call(at("connected"));
  await omni.settle();
  omni.call(at("cleared"));
  await omni.settle();
  assert.equal(omni.status, "Available");
});

test("a channel that is not there is a wrong setting; without one nothing is said at all", async () => {
  const started = async (channel, code) => {
    const store = storeAfter();
    const published = [];
    const host = {
      subscribe: async () => Promise.reject(new HostError(code, "")),
      publish: async (...message) => void published.push(message),
    };
    startOmniChannel({ store, host, commands: {}, kept: tabStorage() });
    store.dispatch(settings({ channel, to: TO }));
    await settled();
    assert.deepEqual(published, []);
    return store.state.settings.panelProblems.map(({ setting, rule }) => [setting, rule]);
  };
  assert.deepEqual(await started("Nope__c", "GENERIC_ERROR"), [["/ctiOmniChannel/channel", "no_such_channel"]]);
  assert.deepEqual(await started("CtiPresence__c", "UNAVAILABLE"), []);
  assert.deepEqual(await started("", "GENERIC_ERROR"), []);
});

/** Numbers that look random and are the same in each run (mulberry32). */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const STATUSES = ["Available", "Available_Chat", "Busy", "Break", ""];
const PRESENCES = ["available", "away", "away|Lunch", "do_not_disturb"];

function randomRules(roll) {
  const one = (list) => list[roll(list.length)];
  const to = Array.from({ length: roll(7) }, () => {
    const condition = one(["call", "ringing", "call", "away", "away:Lunch", "do_not_disturb", "available", "*"]);
    const own = ["call", "ringing"].includes(condition) ? "On_Call" : "Break";
    return `${condition} -> ${one([own, "Available", "Busy", "none"])}`;
  });
  const from = Array.from({ length: roll(7) }, () => {
    const target = one(["available", "away", "away:Lunch", "do_not_disturb", "none"]);
    return `${one(["Available", "Available*", "Busy", "Busy*", "Break", "offline", "*"])} -> ${target}`;
  });
  return { to: to.join("; "), from: from.join("; ") };
}

/** A day in which anything happens at any moment, also while the last thing is still under way. */
async function day(seed) {
  const roll = dice(seed);
  const panels = 1 + roll(2);
  const rules = randomRules(roll);
  const omni = await world({ ...rules, status: STATUSES[roll(STATUSES.length)], panels, pick: roll });
  const changes = 1 + roll(12);
  const ring = (state, n) => omni.call(at(state, { id: `s${seed}-${n}` }));
  for (let change = 0; change < changes; change += 1) {
    const what = roll(3);
    if (what === 0) omni.choose(STATUSES[roll(STATUSES.length)]);
    else if (what === 1) omni.present(PRESENCES[roll(PRESENCES.length)]);
    else ring(["alerting", "connected", "held", "cleared"][roll(4)], roll(2));
    for (let steps = roll(4); steps > 0; steps -= 1) await omni.step();
  }
  for (const n of [0, 1]) ring("cleared", n);
  return { omni, rules, panels, changes: changes + 2 };
}

test("whatever the rules and the order of things: each change is carried over at most once, and then there is rest", async () => {
  let carried = 0;
  for (let seed = 1; seed <= 600; seed += 1) {
    const { omni, rules, panels, changes } = await day(seed);
    await omni.settle(changes * panels * 3);
    const traffic = omni.asked.length + omni.commanded.length;
    const what = `seed ${seed}: ${JSON.stringify({ ...rules, asked: omni.asked, commanded: omni.commanded })}`;
    assert.ok(traffic <= changes * panels, what);
    assert.notEqual(omni.status, "On_Call", what);
    carried += traffic;
  }
  assert.ok(carried > 600, `only ${carried} changes were carried over: the days are too quiet to tell anything`);
});
