/** People for what is typed: who is asked, who is shown, and what a click or Enter means. */

import assert from "node:assert/strict";
import test from "node:test";

import { startDirectory } from "../../static/js/directory.js";
import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { view } from "../../static/js/view.js";
import { peopleView, searchedText } from "../../static/js/view/directory.js";
import { after, answer, eventually, NOW, RecordingHost, settled, storeAfter, told } from "../fakes/softphone.mjs";

const texts = createTexts({ en, de }, "en");
const colleague = (changes) => ({
  agent: "bob",
  extension: "102",
  name: "Bob Brandt",
  presence: "available",
  line: "idle",
  ...changes,
});
const typed = (text) => ({ type: "dial_typed", text });
const found = (search, colleagues, people = []) => ({
  type: "directory_found",
  search,
  colleagues,
  people,
  more: false,
});
const people = (...events) => peopleView(after(...events), texts);

test("names and what may be an extension are looked for; longer digits, a clicked number and a hidden pad are not", () => {
  const searched = (...events) => searchedText(after(...events));
  assert.equal(searched(typed("bo")), "bo");
  assert.equal(searched(typed("102")), "102");
  assert.equal(searched(typed("0891234567")), null);
  assert.equal(searched(typed("")), null);
  assert.equal(searched({ type: "directory_toggled" }), "");
  assert.equal(searched({ type: "dial_filled", number: "102", record: { id: "003A", name: "E" } }), null);
  assert.equal(searched(typed("bo"), { type: "tab_chosen", tab: "history" }), null);
  const transfer = { type: "drawer_toggled", kind: "transfer", call: "c1" };
  assert.equal(searched(answer(told("Established", {})), transfer), "");
  assert.equal(searched(typed("bo"), transfer, { type: "drawer_typed", text: "ca" }), "ca");
});

for (const [line, presence, state, tone] of [
  ["idle", "available", "Free", "good"],
  ["ringing", "available", "Rings", "busy"],
  ["busy", "away", "On a call", "busy"],
  ["idle", "away", "Away", "away"],
  ["idle", "do_not_disturb", "Do not disturb", "busy"],
  ["unknown", null, "", "none"],
]) {
  test(`a colleague whose phone is ${line} and who is ${presence} shows as ${state || "nothing"}`, () => {
    const [bob] = people(typed("bo"), found("bo", [colleague({ line, presence })]));
    assert.deepEqual(
      [bob.name, bob.detail, bob.state, bob.tone, bob.number],
      ["Bob Brandt", "102", state, tone, "102"],
    );
  });
}

test("somebody whom both know is listed once; others of the company with each of their numbers", () => {
  const dana = { id: "005B", name: "Dana", title: "Sales", extension: "", numbers: ["+49 40 1", "+49 171 2"] };
  const bob = { id: "005A", name: "Bob Brandt", title: "Support", extension: "102", numbers: ["+49 30 1"] };
  const shown = people(typed("b"), found("b", [colleague()], [bob, dana]));
  assert.deepEqual(
    shown.map(({ name, detail, number }) => [name, detail, number]),
    [
      ["Bob Brandt", "102 · Support", "102"],
      ["Dana", "+49 40 1 · Sales", "+49 40 1"],
      ["Dana", "+49 171 2 · Sales", "+49 171 2"],
    ],
  );
});

test("an answer for what was typed before shows nobody", () => {
  assert.deepEqual(people(typed("bo"), found("b", [colleague()])), []);
});

test("a name that means one person can be dialled by Enter; a number never turns into a person", () => {
  const person = (...events) => view(after(...events), NOW, texts).dial.person;
  assert.equal(person(typed("bo"), found("bo", [colleague()])).number, "102");
  assert.equal(person(typed("b"), found("b", [colleague(), colleague({ agent: "ben", extension: "105" })])), null);
  assert.equal(person(typed("10"), found("10", [colleague()])), null);
});

test("relay and Salesforce are asked once the agent pauses, the list is kept up to date, and ends with the text", async () => {
  const store = storeAfter({ type: "signed_in", agent: "alice" });
  const asked = [];
  const api = {
    post: async (path, { search }) => {
      asked.push([path, search]);
      return { colleagues: [colleague({ line: asked.length > 1 ? "busy" : "idle" })], more: false };
    },
  };
  const host = new RecordingHost();
  const searched = [];
  host.findPeople = async (text) => {
    searched.push(text);
    return [{ id: "005B", name: "Boris", title: "", extension: "", numbers: ["+49 1"] }];
  };
  const pauses = [];
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      pauses.push([ms, resolve]);
      signal.addEventListener("abort", resolve);
    });
  startDirectory({ store, host, api, isVisible: () => true, sleep });
  store.dispatch(typed("b"));
  store.dispatch(typed("bo"));
  assert.deepEqual(asked, []);
  pauses.at(-1)[1]();
  await eventually(() => peopleView(store.state, texts).length === 2, "both answers");
  pauses.at(-1)[1]();
  await eventually(() => peopleView(store.state, texts)[0].tone === "busy", "the state of now");
  assert.deepEqual([asked, searched], [Array(2).fill(["/v1/colleagues", "bo"]), ["bo"]]);
  store.dispatch(typed(""));
  await settled();
  assert.deepEqual([store.state.directory.search, asked.length], [null, 2]);
});

test("where nobody is called so the relay is not asked again, and digits are never asked of Salesforce", async () => {
  const store = storeAfter({ type: "signed_in", agent: "alice" });
  let asked = 0;
  const api = { post: async () => ({ colleagues: [], more: false, n: ++asked }) };
  const host = new RecordingHost();
  host.findPeople = async () => assert.fail("asked for digits");
  startDirectory({ store, host, api, isVisible: () => true, sleep: async () => {} });
  store.dispatch(typed("999"));
  await settled();
  await settled();
  assert.equal(asked, 1);
});
