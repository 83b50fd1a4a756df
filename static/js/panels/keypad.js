/** Keys that send tones into a call (DTMF): click or type. */

import { el, setText, show } from "../lib/dom.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @param {{digits: (call: string, digits: string) => void, closeDrawer: () => void}} actions */
export function mountKeypad(actions) {
  let call = "";
  const title = el("h3", { class: "drawer-title" });
  const sent = el("p", { class: "keypad-sent", "aria-live": "polite" });
  const press = (digit) => actions.digits(call, digit);
  const keys = KEYS.map((key) =>
    el("button", { type: "button", class: "keypad-key", text: key, on: { click: () => press(key) } }),
  );
  const grid = el("div", { class: "keypad-grid" }, ...keys);
  const element = el("div", { class: "drawer keypad", role: "group", on: { keydown: typed } }, title, sent, grid);

  function typed(event) {
    if (event.key === "Escape") actions.closeDrawer();
    else if (/^[0-9*#]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) press(event.key);
  }

  return {
    element,
    update(callId, vm, texts) {
      const opened = element.hidden && vm.open;
      call = callId;
      show(element, vm.open);
      setText(title, texts.t("keypad.title"));
      setText(sent, vm.sent ? texts.t("keypad.sent", { digits: vm.sent }) : "");
      element.setAttribute("aria-label", texts.t("keypad.title"));
      if (opened) keys[0].focus({ preventScroll: true });
    },
  };
}
