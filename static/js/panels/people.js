/** A list of people to choose from: name, number, and whether they are free. Used by dial pad and transfer. */

import { el, keyedList, setAttribute, setText, show } from "../lib/dom.js";

/** @param {{testid: string, onChoose: (person: {number: string, name: string}) => void}} parts */
export function mountPeople({ testid, onChoose }) {
  const list = el("ul", { class: "people", "data-testid": testid });

  function create() {
    const dot = el("span", { class: "people-dot", "aria-hidden": "true" });
    const name = el("span", { class: "people-name" });
    const detail = el("span", { class: "people-detail" });
    const state = el("span", { class: "people-state" });
    const names = el("span", { class: "people-names" }, name, detail);
    const button = el("button", { type: "button", class: "people-choice" }, dot, names, state);
    const item = el("li", {}, button);
    Object.assign(item, { button, dot, name, detail, state, person: null });
    button.addEventListener("click", () => onChoose(item.person));
    return item;
  }

  return {
    element: list,
    update({ items, label }) {
      setAttribute(list, "aria-label", label);
      keyedList(list, items, {
        key: (person) => person.key,
        create,
        update(item, person) {
          item.person = person;
          setText(item.name, person.name);
          setText(item.detail, person.detail);
          setText(item.state, person.state);
          setAttribute(item.dot, "data-tone", person.tone);
        },
      });
      show(list, items.length > 0);
    },
  };
}
