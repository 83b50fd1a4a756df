/** Hand the call to somebody else: after asking there first (consultation), or at once (blind transfer). */

import { el, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";
import { mountPeople } from "./people.js";

/** @param {{transfer: (call: string, number: string) => void,
 *   consult: (call: string, number: string) => void, typeDrawer: (text: string) => void, closeDrawer: () => void}} actions */
export function mountTransfer(actions) {
  let call = "";
  const label = el("label", { class: "drawer-title", for: "transfer-number" });
  const input = el("input", {
    id: "transfer-number",
    class: "field",
    type: "tel",
    autocomplete: "off",
    maxlength: "64",
    "data-testid": "transfer-number",
    "aria-describedby": "transfer-hint",
  });
  const people = mountPeople({
    testid: "transfer-people",
    onChoose({ number }) {
      actions.typeDrawer(number);
      input.focus({ preventScroll: true });
    },
  });
  const hint = el("p", { class: "hint", id: "transfer-hint" });
  const go = () => confirm.element.click();
  const confirm = mountButton({
    icon: "transfer",
    class: "button button-brand",
    testid: "transfer-confirm",
    onClick: () => actions.transfer(call, input.value),
  });
  const consult = mountButton({
    icon: "call",
    class: "button",
    testid: "transfer-consult",
    onClick: () => actions.consult(call, input.value),
  });
  const cancel = mountButton({ class: "button", testid: "transfer-cancel", onClick: actions.closeDrawer });
  const element = el(
    "div",
    { class: "drawer transfer", role: "group" },
    label,
    input,
    people.element,
    hint,
    el("div", { class: "drawer-buttons" }, cancel.element, consult.element, confirm.element),
  );
  input.addEventListener("input", () => actions.typeDrawer(input.value));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") actions.closeDrawer();
    else if (event.key === "Enter" && event.target === input) go();
  });

  return {
    element,
    update(callId, vm, texts) {
      const { t } = texts;
      const opened = element.hidden && vm.open;
      call = callId;
      show(element, vm.open);
      setAttribute(element, "aria-label", t("transfer.title"));
      setText(label, t("transfer.title"));
      setAttribute(input, "placeholder", t("transfer.placeholder"));
      setText(hint, t("transfer.hint"));
      if (vm.open) setValue(input, vm.text);
      people.update({ items: vm.open ? vm.people : [], label: t("directory.label") });
      confirm.update({ label: t("transfer.confirm"), reason: vm.reason, pending: vm.pending });
      consult.update(vm.consult);
      cancel.update({ label: t("transfer.cancel") });
      if (opened) input.focus({ preventScroll: true });
    },
  };
}
