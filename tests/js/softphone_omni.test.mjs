/** Availability and Omni-Channel in step: which rule counts, what comes back after a call, and that it always settles. */

import assert from "node:assert/strict";
import test from "node:test";

import { presenceFor, statusFor } from "../../static/js/omni/rules.js";
import { startOmniChannel } from "../../static/js/omni/sync.js";
import { answer, eventually, NOW, settled, storeAfter, told } from "../fakes/softphone.mjs";

const rules = (...texts) =>
  texts.map((text) => {
    const [condition, target] = text.split(" -> ");
    return { condition, target };
  });
const TO = rules(
  "call -> Busy_Call",
  "away:Lunch -> Lunch",
  "away -> Break",
  "do_not_disturb -> offline",
  "available -> Available",
);
const FROM = rules("Lunch -> away:Lunch", "Break -> away", "offline -> away", "Available* -> available", "* -> none");

test("the first rule that fits counts, on the way there", () => {
  const of = (presence, ...doing) => statusFor({ presence, doing: new Set(doing) }, TO);
  assert.deepEqual(of("available"), { status: "Available", passing: false });
  assert.deepEqual(of("away|lunch"), { status: "Lunch", passing: false });
  assert.deepEqual(of("away|Meeting"), { status: "Break", passing: false });
  assert.deepEqual(of("do_not_disturb"), { status: "", passing: false });
  assert.deepEqual(of("away|Lunch", "call"), { status: "Busy_Call", passing: true });
  assert.deepEqual(of("available", "ringing"), { status: "Available", passing: false });
  assert.equal(of(""), null);
  assert.deepEqual(statusFor({ presence: "away", doing: new Set() }, rules("* -> none")), {
    status: null,
    passing: false,
  });
});

test("and on the way back", () => {
  assert.equal(presenceFor("Lunch", FROM), "away|Lunch");
  assert.equal(presenceFor("available_chat", FROM), "available");
  assert.equal(presenceFor("", FROM), "away");
  assert.equal(presenceFor("Training", FROM), "", "left alone");
  assert.equal(presenceFor("", rules("Break -> away")), "");
});

/** A page with the component of Omni-Channel in it: both answer as the real ones do, a moment later. */
class Page {
  constructor({ status = "Available", to = TO, from = FROM } = {}) {
    this.status = status;
    this.asked = [];
    this.chosen = [];
    this.revision = 1;
    const panel = { omni_channel: "CtiPresence__c", to_omni: to, from_omni: from, wrap_up: "off", dispositions: [] };
    this.store = storeAfter({ type: "settings_checked", problems: [], effective: {}, panel });
    const host = {
      subscribe: async (_, listener) => {
        this.heard = listener;
      },
      publish: async (_, message) => void this.#take(message),
    };
    const commands = { presence: async (state, reason) => this.#choose(state, reason) };
    this.sync = startOmniChannel({ store: this.store, host, commands });
  }

  #take(message) {
    this.asked.push(message.type === "set_status" ? message.status : message.type);
    if (message.type === "set_status") this.status = message.status;
    setImmediate(() => this.heard({ type: "status", status: this.status, byPerson: false }));
  }

  async #choose(state, reason) {
    this.chosen.push(reason ? `${state}|${reason}` : state);
    await null;
    this.presence(state, reason);
    return "done";
  }

  /** Somebody changes the status in Omni-Channel. */
  async inOmni(status) {
    this.status = status;
    this.heard({ type: "status", status, byPerson: true });
    await settled();
  }

  presence(state, reason = "") {
    this.store.dispatch(answer({ type: "presence", state, reason, queues: [] }));
  }

  async atPhone(state, reason = "") {
    this.presence(state, reason);
    await settled();
  }

  async call(state) {
    this.revision += 1;
    const event = { connected: "Established", cleared: "ConnectionCleared" }[state];
    const ended = state === "cleared" ? { ended_at: NOW, cause: "normal" } : {};
    this.store.dispatch(answer(told(event, { state, revision: this.revision, answered_at: NOW, ...ended })));
    await settled();
  }
}

async function page(how) {
  const made = new Page(how);
  await settled();
  made.asked.length = 0;
  return made;
}

test("what is found at the beginning is nobody's change", async () => {
  const made = new Page({ status: "Break" });
  await settled();
  assert.deepEqual([made.asked, made.chosen], [["ask_status"], []]);
});

test("a change at the phone changes the status, and the other way round, without an echo", async () => {
  const made = await page();
  await made.atPhone("away", "Lunch");
  assert.deepEqual([made.asked, made.chosen, made.status], [["Lunch"], [], "Lunch"]);
  await made.inOmni("Available_Chat");
  assert.deepEqual([made.asked, made.chosen, made.status], [["Lunch"], ["available"], "Available_Chat"]);
  await made.inOmni("Training");
  assert.deepEqual(made.chosen, ["available"], "no rule for it");
});

test("a call has a status of its own, and the one before comes back", async () => {
  const made = await page({ status: "Available_Chat" });
  await made.call("connected");
  assert.equal(made.status, "Busy_Call");
  await made.call("cleared");
  assert.deepEqual([made.asked, made.chosen], [["Busy_Call", "Available_Chat"], []]);
});

test("who was away stays away after a call that they made", async () => {
  const made = await page();
  await made.atPhone("away");
  await made.call("connected");
  await made.call("cleared");
  assert.deepEqual([made.status, made.chosen], ["Break", []]);
});

test("a status that somebody chooses during the call stays after it", async () => {
  const made = await page();
  await made.call("connected");
  await made.inOmni("Lunch");
  await made.call("cleared");
  assert.deepEqual([made.status, made.chosen], ["Lunch", ["away|Lunch"]]);
});

test("an availability that is chosen during the call counts after it", async () => {
  const made = await page();
  await made.call("connected");
  await made.atPhone("away", "Lunch");
  assert.equal(made.status, "Busy_Call");
  await made.call("cleared");
  assert.equal(made.status, "Lunch");
});

test("after a reload during the call the status is that of the availability, and not busy for ever", async () => {
  const made = new Page({ status: "Busy_Call" });
  made.store.dispatch(answer(told("Established", { state: "connected", revision: 2, answered_at: NOW })));
  await settled();
  made.revision = 2;
  await made.call("cleared");
  assert.equal(made.status, "Available");
});

test("nobody is logged in to Omni-Channel by their phone", async () => {
  const made = await page({ status: "" });
  await made.call("connected");
  await made.call("cleared");
  await made.atPhone("away");
  assert.deepEqual(made.asked, []);
});

test("what Salesforce refuses is named once, by its setting", async () => {
  const made = await page();
  for (const reason of ["unknown_status", "unknown_status"]) made.heard({ type: "refused", status: "Lunhc", reason });
  const { panelProblems } = made.store.state.settings;
  assert.deepEqual(
    panelProblems.map(({ setting, value, rule }) => [setting, value, rule]),
    [["/ctiOmniChannel/toOmni", "Lunhc", "omni_unknown_status"]],
  );
});

test("a channel that is not there is named, in Classic nothing is said", async () => {
  const refusal = async (code) => {
    const panel = { omni_channel: "CtiPresence__c", to_omni: [], from_omni: [] };
    const store = storeAfter({ type: "settings_checked", problems: [], effective: {}, panel });
    const host = {
      subscribe: async () => Promise.reject(Object.assign(new Error(code), { code })),
      publish: async () => {},
    };
    startOmniChannel({ store, host, commands: {} });
    await settled();
    return store.state.settings.panelProblems.map(({ setting, rule }) => [setting, rule]);
  };
  assert.deepEqual(await refusal("GENERIC_ERROR"), [["/ctiOmniChannel/channel", "no_such_channel"]]);
  assert.deepEqual(await refusal("UNAVAILABLE"), []);
});

/** Numbers that look random and are the same each time (mulberry32). */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

test("whatever the rules say and whoever changes what, it settles: one change makes at most one on each side", async () => {
  const statuses = ["Available", "Break", "Lunch", "Busy_Call", ""];
  const states = ["available", "away", "away:Lunch", "do_not_disturb"];
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const pick = (list) => list[roll(list.length)];
    const to = Array.from({ length: 5 }, () => ({
      condition: pick([...states, "call", "*"]),
      target: pick([...statuses.slice(0, 4), "offline", "none"]),
    }));
    const from = Array.from({ length: 5 }, () => ({
      condition: pick([...statuses.slice(0, 4), "offline", "*"]),
      target: pick([...states, "none"]),
    }));
    const made = await page({ status: pick(statuses), to, from });
    let talking = false;
    for (let step = 0; step < 12; step += 1) {
      const before = made.asked.length + made.chosen.length;
      const act = roll(3);
      if (act === 0) await made.inOmni(pick(statuses));
      else if (act === 1) {
        const [state, reason = ""] = pick(states).split(":");
        await made.atPhone(state, reason);
      } else {
        talking = !talking;
        if (talking) await made.call("connected");
        else {
          await made.call("cleared");
          break;
        }
      }
      const caused = made.asked.length + made.chosen.length - before;
      assert.ok(caused <= 1, `seed ${seed}: ${caused} changes by one`);
    }
    made.sync.stop();
  }
  await eventually(() => true);
});
