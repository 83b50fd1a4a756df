/** The call that has just ended: is it saved, last notes, which record it belongs to. */

import { attach, el, icon, setAttribute, setIcon, setText, setValue, show } from "../lib/dom.js";
import { mountButton, mountIconButton } from "./button.js";
import { mountMatches } from "./matches.js";

const ICONS = { claiming: "spinner", saving: "spinner", saved: "check", elsewhere: "check", failed: "error" };

/** @param {HTMLElement} root @param {object} actions */
export function mountEnded(root, actions) {
  root.className = "ended-call";
  let call = null;
  const heading = el("h2", { class: "ended-title" });
  const dismiss = mountIconButton({
    icon: "close",
    testid: "ended-dismiss",
    onClick: () => actions.dismiss(`ended:${call.id}`),
  });
  const name = el("p", { class: "ended-name" });
  const how = el("p", { class: "ended-how" });
  const picture = icon("check");
  const log = el("span", {});
  const status = el("p", { class: "ended-log", role: "status" }, picture, log);
  const matches = mountMatches(actions);
  const notes = el("textarea", {
    class: "field notes",
    rows: "2",
    maxlength: "32000",
    "data-testid": "ended-notes",
    on: { input: () => actions.note(call.id, notes.value) },
  });
  const save = mountButton({
    class: "button button-small",
    testid: "ended-save",
    onClick: () => actions.saveAgain(call.id),
  });
  const element = el(
    "section",
    { class: "ended", "data-testid": "ended" },
    el("div", { class: "ended-head" }, heading, dismiss.element),
    name,
    how,
    status,
    matches.element,
    notes,
    save.element,
  );

  function update({ ended: vm, tab }) {
    call = vm;
    attach(root, element, vm !== null && tab === "phone");
    if (vm === null) return;
    setText(heading, vm.heading);
    dismiss.update({ label: vm.dismiss });
    setText(name, vm.name);
    setText(how, [vm.how, vm.duration].filter(Boolean).join(" · "));
    setIcon(picture, ICONS[vm.log.status]);
    setAttribute(status, "data-log", vm.log.status);
    setText(log, vm.log.label);
    if (vm.matches) matches.update(vm.id, vm.matches);
    show(matches.element, vm.matches !== null);
    setAttribute(notes, "aria-label", vm.notesLabel);
    setAttribute(notes, "placeholder", vm.notesLabel);
    setValue(notes, vm.notes);
    show(notes, vm.editable);
    save.update({ label: vm.save, shown: vm.canSave });
  }

  return { update, unmount: () => root.replaceChildren() };
}
