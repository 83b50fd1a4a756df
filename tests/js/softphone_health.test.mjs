/** Is everything well: each trouble has its words, and the report holds nothing of anybody. */

import assert from "node:assert/strict";
import test from "node:test";

import { createDiary } from "../../static/js/diary.js";
import { createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";
import { healthReport, healthView, redacted } from "../../static/js/view/health.js";
import { after, answer, NOW, snapshot, told } from "../fakes/softphone.mjs";

const texts = createTexts({ en, de }, "en");
const health = (...events) => healthView(after(...events), NOW + 1, texts);
const rowOf = (view, key) => view.rows.find((row) => row.key === key);

test("when all is well nothing is to be done", () => {
  const view = health();
  assert.equal(view.tone, "good");
  assert.deepEqual(
    view.rows.filter(({ tone }) => tone !== "good"),
    [],
  );
});

test("each trouble is named, with what to do", () => {
  const lost = health({ type: "relay_lost", reason: "network", at: NOW });
  assert.deepEqual([lost.tone, rowOf(lost, "relay").tone], ["error", "error"]);
  assert.notEqual(rowOf(lost, "relay").advice, "");
  const link = { reachable: false, reason: "login_refused", connector: "pbx" };
  assert.match(rowOf(health(snapshot({ link })), "system").advice, /login/);
  const wrong = [{ setting: "/ctiLogging/wrapUp", value: "yes", rule: "one_of", message: "" }];
  const settings = health({ type: "settings_checked", problems: [], effective: {}, panelProblems: wrong });
  assert.deepEqual([settings.tone, rowOf(settings, "settings").text], ["warning", "wrapUp"]);
  const standalone = health({
    type: "host_ready",
    host: { kind: "standalone", problem: "script_failed", canLog: false },
  });
  assert.equal(rowOf(standalone, "host").tone, "error");
  assert.equal(rowOf(healthView(after(), NOW + 500, texts), "event").tone, "warning");
});

test("the report names no person and holds no number, whatever has happened", () => {
  const diary = createDiary({ now: () => NOW * 1000 });
  const events = [
    answer(told("Delivered", { caller: { number: "+4930111222", name: "Erika Muster" }, data: { CASE: "00001026" } })),
    { type: "note_typed", call: "c1", text: "secret" },
    { type: "dial_filled", number: "+4989555", record: { id: "003A", name: "Anna" } },
    { type: "command_refused", id: "x", errorId: "call_gone" },
    { type: "relay_lost", reason: "network", at: NOW },
    { type: "lookup_done", call: "c1", records: [{ id: "003A", name: "Anna", type: "Contact" }], popData: null },
  ];
  for (const event of events) diary.note(event);
  const state = after(...events);
  const report = healthReport(state, NOW, diary.lines(), { agent: "Browser 1" });
  for (const secret of ["4930111222", "Erika", "00001026", "CASE", "secret", "4989555", "Anna", "alice"])
    assert.ok(!report.includes(secret), secret);
  assert.match(report, /relay_lost reason=network/);
  assert.match(report, /command_refused errorId=call_gone/);
  assert.equal(redacted("alice@acme.example"), "a…@a….e…");
});

test("the diary is bounded, and leaves out what is written with every key", () => {
  const diary = createDiary({ now: () => NOW * 1000 });
  for (let count = 0; count < 200; count += 1) {
    diary.note({ type: "relay_online" });
    diary.note({ type: "note_typed", text: "x" });
  }
  assert.equal(diary.lines().length, 60);
  assert.ok(diary.lines().every((line) => line.endsWith("relay_online")));
});
