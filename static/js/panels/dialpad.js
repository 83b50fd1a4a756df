/** The dial pad: type, paste or click a number, and call it. */

import { createCleanup, el, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton, mountIconButton } from "./button.js";
import { mountPeople } from "./people.js";

const KEYS = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
];
/** A longer press of 0 gives the plus of international numbers, in milliseconds. */
const LONG_PRESS_MS = 600;

/** @param {HTMLElement} root @param {object} actions */
export function mountDialpad(root, actions) {
  root.className = "dialpad";
  const cleanup = createCleanup();
  let dialsRaw = false;
  let person = null;
  const toggle = mountButton({
    icon: "add",
    class: "button dialpad-toggle",
    testid: "dial-toggle",
    onClick: actions.toggleDialpad,
  });
  const label = el("label", { class: "for-screen-readers", for: "dial" });
  const input = el("input", {
    id: "dial",
    class: "dial-input",
    type: "tel",
    inputmode: "tel",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "64",
    "data-testid": "dial-input",
  });
  const backspace = mountIconButton({ icon: "backspace", testid: "dial-backspace", onClick: erase });
  const directory = mountIconButton({ icon: "people", testid: "directory-toggle", onClick: actions.toggleDirectory });
  const people = mountPeople({
    testid: "dial-people",
    onChoose: actions.callPerson,
    onPickup: actions.pickup,
  });
  const more = el("p", { class: "hint" });
  const record = el("p", { class: "dial-record" });
  const grid = el("div", { class: "dial-grid", role: "group" }, ...KEYS.map(makeKey));
  const call = mountButton({
    icon: "call",
    class: "button button-success button-wide",
    testid: "dial-button",
    onClick: () => (person ? actions.callPerson(person) : actions.dial(input.value)),
  });
  const raw = mountButton({
    class: "button button-plain",
    testid: "dial-raw",
    onClick: () => actions.dial(input.value, { raw: true }),
  });
  const problem = el("p", { class: "problem", role: "alert" });
  const unwanted = el("p", { class: "dial-unwanted", role: "alert", "data-testid": "dial-unwanted" });
  const anyway = mountButton({ class: "button", testid: "dial-anyway", onClick: actions.dialAnyway });
  const shown = el("select", { id: "outbound", class: "dial-outbound", "data-testid": "outbound-number" });
  const shownLabel = el("label", { class: "dial-outbound-label", for: "outbound" });
  const outbound = el("div", { class: "dial-outbound-line" }, shownLabel, shown);
  const choices = el("ul", { class: "dial-choices", "data-testid": "dial-choices" });
  const line = el("div", { class: "dial-line" }, label, input, directory.element, backspace.element);
  const body = el(
    "div",
    { class: "dial-body" },
    line,
    record,
    people.element,
    more,
    problem,
    unwanted,
    anyway.element,
    choices,
    outbound,
    grid,
    call.element,
    raw.element,
  );
  root.append(toggle.element, body);
  cleanup.listen(input, "input", () => actions.typeNumber(input.value));
  cleanup.listen(shown, "change", () => actions.setPreference("outboundNumber", shown.value));
  cleanup.listen(input, "keydown", (event) => {
    // While a setting is wrong only what is typed can be dialled; Enter must not be deaf, least of all for 112.
    if (event.key === "Enter") (dialsRaw ? raw : call).element.click();
    else if (event.key === "Escape") actions.typeNumber("");
  });

  function createChoice({ number }) {
    const button = mountButton({
      icon: "call",
      class: "button button-wide",
      testid: "dial-choice",
      onClick: () => actions.dialChoice(number),
    });
    const item = el("li", {}, button.element);
    item.button = button;
    return item;
  }

  function makeKey([key, letters]) {
    const button = el("button", { type: "button", class: "dial-key", "aria-label": key });
    button.append(
      el("span", { class: "dial-digit", text: key }),
      // Drawn by the style sheet: the key is called by its digit alone.
      el("span", { class: "dial-letters", "data-letters": letters, "aria-hidden": "true" }),
    );
    let timer = null;
    let held = false;
    if (key === "0") {
      button.addEventListener("pointerdown", () => {
        held = false;
        timer = setTimeout(() => {
          held = true;
          insert("+");
        }, LONG_PRESS_MS);
      });
      for (const type of ["pointerup", "pointerleave", "pointercancel"])
        button.addEventListener(type, () => clearTimeout(timer));
    }
    button.addEventListener("click", () => {
      if (!held) insert(key);
      held = false;
    });
    return button;
  }

  function insert(text) {
    const [from, to] = [input.selectionStart ?? input.value.length, input.selectionEnd ?? input.value.length];
    write(input.value.slice(0, from) + text + input.value.slice(to), from + text.length);
  }

  function erase() {
    const [from, to] = [input.selectionStart ?? input.value.length, input.selectionEnd ?? input.value.length];
    const start = from === to ? Math.max(0, from - 1) : from;
    write(input.value.slice(0, start) + input.value.slice(to), start);
  }

  function write(text, caret) {
    input.value = text;
    input.setSelectionRange(caret, caret);
    actions.typeNumber(text);
  }

  function update({ signedIn, tab, dial: vm }) {
    show(root, signedIn && tab === "phone");
    toggle.update({ label: vm.toggle.label, shown: vm.toggle.shown, icon: vm.toggle.open ? "close" : "add" });
    setAttribute(toggle.element, "aria-expanded", String(vm.toggle.open));
    show(body, !vm.collapsed);
    setText(label, vm.label);
    setValue(input, vm.text);
    setAttribute(input, "placeholder", vm.placeholder);
    backspace.update({ label: vm.backspace, shown: vm.text !== "" });
    const { toggle: all } = vm.directory;
    person = vm.person;
    directory.update({ label: all.label, shown: all.shown });
    setAttribute(directory.element, "aria-expanded", String(all.open));
    people.update({ items: vm.directory.people, label: vm.directory.label });
    setText(more, vm.directory.more);
    show(more, vm.directory.more !== "");
    setText(record, vm.record?.name ?? "");
    show(record, Boolean(vm.record?.name));
    setAttribute(grid, "aria-label", vm.keysLabel);
    dialsRaw = vm.raw.strong;
    call.update(vm.button);
    raw.update(vm.raw);
    setAttribute(raw.element, "data-strong", vm.raw.strong && "true");
    setText(unwanted, vm.unwanted.text);
    show(unwanted, vm.unwanted.text !== "");
    anyway.update(vm.unwanted.anyway);
    setText(problem, vm.problem);
    show(problem, vm.problem !== "");
    setText(shownLabel, vm.outbound.label);
    keyedList(shown, vm.outbound.options, {
      key: (option) => option.value,
      create: ({ value }) => el("option", { value }),
      update: (element, option) => setText(element, option.label),
    });
    setValue(shown, vm.outbound.value);
    show(outbound, vm.outbound.shown);
    setAttribute(choices, "aria-label", vm.choices.label);
    keyedList(choices, vm.choices.items, {
      key: (choice) => choice.id,
      create: createChoice,
      update: (item, { label }) => item.button.update({ label, reason: vm.choices.reason }),
    });
    show(choices, vm.choices.items.length > 0);
  }

  return {
    update,
    focus: () => input.focus({ preventScroll: true }),
    unmount() {
      cleanup.run();
      root.replaceChildren();
    },
  };
}
