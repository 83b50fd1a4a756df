/** Call forwarding, folded away behind a button that shows where calls go, and the messages that wait. */

import { el, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {object} actions toggleLine(), typeForwarding(kind, text), forward(kind, number), hearMessages(number) */
export function mountLine(actions) {
  let messages = "";
  const voicemail = mountButton({
    icon: "voicemail",
    class: "button button-small line-voicemail",
    testid: "voicemail",
    onClick: () => actions.hearMessages(messages),
  });
  const toggle = mountButton({
    icon: "forward",
    class: "button button-small line-toggle",
    testid: "forward-toggle",
    onClick: actions.toggleLine,
  });
  const list = el("ul", { class: "forwards" });
  const problem = el("p", { class: "problem", role: "alert" });
  const body = el("div", { class: "line-body", id: "forwards", "data-testid": "forwards" }, list, problem);
  setAttribute(toggle.element, "aria-controls", "forwards");

  function create({ kind }) {
    const id = `forward-${kind}`;
    const name = el("label", { class: "forward-name", for: id });
    const input = el("input", { id, class: "forward-number", type: "tel", autocomplete: "off", maxlength: "64" });
    const button = mountButton({
      class: "button button-small",
      testid: "forward-set",
      onClick: () => actions.forward(kind, item.target),
    });
    const item = el("li", { class: "forward", "data-kind": kind }, name, input, button.element);
    input.addEventListener("input", () => actions.typeForwarding(kind, input.value));
    input.addEventListener("keydown", ({ key }) => key === "Enter" && button.element.click());
    return Object.assign(item, { name, input, button, target: "" });
  }

  return {
    voicemail: voicemail.element,
    toggle: toggle.element,
    body,
    update(vm) {
      messages = vm.voicemail.number;
      voicemail.update(vm.voicemail);
      if (vm.voicemail.reason === "") setAttribute(voicemail.element, "title", vm.voicemail.fullName);
      toggle.update({ label: vm.label, fullName: vm.fullName, shown: vm.shown });
      setAttribute(toggle.element, "title", vm.fullName);
      setAttribute(toggle.element, "aria-expanded", String(vm.open));
      setAttribute(toggle.element, "data-active", vm.active && "true");
      show(body, vm.shown && vm.open);
      setAttribute(list, "aria-label", vm.list);
      keyedList(list, vm.items, {
        key: (item) => item.kind,
        create,
        update(item, one) {
          item.target = one.target;
          setText(item.name, one.name);
          setAttribute(item.input, "aria-label", one.field);
          setValue(item.input, one.value);
          item.button.update(one.button);
        },
      });
      setText(problem, vm.problem);
      show(problem, vm.problem !== "");
    },
  };
}
