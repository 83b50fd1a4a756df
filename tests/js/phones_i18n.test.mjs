/** The phones page: both languages say the same things, and every key that the code asks for exists. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { CALLERS } from "../../static/js/phones/callers.js";
import de from "../../static/js/phones/messages/de.js";
import en from "../../static/js/phones/messages/en.js";

const ROOT = new URL("../../static/js/phones/", import.meta.url);
const values = (sentence) => [...new Set([...sentence.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();

test("English and German have the same keys, each with a sentence and the same values", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) {
    assert.ok(en[key].trim() && de[key].trim(), key);
    assert.deepEqual(values(de[key]), values(en[key]), key);
  }
});

test("every key that is written in the code exists, and each of its stems", () => {
  const code = readdirSync(ROOT)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(new URL(name, ROOT), "utf8"))
    .join("\n");
  const asked = [...code.matchAll(/\bt\("([\w.]+)"/g)].map(([, key]) => key);
  assert.ok(asked.length > 15, "the pattern still finds the keys");
  assert.deepEqual(
    asked.filter((key) => !(key in en)),
    [],
  );
  for (const { note } of CALLERS) assert.ok(note in en, note);
});

test("every refusal of the simulated phones has a sentence", () => {
  const code = ["pbx", "phones", "connector"]
    .map((name) => readFileSync(new URL(`../../cti_adapter/connectors/simulator/${name}.py`, import.meta.url), "utf8"))
    .join("\n");
  const refusals = new Set([...code.matchAll(/CommandRefused\("(\w+)"/g)].map(([, id]) => id));
  assert.ok(refusals.size >= 5);
  // Only a page that is not ours sends more than fits.
  refusals.delete("body_too_large");
  for (const id of refusals) assert.ok(`error.${id}` in en, id);
});
