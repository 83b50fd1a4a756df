/** The reducer: copies converge whatever order, doubles and gaps the answers of the relay come in. */

import assert from "node:assert/strict";
import test from "node:test";

import { deskOf, initialState, reduce } from "../../static/js/state.js";
import { workKey, workOf } from "../../static/js/state/work.js";
import { unconfirmed } from "../../static/js/state/calls.js";
import { pendingCommand } from "../../static/js/state/commands.js";
import { after, answer, call, LINK, NOW, snapshot, told } from "../fakes/softphone.mjs";

const sent = (changes = {}) => ({ type: "command_sent", id: "k1", verb: "HoldCall", call: "c1", ...changes });
const outcome = (state, changes = {}) =>
  answer({ type: "command", outcome: { id: "k1", state, error_id: null, detail: null, ...changes } });

test("an event it does not know leaves the very same state", () => {
  assert.equal(reduce(initialState, { type: "toString" }), initialState);
  assert.equal(reduce(initialState, { type: "constructor" }), initialState);
  const state = after();
  assert.deepEqual(reduce(state, answer({ type: "hasOwnProperty" })), state);
});

test("the first snapshot tells presence, extension, link and calls", () => {
  const state = after(snapshot({ calls: [call()], presence: "away" }));
  assert.deepEqual([state.presence, state.extension, state.known, state.link], ["away", "101", true, LINK]);
  assert.equal(state.calls.c1.state, "alerting");
});

test("a call goes from ringing to ended", () => {
  const story = [
    answer(told("Delivered", { revision: 1 })),
    answer(told("Established", { revision: 2, state: "connected", answered_at: NOW + 3 })),
    answer(
      told("ConnectionCleared", {
        revision: 3,
        state: "cleared",
        cause: "normal",
        answered_at: NOW + 3,
        ended_at: NOW + 9,
      }),
    ),
  ];
  assert.equal(after(...story).calls.c1.state, "cleared");
  assert.equal(after(...story, story[0], story[1]).calls.c1.state, "cleared", "late and doubled events change nothing");
  assert.equal(after(story[2], story[1], story[0]).calls.c1.state, "cleared", "the order does not matter");
});

test("any shuffle of events with doubles ends with the highest revision", () => {
  const states = ["alerting", "connected", "held", "connected", "cleared"];
  const events = states.map((state, index) => answer(told("CallInformation", { revision: index + 1, state })));
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 200; round += 1) {
    const mixed = [...events, ...events].sort(() => random() - 0.5);
    assert.equal(after(...mixed).calls.c1.revision, 5);
  }
});

test("an equal revision does not replace what is known", () => {
  const state = after(answer(told("Delivered", { revision: 4 })));
  assert.equal(
    reduce(state, answer(told("Established", { revision: 4, state: "connected" }))).calls.c1.state,
    "alerting",
  );
});

test("with continuity a call that the snapshot does not list is over", () => {
  for (const resync of ["gap", "expired"]) {
    const state = after(answer(told("Delivered", {})), snapshot({ resync }));
    assert.deepEqual([state.calls.c1.state, state.calls.c1.cause], ["cleared", "lost"]);
  }
});

test("after a restart of the relay a call waits to be confirmed, and is when the connector tells it again", () => {
  const restarted = after(answer(told("Delivered", { revision: 3 })), snapshot({ resync: "epoch" }));
  assert.deepEqual(
    unconfirmed(restarted).map(({ id }) => id),
    ["c1"],
  );
  const again = reduce(restarted, answer(told("CallInformation", { revision: 3 })));
  assert.deepEqual(unconfirmed(again), []);
  assert.equal(Object.keys(again.calls).length, 1, "nothing doubled");
  const gone = reduce(restarted, { type: "unconfirmed_gone", at: NOW + 60 });
  assert.deepEqual([gone.calls.c1.state, gone.calls.c1.cause, gone.calls.c1.ended_at], ["cleared", "lost", NOW + 60]);
});

test("with the phone system out of reach no snapshot ends a call", () => {
  const away = { reachable: false, reason: "connector_lost", connector: "demo" };
  const state = after(answer(told("Delivered", {})), snapshot({ resync: "gap", link: away }));
  assert.equal(state.calls.c1.state, "alerting");
  assert.equal(deskOf(state, "c1").unconfirmed, true);
});

test("missed calls are counted until the history is opened", () => {
  const missed = (id) =>
    answer(told("ConnectionCleared", { id, revision: 2, state: "cleared", cause: "missed", ended_at: NOW }));
  const state = after(answer(told("Delivered", {})), missed("c1"), missed("c2"));
  assert.deepEqual(state.unseenMissed, ["c1", "c2"]);
  const opened = reduce(state, { type: "tab_chosen", tab: "history" });
  assert.deepEqual(opened.unseenMissed, []);
  assert.deepEqual(reduce(opened, missed("c3")).unseenMissed, [], "the agent is looking at it");
});

test("declined, answered elsewhere and outgoing calls are not missed", () => {
  const ended = (changes) => after(answer(told("ConnectionCleared", { state: "cleared", ended_at: NOW, ...changes })));
  for (const cause of ["declined", "answered_elsewhere", "forwarded", "normal"])
    assert.deepEqual(ended({ cause }).unseenMissed, []);
  assert.deepEqual(ended({ cause: "missed", role: "caller" }).unseenMissed, []);
});

test("the clock of the relay counts, but its jitter does not", () => {
  const late = { ...answer(), localNow: NOW - 300 };
  const state = after(late);
  assert.equal(state.clockOffset, 300);
  assert.equal(reduce(state, { ...answer(), localNow: NOW - 300.2 }).clockOffset, 300);
});

test("a command is pending until its outcome", () => {
  for (const final of ["done", "failed", "expired", "unknown"]) {
    const state = after(sent());
    assert.ok(pendingCommand(state, "HoldCall", "c1"));
    assert.ok(!pendingCommand(state, "HoldCall", "c2"));
    const accepted = [{ type: "command_answered", id: "k1", state: "accepted" }, outcome("taken")].reduce(
      reduce,
      state,
    );
    assert.ok(pendingCommand(accepted, "HoldCall", "c1"));
    const ended = reduce(accepted, outcome(final));
    assert.equal(pendingCommand(ended, "HoldCall", "c1"), undefined);
    assert.equal(ended.problems.c1 === undefined, final === "done");
  }
});

test("an outcome that overtakes the answer is kept", () => {
  const state = after(sent(), outcome("done"), { type: "command_answered", id: "k1", state: "accepted" });
  assert.equal(state.commands.k1.state, "done");
});

test("a failed command says why beside its call, until the next try or the agent closes it", () => {
  const state = after(sent(), outcome("failed", { error_id: "call_gone" }));
  assert.equal(state.problems.c1.errorId, "call_gone");
  assert.deepEqual(reduce(state, sent({ id: "k2" })).problems, {});
  assert.deepEqual(reduce(state, { type: "problem_dismissed", scope: "c1" }).problems, {});
  assert.equal(
    after(sent({ verb: "MakeCall", call: null }), outcome("expired")).problems.dial.errorId,
    "command_expired",
  );
  assert.equal(
    after(sent({ verb: "SetAgentState", call: null }), outcome("unknown")).problems.presence.errorId,
    "outcome_unknown",
  );
});

test("outcomes of other tabs are not ours to comment", () => {
  const state = after();
  assert.deepEqual(reduce(state, outcome("failed")), state);
});

test("refusals and lost answers end a command", () => {
  const refused = after(sent(), { type: "command_refused", id: "k1", errorId: "no_connector" });
  assert.deepEqual([refused.commands.k1.state, refused.problems.c1.errorId], ["failed", "no_connector"]);
  assert.equal(after(sent(), { type: "command_unknown", id: "k1" }).commands.k1.state, "unknown");
});

test("commands are remembered in a bounded number", () => {
  const many = Array.from({ length: 100 }, (_, index) => sent({ id: `k${index}` }));
  assert.equal(Object.keys(after(...many).commands).length, 40);
});

test("the history is bounded and forgets the oldest first", () => {
  const ended = Array.from({ length: 130 }, (_, index) =>
    answer(
      told("ConnectionCleared", {
        id: `c${index}`,
        state: "cleared",
        cause: "normal",
        started_at: NOW + index,
        ended_at: NOW + index,
      }),
    ),
  );
  const state = after(...ended);
  assert.equal(Object.keys(state.calls).length, 100);
  assert.ok(!("c0" in state.calls) && "c129" in state.calls);
});

test("a call made by clicking a record's number belongs to the record and closes the dial pad", () => {
  const record = { id: "003A", name: "Anna", type: "Contact" };
  const state = after(
    { type: "dial_filled", number: "089", record },
    sent({ verb: "MakeCall", call: null, record }),
    answer(told("Originated", { state: "initiated", role: "caller", direction: "outbound", command: "k1" })),
  );
  assert.deepEqual([deskOf(state, "c1").chosen, deskOf(state, "c1").chosenByAgent], ["003A", true]);
  assert.deepEqual([state.dial.text, state.dialpadOpen], ["", false]);
});

test("one match is chosen by itself, several are not, and what the agent chose stays", () => {
  const [anna, acme] = [
    { id: "003A", name: "Anna", type: "Contact" },
    { id: "001A", name: "Acme", type: "Account" },
  ];
  const ringing = answer(told("Delivered", {}));
  const done = (records) => ({ type: "lookup_done", call: "c1", records, popData: null });
  assert.equal(deskOf(after(ringing, done([anna])), "c1").chosen, "003A");
  assert.equal(deskOf(after(ringing, done([anna, acme])), "c1").chosen, null);
  assert.equal(deskOf(after(ringing, done([])), "c1").lookup, "none");
  const chosen = after(ringing, done([anna, acme]), { type: "record_chosen", call: "c1", id: "001A" }, done([anna]));
  assert.equal(deskOf(chosen, "c1").chosen, "001A");
});

test("notes after the save are not in the Task yet", () => {
  const saved = { type: "log_changed", call: "c1", log: "saved", taskId: "00T1" };
  const written = workKey(workOf(after(answer(told("Delivered", {}))), "c1"));
  const state = after(answer(told("Delivered", {})), saved);
  assert.equal(deskOf(state, "c1").logStale, false);
  assert.equal(deskOf(reduce(state, { type: "note_typed", call: "c1", text: "late" }), "c1").logStale, true);
  const typed = { type: "note_typed", call: "c1", text: "typed while it was being saved" };
  const during = after(answer(told("Delivered", {})), typed, { ...saved, work: written });
  assert.equal(deskOf(during, "c1").logStale, true);
});

test("another agent sees nothing of the one before, the same agent keeps everything", () => {
  const state = after(answer(told("Delivered", {})), { type: "note_typed", call: "c1", text: "secret" });
  const other = reduce(state, { type: "sign_in_started", agent: "bob" });
  assert.deepEqual([other.calls, other.desk, other.session.agent], [{}, {}, "bob"]);
  assert.ok("c1" in reduce(state, { type: "sign_in_started", agent: "alice" }).calls);
  assert.deepEqual(reduce(state, { type: "signed_out" }).calls, {});
});

test("answering leads back to the phone; the drawer of an ended call closes", () => {
  const looking = after(answer(told("Delivered", {})), { type: "tab_chosen", tab: "settings" });
  const answered = reduce(looking, answer(told("Established", { revision: 2, state: "connected" })));
  assert.equal(answered.tab, "phone");
  const drawer = reduce(answered, { type: "drawer_toggled", kind: "transfer", call: "c1" });
  assert.equal(drawer.drawer.kind, "transfer");
  assert.equal(reduce(drawer, { type: "drawer_toggled", kind: "transfer", call: "c1" }).drawer.kind, null);
  assert.equal(
    reduce(drawer, answer(told("ConnectionCleared", { revision: 3, state: "cleared", cause: "normal" }))).drawer.kind,
    null,
  );
});

test("a screen reader hears what happens, once", () => {
  const ringing = after(answer(told("Delivered", { caller: { number: "1", name: "Anna" } })));
  assert.deepEqual([ringing.said.key, ringing.said.values.party], ["said.incoming", "Anna"]);
  assert.equal(
    reduce(ringing, answer(told("Delivered", {}))).said.n,
    ringing.said.n,
    "the same revision again is silent",
  );
  const steps = [
    ["Established", "connected", "said.connected"],
    ["Held", "held", "said.held"],
    ["Retrieved", "connected", "said.retrieved"],
    ["ConnectionCleared", "cleared", "said.ended"],
  ];
  steps.reduce((state, [event, next, key], index) => {
    const moved = reduce(state, answer(told(event, { revision: index + 2, state: next })));
    assert.equal(moved.said.key, key);
    return moved;
  }, ringing);
});

test("the loss of the relay is said once and since when it lasts", () => {
  const lost = { type: "relay_lost", reason: "network", at: NOW };
  const state = after(lost, { ...lost, at: NOW + 5, reason: "no_answer" });
  assert.deepEqual(state.relay, { status: "lost", reason: "no_answer", since: NOW });
  assert.equal(reduce(state, { type: "relay_online" }).relay.status, "online");
  assert.equal(reduce(after(), { type: "superseded" }).relay.status, "superseded");
});
