/** Asks once under which name the agent's phone is known, when Salesforce cannot tell. */

import { createCleanup, el, icon, setAttribute, setText, setValue, show } from "../lib/dom.js";

/** @param {HTMLElement} root @param {{signIn: (name: string) => void}} actions */
export function mountSignIn(root, actions) {
  root.className = "sign-in";
  const cleanup = createCleanup();
  const title = el("h1", { class: "sign-in-title" });
  const text = el("p", { class: "sign-in-text" });
  const label = el("label", { class: "field-label", for: "agent" });
  const input = el("input", {
    id: "agent",
    class: "field",
    name: "agent",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "120",
    "data-testid": "sign-in-name",
    "aria-describedby": "agent-error agent-warning",
  });
  const error = el("p", { class: "problem", id: "agent-error", role: "alert" });
  const button = el("button", { type: "submit", class: "button button-brand", "data-testid": "sign-in-button" });
  const warning = el("p", { class: "sign-in-warning", id: "agent-warning" });
  const form = el("form", { class: "sign-in-form" }, text, label, input, error, button, warning);
  root.append(icon("call", "icon sign-in-icon"), title, form);
  cleanup.listen(form, "submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name !== "") actions.signIn(name);
  });
  let asked = false;

  return {
    update({ signIn: vm }) {
      show(root, vm.shown);
      show(form, vm.asking);
      setAttribute(root, "data-waiting", vm.shown && !vm.asking && "true");
      setText(title, vm.title);
      setText(text, vm.text);
      setText(label, vm.label);
      setAttribute(input, "placeholder", vm.placeholder);
      setText(button, vm.button);
      setText(warning, vm.warning);
      setText(error, vm.error);
      show(error, vm.error !== "");
      setAttribute(input, "aria-invalid", vm.error !== "" && "true");
      if (vm.asking && !asked) setValue(input, vm.agent);
      asked = vm.asking;
    },
    unmount() {
      cleanup.run();
      root.replaceChildren();
    },
  };
}
