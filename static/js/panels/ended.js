/** A call that has ended: is it saved, what is still to be filled in, which record it belongs to. */

import { attach, el, icon, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { mountIconButton } from "./button.js";
import { mountMatches } from "./matches.js";
import { mountWrapUp } from "./wrap_up.js";

const ICONS = { claiming: "spinner", saving: "spinner", saved: "check", elsewhere: "check", failed: "error" };

/** @param {HTMLElement} root @param {object} actions */
export function mountEnded(root, actions) {
  root.className = "ended-call";
  let call = null;
  const heading = el("h2", { class: "ended-title" });
  const dismiss = mountIconButton({
    icon: "close",
    testid: "ended-dismiss",
    onClick: () => actions.closeEnded(call.id),
  });
  const name = el("p", { class: "ended-name" });
  const how = el("p", { class: "ended-how" });
  const picture = icon("check");
  const log = el("span", {});
  const status = el("p", { class: "ended-log", role: "status" }, picture, log);
  const matches = mountMatches(actions);
  const wrapUp = mountWrapUp(actions, "ended");
  const element = el(
    "section",
    { class: "ended", "data-testid": "ended" },
    el("div", { class: "ended-head" }, heading, dismiss.element),
    name,
    how,
    status,
    matches.element,
    wrapUp.element,
  );

  function update({ ended: vm, tab }) {
    call = vm;
    attach(root, element, vm !== null && tab === "phone");
    if (vm === null) return;
    setText(heading, vm.heading);
    dismiss.update(vm.dismiss);
    setText(name, vm.name);
    setText(how, [vm.how, vm.duration].filter(Boolean).join(" · "));
    setIcon(picture, ICONS[vm.log.status]);
    setAttribute(status, "data-log", vm.log.status);
    setText(log, vm.log.label);
    if (vm.matches) matches.update(vm.id, vm.matches);
    show(matches.element, vm.matches !== null);
    show(wrapUp.element, vm.wrapUp !== null);
    if (vm.wrapUp) wrapUp.update(vm.id, vm.wrapUp);
  }

  return { update, unmount: () => root.replaceChildren() };
}
