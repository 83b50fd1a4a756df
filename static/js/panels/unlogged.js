/** Calls with which the agent is not finished: they stay until they are saved and have what is required. */

import { el, icon, keyedList, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {HTMLElement} root @param {{retryLog: (call: string) => void, saveAgain: (call: string) => void, finish: (call: string) => void}} actions */
export function mountUnlogged(root, actions) {
  root.className = "unlogged";
  root.setAttribute("data-testid", "unlogged");
  const title = el("strong", {});
  const list = el("ul", { class: "unlogged-list" });
  const buttons = new WeakMap();
  root.append(el("p", { class: "unlogged-title" }, icon("warning"), title), list);

  function create({ id }) {
    const name = el("span", { class: "unlogged-name" });
    const why = el("span", { class: "unlogged-why" });
    const retry = mountButton({
      class: "button button-small",
      testid: "unlogged-retry",
      onClick: () => actions[buttons.get(element).does](id),
    });
    const element = el(
      "li",
      { class: "unlogged-item" },
      el("span", { class: "unlogged-names" }, name, why),
      retry.element,
    );
    buttons.set(element, { name, why, retry, does: "retryLog" });
    return element;
  }

  return {
    update(vm) {
      show(root, vm.signedIn && vm.unlogged.items.length > 0);
      setText(title, vm.unlogged.title);
      show(list, !vm.unlogged.folded);
      keyedList(list, vm.unlogged.items, {
        key: (call) => call.id,
        create,
        update(element, call) {
          const parts = buttons.get(element);
          const { name, why, retry } = parts;
          parts.does = call.does;
          setText(name, `${call.name}, ${call.time}`);
          setText(why, call.why);
          retry.update({ label: call.action });
        },
      });
    },
    unmount: () => root.replaceChildren(),
  };
}
