/** One explained number: a line that opens to every rule. It decides nothing. */

import { el } from "../lib/dom.js";

/**
 * @param {object} found an explanation, as the relay gives it
 * @param {{texts: object, incoming: boolean, record?: Promise<object|null>|null}} how
 */
export function createRow(found, { texts, incoming, record = null }) {
  const { t } = texts;
  const refused = found.problems.some((problem) => problem.refused);
  const result = (incoming ? (found.e164 ?? "") : found.dial) || t(refused ? "row.refused" : "row.nothing");
  const head = el(
    "summary",
    { class: "number-head" },
    cell("number-input", t("column.input"), found.input),
    cell("number-result", t(incoming ? "column.e164" : "column.dial"), result),
    cell("number-display", t("column.display"), found.display),
    el("span", { class: "number-badges" }, ...badges(found, t)),
  );
  if (record) head.append(recordCell(record, t));
  const element = el("details", { class: "number", "data-testid": "number", "data-refused": refused }, head);
  // A thousand rows are quick because only those that are opened are filled.
  element.addEventListener("toggle", () => element.open && fill(element, found, texts), { once: true });
  return element;
}

function cell(className, label, text) {
  return el(
    "span",
    { class: `number-cell ${className}` },
    el("span", { class: "number-label", text: label }),
    el("span", { class: "number-text", text }),
  );
}

function badges(found, t) {
  const made = [];
  const badge = (kind, text) => made.push(el("span", { class: "badge", "data-kind": kind, text }));
  if (found.emergency) badge("emergency", t("badge.emergency"));
  if (found.internal) badge("internal", t("badge.internal"));
  if (found.extension) badge("extension", t("badge.extension", { digits: found.extension }));
  if (found.alternatives.length > 1) badge("several", t("badge.several", { count: found.alternatives.length }));
  if (found.problems.some((problem) => problem.error_id === "uncertain")) badge("uncertain", t("badge.uncertain"));
  return made;
}

function recordCell(record, t) {
  const text = el("span", { class: "number-text", text: "…" });
  void record.then((match) => {
    text.textContent = match ? t(match.probable ? "record.probable" : "record.found", match) : t("record.none");
  });
  return el(
    "span",
    { class: "number-cell number-record" },
    el("span", { class: "number-label", text: t("column.record") }),
    text,
  );
}

function fill(element, found, texts) {
  const { t } = texts;
  const said = saying(texts);
  const body = el("div", { class: "number-body" });
  body.append(
    ...found.problems.map((problem) =>
      el("p", { class: "number-problem", ...said(`problem.${problem.error_id}`, problem.message) }),
    ),
  );
  body.append(el("h3", { text: t("rules.title") }), rules(found, texts));
  if (found.alternatives.length > 1) body.append(list(t("alternatives.title"), found.alternatives, () => ""));
  if (found.lookup.length > 0) {
    const probable = new Set(found.probable);
    body.append(list(t("lookup.title"), found.lookup, (key) => (probable.has(key) ? t("lookup.probable") : "")));
  }
  element.append(body);
}

/** A sentence of the server, which speaks English and knows the values; another language has its own, more general one. */
function saying({ t, has }) {
  return (key, sentence) => (has(key) ? { text: t(key) } : { text: sentence, lang: "en" });
}

function rules(found, texts) {
  const { t, has } = texts;
  const said = saying(texts);
  if (found.rules.length === 0) return el("p", { class: "number-none", text: t("rules.none") });
  const items = found.rules.map((rule) => {
    const title = has(`rule.${rule.rule}`) ? t(`rule.${rule.rule}`) : rule.rule;
    const step = rule.before === rule.after ? [rule.before] : [rule.before, " → ", rule.after || "–"];
    return el(
      "li",
      { "data-rule": rule.rule },
      el("strong", { text: title }),
      el("span", { class: "rule-why", ...said(`why.${rule.rule}`, rule.why) }),
      el("code", {}, ...step.map((text) => document.createTextNode(text))),
    );
  });
  return el("ol", { class: "rules" }, ...items);
}

function list(title, items, remark) {
  const entries = items.map((item) => {
    const more = remark(item);
    return el("li", {}, el("code", { text: item }), more ? el("span", { class: "rule-why", text: more }) : null);
  });
  return el("div", {}, el("h3", { text: title }), el("ol", { class: "keys" }, ...entries));
}
