/** The records that have the caller's number: one named, several to choose from, none with what can be done. */

import { el, icon, keyedList, setAttribute, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

const KNOWN = new Set(["Account", "Contact", "Lead", "Case"]);

/**
 * @param {{choose: (call: string, record: string) => void, search: (call: string) => void, openDeferred: (call: string) => void,
 *   create: (call: string, object: string) => void}} actions
 */
export function mountMatches(actions) {
  const status = el("p", { class: "matches-status" });
  const list = el("ul", { class: "matches-list" });
  const search = mountButton({
    icon: "search",
    class: "button button-small",
    testid: "match-search",
    onClick: () => actions.search(element.dataset.call),
  });
  const deferred = mountButton({
    icon: "record",
    class: "button button-small button-badge",
    testid: "pop-deferred",
    onClick: () => actions.openDeferred(element.dataset.call),
  });
  const makes = el("span", { class: "matches-creates" });
  const makeButtons = new WeakMap();
  const buttons = el("div", { class: "matches-buttons" }, search.element, makes);
  const element = el("div", { class: "matches", "data-testid": "matches" }, deferred.element, status, list, buttons);

  function create({ id, type }) {
    const button = el("button", {
      type: "button",
      class: "match",
      "data-type": KNOWN.has(type) ? type : "record",
      on: { click: () => actions.choose(element.dataset.call, id) },
    });
    const picture = el("span", { class: "match-icon" }, icon(KNOWN.has(type) ? type : "record"));
    const names = el(
      "span",
      { class: "match-names" },
      el("span", { class: "match-name" }),
      el("span", { class: "match-type" }),
    );
    button.append(picture, names, icon("check", "icon match-check"));
    return el("li", {}, button);
  }

  function createMake({ object }) {
    const button = mountButton({
      icon: "add",
      class: "button button-small",
      testid: "match-new",
      onClick: () => actions.create(element.dataset.call, object),
    });
    makeButtons.set(button.element, button);
    return button.element;
  }

  function update(item, record) {
    const button = item.firstElementChild;
    const [name, type] = button.querySelector(".match-names").children;
    setText(name, record.name);
    setText(type, record.typeLabel);
    setAttribute(button, "aria-pressed", String(record.chosen));
    show(button.lastElementChild, record.chosen);
  }

  return {
    element,
    update(callId, vm) {
      setAttribute(element, "data-call", callId);
      setAttribute(element, "data-searching", vm.searching && "true");
      show(element, vm.shown && (vm.status !== "" || vm.items.length > 0 || vm.deferred.shown));
      setText(status, vm.status);
      show(status, vm.status !== "");
      keyedList(list, vm.items, { key: (record) => record.id, create, update });
      show(list, vm.items.length > 0);
      show(buttons, vm.searchable);
      search.update({ label: vm.searchLabel });
      keyedList(makes, vm.unknown ? vm.creates : [], {
        key: ({ object }) => object,
        create: createMake,
        update: (button, { label }) => makeButtons.get(button).update({ label }),
      });
      deferred.update(vm.deferred);
    },
  };
}
