/** Both languages say the same things; every key that the code asks for exists. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { chooseLanguage, createTexts } from "../../static/js/i18n.js";
import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";

const ROOT = new URL("../../static/js/", import.meta.url);
const values = (sentence) =>
  [...sentence.matchAll(/\{(\w+)/g)]
    .map(([, name]) => name)
    .sort()
    .filter((name, index, all) => all.indexOf(name) === index);

test("English and German have the same keys, each with a sentence", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, sentence] of [...Object.entries(en), ...Object.entries(de)]) assert.ok(sentence.trim(), key);
});

test("each sentence has the same values in both languages", () => {
  for (const key of Object.keys(en)) assert.deepEqual(values(de[key]), values(en[key]), key);
});

test("every key that is written in the code exists", () => {
  const files = ["", "view/", "panels/", "state/"].flatMap((folder) =>
    readdirSync(new URL(folder || ".", ROOT))
      .filter((name) => name.endsWith(".js"))
      .map((name) => folder + name),
  );
  const asked = files.flatMap((name) =>
    [...readFileSync(new URL(name, ROOT), "utf8").matchAll(/\bt\("([\w.]+)"/g)].map(([, key]) => `${name}: ${key}`),
  );
  assert.ok(asked.length > 60, "the pattern still finds the keys");
  assert.deepEqual(
    asked.filter((entry) => !(entry.split(": ")[1] in en)),
    [],
  );
});

test("every cause, state and presence of the domain has a sentence", () => {
  const domain = readFileSync(new URL("../../cti_adapter/domain/call.py", import.meta.url), "utf8");
  const members = (name) =>
    [
      ...domain
        .split(`class ${name}(StrEnum)`)[1]
        .split("\nclass ")[0]
        .matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm),
    ].map(([, value]) => value);
  for (const cause of members("Cause")) assert.ok(`cause.${cause}` in en, cause);
  for (const state of members("CallState"))
    assert.ok(["failed", "cleared"].includes(state) || `state.${state}` in en, state);
  const commands = readFileSync(new URL("../../cti_adapter/domain/commands.py", import.meta.url), "utf8");
  for (const [, verb] of commands.matchAll(/tag="(\w+)"/g)) assert.ok(`verb.${verb}` in en, verb);
});

test("the language: asked for, kept, the browser's, else English", () => {
  assert.equal(chooseLanguage({ asked: "de", kept: "en" }), "de");
  assert.equal(chooseLanguage({ kept: "de", browser: ["en-US"] }), "de");
  assert.equal(chooseLanguage({ browser: ["fr-FR", "de-AT", "en"] }), "de");
  assert.equal(chooseLanguage({ asked: "xx", browser: ["fr"] }), "en");
  assert.equal(chooseLanguage({}), "en");
});

test("values are filled in, numbers choose the form, a missing key is shown as it is", () => {
  const { t, has } = createTexts({ en, de }, "en");
  assert.equal(t("tab.missed", { count: 1 }), "one missed call");
  assert.equal(t("tab.missed", { count: 3 }), "3 missed calls");
  assert.equal(t("call.queue", { queue: "{party}" }), "Queue {party}", "a name is never taken for a value");
  assert.equal(t("no.such.key"), "no.such.key");
  assert.ok(has("tab.phone") && !has("no.such.key"));
});

test("another language is one more catalogue, in its own words and its own locale; its gaps are English", () => {
  const fr = { "language.name": "Français", "language.locale": "fr-FR", "tab.settings": "Réglages" };
  const texts = createTexts({ en, de, fr }, "fr");
  assert.deepEqual(texts.languages.at(-1), { value: "fr", label: "Français" });
  assert.deepEqual([texts.t("tab.settings"), texts.t("sign_in.button")], ["Réglages", en["sign_in.button"]]);
  assert.match(texts.day(1_795_428_000, "Europe/Paris"), /nov/);
  assert.equal(chooseLanguage({ offered: ["en", "de", "fr"], browser: ["fr-CA"] }), "fr");
});
