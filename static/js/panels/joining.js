/** Two calls: swap, connect the two people, conference, back. */

import { el, setAttribute, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {object} actions */
export function mountJoining(actions) {
  let vm = null;
  const title = el("p", { class: "joining-title", id: "joining-title" });
  const buttons = {
    complete: mountButton({
      icon: "transfer",
      class: "button button-brand button-wide",
      testid: "transfer-complete",
      onClick: () => actions.complete(vm),
    }),
    swap: mountButton({
      icon: "swap",
      class: "button",
      testid: "swap",
      onClick: () => actions.retrieve(vm.swapTo),
    }),
    conference: mountButton({
      icon: "conference",
      class: "button",
      testid: "conference",
      onClick: () => actions.conference(vm.call, vm.consultation),
    }),
    back: mountButton({
      icon: "back",
      class: "button",
      testid: "consult-back",
      onClick: () => actions.reconnect(vm.call, vm.consultation),
    }),
  };
  const element = el(
    "div",
    { class: "joining", role: "group", "aria-labelledby": "joining-title", "data-testid": "joining" },
    title,
    ...Object.values(buttons).map((button) => button.element),
  );

  return {
    element,
    update(joining) {
      vm = joining;
      show(element, vm !== null);
      if (vm === null) return;
      setText(title, vm.title);
      setAttribute(element, "data-answered", vm.answered && "true");
      for (const [name, button] of Object.entries(buttons)) button.update(vm[name]);
    },
  };
}
