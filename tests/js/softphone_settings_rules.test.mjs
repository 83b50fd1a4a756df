/** Every rule that a setting can break has a sentence in both languages. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import de from "../../static/js/messages/de.js";
import en from "../../static/js/messages/en.js";

const folder = new URL("../../cti_adapter/domain/call_center/", import.meta.url);
const sources = ["values", "settings", "panel_settings", "omni_rules"]
  .map((name) => readFileSync(new URL(`${name}.py`, folder), "utf8"))
  .join("");
const raised = [
  ...sources.matchAll(/WrongValue\(\s*"([a-z_]+)"/g),
  ...sources.matchAll(/given, "([a-z_]+)", sentence/g),
];
const passed = [...sources.matchAll(/_whole\([^")]*"([a-z_]+)"/g), ...sources.matchAll(/, "(length_order)",/g)];
const rules = new Set([...raised, ...passed].map((match) => match[1]));

test("the rules are found in the source", () => {
  for (const rule of [
    "prefix_characters",
    "country_unknown",
    "prefix_of_another_country",
    "length_range",
    "length_order",
    "message_channel",
    "to_omni_target",
  ])
    assert.ok(rules.has(rule), rule);
});

for (const rule of rules) {
  test(`the panel can say what ${rule} means`, () => {
    assert.ok(`rule.${rule}` in en);
    assert.ok(`rule.${rule}` in de);
  });
}
