/** Numbers to search for, durations, and the Task that a call becomes. */

import assert from "node:assert/strict";
import test from "node:test";

import { createTexts, duration } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { createNumbers, digitKeys } from "../../static/js/numbers.js";
import {
  buildFollowUp,
  buildTask,
  isLogged,
  onlyTouched,
  otherParty,
  talkSeconds,
  taskChanges,
} from "../../static/js/task.js";
import { Claims, call, NOW } from "../fakes/softphone.mjs";

const EN = createTexts({ en, de }, "en");
const DE = createTexts({ en, de }, "de");
const BERLIN = "Europe/Berlin";

for (const [number, expected] of [
  ["+49 89 1234567", ["+49891234567", "49891234567", "91234567"]],
  ["089/1234567", ["0891234567", "91234567"]],
  ["sip:+49891234567@pbx.example;user=phone", ["+49891234567", "49891234567", "91234567"]],
  ["tel:+49-89-1234567;ext=3", ["+49891234567", "49891234567", "91234567"]],
  ["102", ["102"]],
  ["12", []],
  ["", []],
  [null, []],
  ["anonymous", []],
]) {
  test(`what is searched for ${number} while the relay cannot say more`, () =>
    assert.deepEqual(digitKeys(number), expected));
}

test("the relay's keys come in two kinds; out of reach the digits are searched", async () => {
  const api = new Claims();
  const numbers = createNumbers({ api, settings: () => ({ "/ctiNumbers/country": "DE" }) });
  api.explanations["089"] = { e164: "+4989", display: "089", lookup: ["a", "b", "c"], probable: ["c"] };
  assert.deepEqual(await numbers.recognise("089"), {
    e164: "+4989",
    display: "089",
    keys: ["a", "b"],
    probable: ["c"],
  });
  assert.deepEqual(api.explained, [{ numbers: ["089"], settings: { "/ctiNumbers/country": "DE" }, incoming: true }]);
  api.reachable = false;
  const unknown = await numbers.recognise("089 1234567");
  assert.deepEqual(unknown, { e164: null, display: "089 1234567", keys: ["0891234567", "91234567"], probable: [] });
  assert.deepEqual(await numbers.alternatives("1 / 2"), []);
});

test("a time shown is never negative, never NaN", () => {
  assert.equal(duration(-5), "0:00");
  assert.equal(duration(NaN), "0:00");
  assert.equal(duration(undefined), "0:00");
  assert.equal(duration(59.9), "0:59");
  assert.equal(duration(754), "12:34");
  assert.equal(duration(3723), "1:02:03");
});

test("talk time is 0 for a call that was not answered, and never negative", () => {
  assert.equal(talkSeconds(call({ ended_at: NOW + 40 })), 0);
  assert.equal(talkSeconds(call({ answered_at: NOW + 5, ended_at: NOW + 65.4 })), 60);
  assert.equal(talkSeconds(call({ answered_at: NOW + 5, ended_at: NOW })), 0);
  assert.equal(talkSeconds(call({ answered_at: NOW + 5 })), 0);
  assert.equal(talkSeconds(call({ answered_at: 0, ended_at: 10 })), 10, "0 is an instant, too");
});

test("internal calls and those that a colleague took are not logged", () => {
  assert.ok(isLogged(call()));
  assert.ok(isLogged(call({ cause: "missed" })));
  assert.ok(!isLogged(call({ direction: "internal" })));
  assert.ok(!isLogged(call({ cause: "answered_elsewhere" })));
});

test("the other party depends on the role, not on the direction", () => {
  assert.equal(
    otherParty(call({ direction: "internal", role: "caller", called: { number: "102", name: "Bob" } })).name,
    "Bob",
  );
  assert.equal(otherParty(call()).number, "+49 89 1234567");
});

test("the Task of an answered incoming call", () => {
  const ended = call({ id: "pbx-7", state: "cleared", cause: "normal", answered_at: NOW + 6, ended_at: NOW + 96 });
  const record = { id: "003A", name: "Anna", type: "Contact" };
  assert.deepEqual(buildTask(ended, { record, notes: "Quote" }, EN, BERLIN), {
    entityApiName: "Task",
    Subject: "Call inbound +49 89 1234567 2026-11-23 11:00",
    Status: "Completed",
    ActivityDate: "2026-11-23",
    TaskSubtype: "Call",
    CallType: "Inbound",
    CallDurationInSeconds: 90,
    CallObject: "pbx-7",
    CallDisposition: "Answered",
    WhoId: "003A",
    Description: "Quote",
  });
});

test("subject and disposition follow the language, the day follows the agent's clock", () => {
  const late = call({ started_at: NOW + 13.5 * 3600, cause: "missed", ended_at: NOW + 13.6 * 3600 });
  const task = buildTask(late, {}, DE, BERLIN);
  assert.equal(task.Subject, "Anruf eingehend +49 89 1234567 2026-11-24 00:30");
  assert.deepEqual(
    [task.CallDisposition, task.ActivityDate, task.CallDurationInSeconds],
    ["Verpasst", "2026-11-24", 0],
  );
});

test("people go into WhoId, everything else into WhatId, nobody into neither", () => {
  const reference = (record) => {
    const { WhoId, WhatId } = buildTask(call(), { record }, EN, BERLIN);
    return [WhoId, WhatId];
  };
  assert.deepEqual(reference({ id: "003A", type: "Contact" }), ["003A", undefined]);
  assert.deepEqual(reference({ id: "00QA", type: "Lead" }), ["00QA", undefined]);
  assert.deepEqual(reference({ id: "00QA", type: "" }), ["00QA", undefined], "the id tells where the type is missing");
  assert.deepEqual(reference({ id: "001A", type: "Account" }), [undefined, "001A"]);
  assert.deepEqual(
    reference({ id: "001A", type: "Account", contactId: "003P" }),
    ["003P", undefined],
    "person account",
  );
  assert.deepEqual(reference({ id: "a01A", type: "Machine__c" }), [undefined, "a01A"]);
  const task = buildTask(call(), {}, EN, BERLIN);
  assert.ok(!("WhoId" in task) && !("WhatId" in task) && !("Description" in task));
});

test("a lead stands alone, a person and what the call is about stand together", () => {
  const about = { id: "500A", type: "Case" };
  const of = (record, related) => {
    const { WhoId, WhatId } = buildTask(call(), { record, wrapUp: { related } }, EN, BERLIN);
    return [WhoId, WhatId];
  };
  assert.deepEqual(of({ id: "003A", type: "Contact" }, about), ["003A", "500A"]);
  assert.deepEqual(of({ id: "00QA", type: "Lead" }, about), ["00QA", undefined]);
  assert.deepEqual(of({ id: "001A", type: "Account" }, about), [undefined, "500A"]);
});

test("the wrap-up stands in for what the call itself says", () => {
  const task = buildTask(call(), { wrapUp: { subject: "Quote", disposition: "Sold" } }, EN, BERLIN);
  assert.deepEqual([task.Subject, task.CallDisposition], ["Quote", "Sold"]);
});

test("a follow-up is a Task of its own, open, on the same records", () => {
  const wrapUp = { followUp: "Send the quote", followUpOn: "2026-12-01", related: { id: "500A", type: "Case" } };
  assert.deepEqual(buildFollowUp(call(), { record: { id: "003A", type: "Contact" }, wrapUp }), {
    entityApiName: "Task",
    Subject: "Send the quote",
    Status: "Not Started",
    ActivityDate: "2026-12-01",
    CallObject: "c1#follow-up",
    WhoId: "003A",
    WhatId: "500A",
  });
});

test("only what the agent has changed is written, and nothing over what somebody else has", () => {
  const wrote = { Subject: "Call", CallDisposition: "Answered", Description: "a", WhoId: "003A" };
  const changes = (wanted, found) => taskChanges({ ...wrote, ...wanted }, wrote, found);
  assert.deepEqual(changes({ Description: "a b" }, null).changes, { Description: "a b" }, "nobody can look");
  assert.deepEqual(changes({ CallDisposition: "Sold" }, wrote), {
    changes: { CallDisposition: "Sold" },
    keptFields: [],
  });
  assert.deepEqual(changes({ CallDisposition: "Sold" }, { ...wrote, CallDisposition: "Lost" }), {
    changes: {},
    keptFields: ["CallDisposition"],
  });
  assert.deepEqual(changes({}, { ...wrote, Subject: "Edited" }), { changes: {}, keptFields: [] });
  assert.equal(changes({ Description: "a b" }, { ...wrote, Description: "theirs" }).changes.Description, "theirs\nb");
  assert.equal(changes({ Description: "" }, { ...wrote }).changes.Description, "", "notes may be emptied");
  assert.deepEqual(changes({}, { ...wrote, WhoId: "003A" }).changes, {});
});

test("in the Task of another tab only what was filled in is changed, and notes are never lost", () => {
  const desk = { notes: "more", wrapUp: { subject: "", disposition: "Sold", related: null }, chosenByAgent: false };
  const wanted = onlyTouched(buildTask(call(), desk, EN, BERLIN), desk);
  assert.deepEqual(Object.keys(wanted).sort(), ["CallDisposition", "Description"]);
  assert.deepEqual(taskChanges(wanted, null, { CallDisposition: "Answered", Description: "theirs" }).changes, {
    CallDisposition: "Sold",
    Description: "theirs\nmore",
  });
});

test("internal calls are logged when agent or admin want it, a colleague's never", () => {
  const internal = call({ direction: "internal" });
  assert.deepEqual(
    [
      isLogged(internal),
      isLogged(internal, { log: true }),
      isLogged(internal, {}, true),
      isLogged(call(), { log: false }),
    ],
    [false, true, true, false],
  );
  assert.equal(isLogged(call({ cause: "answered_elsewhere" }), { log: true }), false);
});

test("outgoing calls, withheld numbers, overlong values", () => {
  const outgoing = call({ direction: "outbound", role: "caller", called: { number: "0170", name: "" } });
  assert.match(buildTask(outgoing, {}, EN, BERLIN).Subject, /^Call outbound 0170 /);
  assert.equal(buildTask(outgoing, {}, EN, BERLIN).CallType, "Outbound");
  assert.match(buildTask(call({ caller: { number: "", name: "" } }), {}, EN, BERLIN).Subject, /Number withheld/);
  const long = buildTask(
    call({ caller: { number: "9".repeat(400), name: "" } }),
    { notes: "n".repeat(40_000) },
    EN,
    BERLIN,
  );
  assert.deepEqual([long.Subject.length, long.Description.length], [255, 32_000]);
});

test("a tab that finds the Task of another one changes nothing of which it knows nothing", () => {
  const found = {
    Subject: "Call inbound +4930",
    CallDisposition: "Solved",
    Description: "",
    WhoId: "003A",
    WhatId: "",
  };
  assert.deepEqual(taskChanges({}, null, found), { changes: {}, keptFields: [] });
  const notes = taskChanges({ Description: "Wants a quote" }, null, found);
  assert.deepEqual(notes.changes, { Description: "Wants a quote" });
});
