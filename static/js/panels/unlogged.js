/** Calls that could not be saved in Salesforce: they stay until they are. */

import { el, icon, keyedList, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {HTMLElement} root @param {{retryLog: (call: string) => void}} actions */
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
      onClick: () => actions.retryLog(id),
    });
    const element = el(
      "li",
      { class: "unlogged-item" },
      el("span", { class: "unlogged-names" }, name, why),
      retry.element,
    );
    buttons.set(element, { name, why, retry });
    return element;
  }

  return {
    update(vm) {
      show(root, vm.signedIn && vm.unlogged.items.length > 0);
      setText(title, vm.unlogged.title);
      keyedList(list, vm.unlogged.items, {
        key: (call) => call.id,
        create,
        update(element, call) {
          const { name, why, retry } = buttons.get(element);
          setText(name, `${call.name}, ${call.time}`);
          setText(why, call.log.error);
          retry.update({ label: vm.unlogged.retry });
        },
      });
    },
    unmount: () => root.replaceChildren(),
  };
}
