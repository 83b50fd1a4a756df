/** Choose who calls whom, and one big button that lets it ring. */

import { el, icon, keyedList, setAttribute, setText, show } from "../lib/dom.js";
import { CALLERS, callerName } from "./callers.js";
import { createNumberField } from "./number_field.js";

/** @param {{ring: (call: {from: string, name: string, to: string}) => void, t: (key: string, values?: object) => string}} dependencies */
export function createOutside({ ring, t }) {
  let to = null;
  let choices = [];
  const other = createNumberField({ onEnter: press, testid: "other-number" });
  other.update({ label: t("outside.other_label"), hint: "+49 30 …" });
  other.input.addEventListener("focus", () => choose("other"));
  const callers = el("div", { class: "callers" }, ...CALLERS.map((caller) => callerRow(caller, t)), otherRow(other, t));
  const targets = el("div", { class: "targets" });
  const label = el("span");
  const button = el(
    "button",
    { type: "button", class: "ring-button", "data-testid": "ring", on: { click: press } },
    icon("call"),
    label,
  );
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const data = el("input", {
    type: "text",
    class: "field",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "CASE_NUMBER=00001026",
    "data-testid": "call-data",
    "aria-label": t("outside.data"),
  });
  callers.querySelector("input").checked = true;
  targets.addEventListener("change", (event) => {
    to = event.target.value;
    name();
  });

  function choose(id) {
    callers.querySelector(`input[value="${id}"]`).checked = true;
  }

  function press() {
    const chosen = callers.querySelector("input[name='caller']:checked").value;
    const caller = CALLERS.find(({ id }) => id === chosen) ?? { number: other.input.value, name: "" };
    ring({ from: caller.number, name: caller.name, to, data: entered(data.value) });
  }

  function name() {
    setText(label, choices.find(({ value }) => value === to)?.ring ?? "");
  }

  return {
    elements: [
      el("fieldset", { class: "choice" }, el("legend", { text: t("outside.caller") }), callers),
      el("fieldset", { class: "choice" }, el("legend", { text: t("outside.target") }), targets),
      el("fieldset", { class: "choice" }, el("legend", { text: t("outside.data") }), data),
      button,
      problem,
    ],
    problem: (text) => {
      setText(problem, text);
      show(problem, text !== "");
    },
    update(wanted) {
      choices = wanted;
      to ??= choices[0]?.value ?? null;
      keyedList(targets, choices, {
        key: ({ value }) => value,
        create: ({ value }) =>
          el(
            "label",
            { class: "target" },
            el("input", { type: "radio", name: "target", value, checked: value === to }),
            el("span"),
            el("small"),
          ),
        update: (row, { label: text, detail }) => {
          setText(row.children[1], text);
          setText(row.children[2], detail);
        },
      });
      setAttribute(button, "disabled", to === null);
      name();
    },
  };
}

/** `NAME=value; OTHER=value` as an object. */
export function entered(text) {
  const pairs = text.split(";").map((part) => part.split("="));
  return Object.fromEntries(
    pairs.filter(([name]) => name.trim() !== "").map(([name, ...value]) => [name.trim(), value.join("=").trim()]),
  );
}

function callerRow(caller, t) {
  const words = el(
    "span",
    { class: "caller-words" },
    el("strong", { text: callerName(caller, t) }),
    el("small", { text: [caller.shown, t(caller.note)].filter(Boolean).join(" · ") }),
  );
  return el("label", { class: "caller" }, el("input", { type: "radio", name: "caller", value: caller.id }), words);
}

function otherRow(field, t) {
  const radio = el("input", { type: "radio", name: "caller", value: "other", "aria-label": t("outside.other_number") });
  const words = el(
    "span",
    { class: "caller-words" },
    el("strong", { text: t("outside.other_number"), "aria-hidden": "true" }),
    field.element,
  );
  return el("div", { class: "caller" }, radio, words);
}
