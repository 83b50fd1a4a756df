/** One desk phone: display, keys, presence, a field to dial or transfer. It shows a view and passes clicks on. */

import { el, icon, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { createNumberField } from "./number_field.js";

/**
 * @param {{act: (action: string, body: object) => void, number: (action: "dial"|"transfer", typed: string, call: string|null) => Promise<boolean>}} actions
 */
export function createDeskPhone(actions) {
  const name = el("h3", { class: "desk-name" });
  const badge = el("span", { class: "desk-extension" });
  const dot = el("span", { class: "desk-dot", "aria-hidden": "true" });
  const select = el("select", {
    class: "desk-presence",
    on: { change: () => actions.act("state", { state: select.value }) },
  });
  const idle = el("p", { class: "display-idle" });
  const calls = el("ul", { class: "display-calls" });
  const display = el("div", { class: "display", role: "region" }, idle, calls);
  const field = createNumberField({
    onEnter: () => submit(transferable ? "transfer" : "dial"),
    testid: "phone-number",
  });
  const dial = el("button", {
    type: "button",
    class: "button",
    "data-action": "dial",
    on: { click: () => submit("dial") },
  });
  const transfer = el("button", {
    type: "button",
    class: "button",
    "data-action": "transfer",
    on: { click: () => submit("transfer") },
  });
  const problem = el("p", { class: "problem", role: "alert" });
  const head = el("header", { class: "desk-head" }, badge, name, el("span", { class: "desk-state" }, dot, select));
  const element = el(
    "article",
    { class: "desk" },
    head,
    display,
    el("div", { class: "desk-dial" }, field.element, dial, transfer),
    problem,
  );
  let transferable = null;

  async function submit(action) {
    if (await actions.number(action, field.input.value, transferable)) field.input.value = "";
  }

  return {
    element,
    problem: (text) => {
      setText(problem, text);
      show(problem, text !== "");
    },
    update(vm, suggestions) {
      transferable = vm.transferable;
      setAttribute(element, "aria-label", vm.label);
      setAttribute(element, "data-extension", vm.extension);
      setAttribute(element, "data-tone", vm.tone);
      setText(name, vm.name);
      setText(badge, vm.extension);
      updatePresence(select, vm.presence);
      setAttribute(dot, "data-presence", vm.presence.value);
      setAttribute(display, "aria-label", vm.displayLabel);
      setText(idle, vm.idle);
      show(idle, vm.idle !== "");
      keyedList(calls, vm.calls, {
        key: ({ id }) => id,
        create: () => createCall(actions),
        update: (row, call) => updateCall(row, call, actions),
      });
      field.update({ label: vm.number.label, hint: vm.number.hint, suggestions });
      setText(dial, vm.number.dial);
      setText(transfer, vm.number.transfer);
      show(transfer, transferable !== null);
    },
  };
}

function updatePresence(select, presence) {
  keyedList(select, presence.options, {
    key: ({ value }) => value,
    create: ({ value }) => el("option", { value }),
    update: (option, { label }) => setText(option, label),
  });
  setValue(select, presence.value);
  setAttribute(select, "aria-label", presence.label);
}

const PARTS = ["state", "timer", "title", "number", "more"];

function createCall() {
  const parts = PARTS.map((part) =>
    el(part === "timer" ? "time" : "span", { class: `display-${part}`, "data-part": part }),
  );
  return el(
    "li",
    { class: "display-call" },
    el("span", { class: "call-dot", "aria-hidden": "true" }),
    ...parts,
    el("span", { class: "call-keys" }),
  );
}

function updateCall(row, call, actions) {
  setAttribute(row, "data-tone", call.tone);
  setAttribute(row, "data-call", call.id);
  for (const part of PARTS) {
    const element = row.querySelector(`[data-part="${part}"]`);
    setText(element, call[part]);
    show(element, call[part] !== "");
  }
  updateKeys(row.querySelector(".call-keys"), call.buttons, (action) => actions.act(action, { call: call.id }));
}

/** The keys of one call. Keys keep their place in the page while they stay, and with it the focus. */
export function updateKeys(container, buttons, onPress) {
  const focused = container.contains(document.activeElement);
  keyedList(container, buttons, {
    key: ({ action }) => action,
    create: ({ action, icon: picture, style }) =>
      el(
        "button",
        { type: "button", class: style, "data-action": action, on: { click: () => onPress(action) } },
        icon(picture),
        el("span"),
      ),
    update: (button, { label, name }) => {
      setText(button.lastElementChild, label);
      setAttribute(button, "aria-label", name);
      setAttribute(button, "title", name);
    },
  });
  // The key that was pressed has gone (Answer, Hold): who works by keyboard goes on with the one in its place.
  if (focused && !container.contains(document.activeElement)) container.firstElementChild?.focus();
}
