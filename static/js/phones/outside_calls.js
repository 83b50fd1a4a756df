/** The calls that somebody outside takes part in, with their keys. */

import { el, keyedList, setAttribute, setText, show } from "../lib/dom.js";
import { updateKeys } from "./desk_phone.js";

/** @param {{act: (call: string, action: string) => void, t: (key: string) => string}} dependencies */
export function createOutsideCalls({ act, t }) {
  const none = el("p", { class: "hint", text: t("outside.no_calls") });
  const list = el("ul", { class: "outside-calls", "data-testid": "outside-calls" });
  return {
    elements: [el("h3", { class: "outside-heading", text: t("outside.calls") }), none, list],
    update(calls) {
      show(none, calls.length === 0);
      keyedList(list, calls, { key: ({ id }) => id, create, update: (row, call) => update(row, call, act) });
    },
  };
}

function create() {
  const words = el("span", { class: "caller-words" }, el("strong"), el("small"));
  return el(
    "li",
    { class: "outside-call" },
    el("span", { class: "call-dot", "aria-hidden": "true" }),
    words,
    el("span", { class: "call-keys" }),
  );
}

function update(row, call, act) {
  setAttribute(row, "data-tone", call.tone);
  setText(row.querySelector("strong"), call.party);
  setText(row.querySelector("small"), [call.state, call.with, call.sees].filter(Boolean).join(" · "));
  updateKeys(row.querySelector(".call-keys"), call.buttons, (action) => act(call.id, action));
}
