/** The other calls of the agent: on hold, or being set up. One line each, with what can be done at once. */

import { el, icon, keyedList, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { mountIconButton } from "./button.js";

/** @param {HTMLElement} root @param {object} actions */
export function mountCallList(root, actions) {
  root.className = "call-list";
  const heading = el("h2", { class: "for-screen-readers" });
  const list = el("ul", { class: "call-lines" });
  const parts = new WeakMap();
  root.append(heading, list);

  function create({ id }) {
    const picture = icon("hold", "icon call-line-icon");
    const name = el("span", { class: "call-line-name" });
    const detail = el("span", { class: "call-line-detail" });
    const retrieve = mountIconButton({
      icon: "retrieve",
      testid: "retrieve-other",
      onClick: () => actions.retrieve(id),
    });
    const hangup = mountIconButton({
      icon: "end",
      class: "icon-button-destructive",
      testid: "hangup-other",
      onClick: () => actions.clear(id),
    });
    const element = el(
      "li",
      { class: "call-line", "data-testid": "other-call" },
      picture,
      el("span", { class: "call-line-names" }, name, detail),
      retrieve.element,
      hangup.element,
    );
    parts.set(element, { picture, name, detail, retrieve, hangup });
    return element;
  }

  function update(element, call) {
    const { picture, name, detail, retrieve, hangup } = parts.get(element);
    setAttribute(element, "data-tone", call.tone);
    setIcon(picture, call.icon);
    setText(name, call.name);
    setText(detail, call.problem || call.holdTimer || `${call.stateLabel} ${call.timer}`);
    retrieve.update(named(call.controls.retrieve, call.name));
    hangup.update(named(call.controls.hangup, call.name));
  }

  return {
    update(vm) {
      show(root, vm.waiting.length > 0);
      setText(heading, vm.texts.t("call.others"));
      keyedList(list, vm.waiting, { key: (call) => call.id, create, update });
    },
    unmount: () => root.replaceChildren(),
  };
}

/** Several calls have the same buttons: each says whose it is. */
function named(control, name) {
  const label = `${control.label}: ${name}`;
  return { ...control, label, fullName: label };
}
