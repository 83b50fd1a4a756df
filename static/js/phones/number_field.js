/** A field for a number with its label; suggests the extensions. */

import { el, setAttribute, setText } from "../lib/dom.js";

let next = 0;

/** @param {{onEnter: () => void, class?: string, testid?: string}} spec */
export function createNumberField({ onEnter, class: className = "", testid = null }) {
  const id = `number-${next++}`;
  const label = el("label", { class: "for-screen-readers", for: id });
  const list = el("datalist", { id: `${id}-suggestions` });
  const input = el("input", {
    id,
    class: `field ${className}`.trim(),
    type: "tel",
    autocomplete: "off",
    maxlength: "32",
    "data-testid": testid,
    list: list.id,
    on: {
      keydown: (event) => {
        if (event.key === "Enter") onEnter();
      },
    },
  });
  return {
    element: el("span", { class: "number-field" }, label, input, list),
    input,
    update({ label: text, hint, suggestions = [] }) {
      setText(label, text);
      setAttribute(input, "placeholder", hint);
      if (list.childElementCount !== suggestions.length) {
        list.replaceChildren(...suggestions.map(({ value, label: name }) => el("option", { value, label: name })));
      }
    },
  };
}
