/** The page that explains numbers: lists, batches, records, CSV that no spreadsheet computes, every rule named twice. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { BATCH, ExplainError, explainAll } from "../../static/js/numbers_page/explaining.js";
import { columnOf, columnsOf, linesOf, looksLikeNumber, toCsv } from "../../static/js/numbers_page/lists.js";
import de from "../../static/js/numbers_page/messages/de.js";
import en from "../../static/js/numbers_page/messages/en.js";
import { createRecords, joined } from "../../static/js/numbers_page/records.js";
import { explanation } from "../fakes/softphone.mjs";

const HOW = { settings: { "/ctiNumbers/country": "DE" }, incoming: false, recordCountry: "FR" };
const json = (body, status = 200) => ({ ok: status < 400, status, json: async () => body });

test("one number a line", () => assert.deepEqual(linesOf(" 1 \r\n\r\n2\r3\n"), ["1", "2", "3"]));

for (const [cell, is] of [
  ["+49 (0)89 1234567", true],
  ["112", true],
  ["089/123-4 ext. 5", true],
  ["12", false],
  ["Anna Weber", false],
  ["2026-01-02", false],
  ["Lindenstrasse 12345", false],
]) {
  test(`whether ${cell} looks like a number`, () => assert.equal(looksLikeNumber(cell), is));
}

test("the column with most numbers, with and without a heading", () => {
  const rows = [
    ["Name", "Phone"],
    ["A", "089 123"],
    ["B", "112"],
  ];
  assert.deepEqual(columnsOf(rows), { header: rows[0], rows: rows.slice(1), best: 1 });
  assert.deepEqual(columnsOf([["089 123", "x"]]), { header: null, rows: [["089 123", "x"]], best: 0 });
  assert.deepEqual(columnOf([["a", " 1 "], ["b"], ["c", ""], ["d", "2"]], 1), ["1", "2"]);
});

test("a long list goes in batches, in order, and ends when it is cancelled", async () => {
  const numbers = Array.from({ length: BATCH * 2 + 5 }, (_, index) => String(index));
  const bodies = [];
  const fetch = async (url, { body }) => {
    assert.equal(url, "https://r.example/v1/dialing/explain");
    bodies.push(JSON.parse(body));
    return json({ explanations: bodies.at(-1).numbers.map((number) => explanation(number)), problems: [] });
  };
  const seen = [];
  const cancel = new AbortController();
  const onBatch = (explanations, done) => seen.push([explanations.length, done]);
  await explainAll(numbers, { ...HOW, relayUrl: "https://r.example" }, { onBatch, signal: cancel.signal, fetch });
  assert.deepEqual(seen, [
    [BATCH, BATCH],
    [BATCH, BATCH * 2],
    [5, numbers.length],
  ]);
  assert.deepEqual(
    bodies.flatMap((body) => body.numbers),
    numbers,
  );
  assert.equal(bodies[0].record_country, "FR");
  seen.length = 0;
  const stopping = (_, done) => {
    seen.push(done);
    cancel.abort();
  };
  await explainAll(
    numbers,
    { ...HOW, relayUrl: "https://r.example" },
    { onBatch: stopping, signal: cancel.signal, fetch },
  );
  assert.deepEqual(seen, [BATCH]);
});

test("the country of the record is of no use for incoming numbers", async () => {
  let sent;
  const fetch = async (_, { body }) => {
    sent = JSON.parse(body);
    return json({ explanations: [], problems: [] });
  };
  await explainAll(["1"], { ...HOW, incoming: true }, { onBatch() {}, signal: new AbortController().signal, fetch });
  assert.deepEqual([sent.incoming, sent.record_country], [true, ""]);
});

test("a refusal tells the relay's sentence, a lost server none", async () => {
  const signal = new AbortController().signal;
  const refused = async () => json({ detail: "numbers: too many" }, 422);
  const lost = async () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(explainAll(["1"], HOW, { onBatch() {}, signal, fetch: refused }), (error) => {
    assert.ok(error instanceof ExplainError);
    return error.status === 422 && error.message === "numbers: too many";
  });
  await assert.rejects(explainAll(["1"], HOW, { onBatch() {}, signal, fetch: lost }), (error) => error.status === 0);
});

test("a spreadsheet computes nothing of the result", () => {
  const found = { ...explanation("=1+1"), dial: "@x", rules: [{ rule: "uri", before: "a", after: "b" }], problems: [] };
  const rows = toCsv([{ ...found, e164: "+4989", display: "-1", extension: "", internal: false, emergency: true }], ";")
    .replace("\ufeff", "")
    .split("\r\n");
  assert.equal(rows[0], "input;dial;e164;display;internal;emergency;extension;alternatives;lookup;rules;problems");
  assert.equal(rows[1], "'=1+1;'@x;+4989;'-1;false;true;;;1+1;uri: a > b;");
});

test("cells with separators, quotes and line breaks are quoted", () => {
  const found = { ...explanation('a,"b"\nc'), dial: "", rules: [], problems: [] };
  assert.ok(toCsv([found]).includes('"a,""b""\nc"'));
});

test("the record is searched by the number, then by the head office, few at a time", async () => {
  const asked = [];
  let running = 0;
  const fetch = async (_, { body }) => {
    running += 1;
    assert.ok(running <= 2);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    const { searchParams } = JSON.parse(body);
    asked.push(searchParams);
    return json({ matches: searchParams === "+490" ? [{ name: "Acme", objectType: "Account" }] : [] });
  };
  const records = createRecords(fetch);
  const one = explanation("1", { lookup: ["+491", "0491", "+490"], probable: ["+490"] });
  const found = await Promise.all([records.find(one), records.find(one), records.find(one)]);
  assert.deepEqual(found[0], { name: "Acme", type: "Account", probable: true });
  assert.deepEqual(asked.slice(0, 2), ["+491 OR 0491", "+491 OR 0491"]);
});

test("a search takes so many spellings as fit", () => {
  const keys = Array.from({ length: 60 }, (_, index) => `+49891234${index + 10}`);
  assert.ok(joined(keys).every((search) => search.length <= 380));
  assert.deepEqual(
    joined(keys).flatMap((search) => search.split(" OR ")),
    keys,
  );
  assert.deepEqual(joined(["12"]), []);
});

test("both languages have every text, and a title for every rule of the server", () => {
  const ofServer = (key) => key.startsWith("why.") || /^problem\.(?!unreachable|refused)/.test(key);
  assert.deepEqual(
    Object.keys(de).filter((key) => !ofServer(key)),
    Object.keys(en),
  );
  const folder = new URL("../../cti_adapter/domain/numbers/", import.meta.url);
  const sources = ["forming", "incoming", "kinds", "outgoing", "reading", "recognising"].map((name) =>
    readFileSync(new URL(`${name}.py`, folder), "utf8"),
  );
  const rules = Object.keys(en).filter((key) => key.startsWith("rule."));
  const decided = sources.flatMap((source) => [
    ...source.matchAll(/(?:decide|_extension|RuleApplied)\((?:draft, )?"([a-z_]+)"/g),
  ]);
  const changed = sources.flatMap((source) => [...source.matchAll(/change\([^"\n]*"([a-z_0-9]+)"/g)]);
  assert.ok(decided.length > 8 && changed.length > 15);
  for (const [, rule] of [...decided, ...changed]) {
    assert.ok(rules.includes(`rule.${rule}`), rule);
    assert.ok(`why.${rule}` in de, rule);
  }
  const noted = sources.flatMap((source) => [...source.matchAll(/(?:note|refuse)\("([a-z_]+)"/g)]);
  assert.ok(noted.length > 8);
  for (const [, problem] of noted) assert.ok(`problem.${problem}` in de, problem);
});
