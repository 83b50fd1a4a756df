/** A list of people to choose from: name, number, and whether they are free. Used by dial pad and transfer. */

import { el, keyedList, setAttribute, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/**
 * @param {{testid: string, onChoose: (person: {number: string, name: string}) => void,
 *   onPickup?: (number: string) => void}} parts `onPickup`: take the call that rings there, by dialling that number
 */
export function mountPeople({ testid, onChoose, onPickup = null }) {
  const list = el("ul", { class: "people", "data-testid": testid });

  function create() {
    const dot = el("span", { class: "people-dot", "aria-hidden": "true" });
    const name = el("span", { class: "people-name" });
    const detail = el("span", { class: "people-detail" });
    const state = el("span", { class: "people-state" });
    const names = el("span", { class: "people-names" }, name, detail);
    const button = el("button", { type: "button", class: "people-choice" }, dot, names, state);
    const pickup = mountButton({
      icon: "call",
      class: "button button-small people-pickup",
      testid: "pickup",
      onClick: () => onPickup(item.person.pickup),
    });
    const item = el("li", { class: "people-item" }, button, pickup.element);
    Object.assign(item, { button, dot, name, detail, state, pickup, person: null });
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
          const { pickupLabel, pickupName } = person;
          const offered = onPickup !== null && Boolean(person.pickup);
          item.pickup.update({ label: pickupLabel ?? "", fullName: pickupName ?? "", shown: offered });
        },
      });
      show(list, items.length > 0);
    },
  };
}
