/** For whoever is not signed in: the field for the name, the form for the token, or one button; and what went wrong. */

import { createCleanup, el, icon, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/**
 * @param {HTMLElement} root
 * @param {{signIn: (typed?: string) => void, openSignInWindow: () => void, showSignInWindow: () => void,
 *   cancelSignInWindow: () => void}} actions
 */
export function mountSignIn(root, actions) {
  root.className = "sign-in";
  root.setAttribute("data-testid", "sign-in");
  const cleanup = createCleanup();
  const title = el("h1", { class: "sign-in-title" });
  const text = el("p", { class: "sign-in-text", id: "sign-in-text", role: "status" });
  const error = makeError();
  const form = makeForm(cleanup, actions);
  const button = makeButtons(actions);
  const warning = el("p", { class: "sign-in-warning", id: "agent-warning" });
  root.append(icon("call", "icon sign-in-icon"), title, text, form.element, error.element, button.element, warning);

  return {
    update({ signIn: vm }) {
      show(root, vm.shown);
      setAttribute(root, "data-waiting", vm.shown && vm.form === "" && "true");
      setText(title, vm.title);
      setText(text, vm.text);
      show(text, vm.text !== "");
      form.update(vm);
      error.update(vm);
      // Beside its field an error belongs to the field; there is no field beside a button.
      if (vm.form !== "" && vm.form !== "button") form.takeError(error.element);
      else if (error.element.parentNode !== root) button.element.before(error.element);
      button.update(vm);
      form.focusAfter(vm);
      setText(warning, vm.warning);
      show(warning, vm.warning !== "");
    },
    unmount() {
      cleanup.run();
      root.replaceChildren();
    },
  };
}

/** What went wrong, and what the relay, Salesforce or the provider has said of it, in its own language. */
function makeError() {
  const own = el("span", {});
  const told = el("span", { class: "sign-in-detail", lang: "en", dir: "auto" });
  const element = el(
    "p",
    { class: "problem", id: "agent-error", role: "alert", "data-testid": "sign-in-error" },
    own,
    told,
  );
  return {
    element,
    update({ error, detail }) {
      setText(own, error);
      setText(told, detail);
      show(told, detail !== "");
      show(element, error !== "");
    },
  };
}

/** Name alone, or name and token, in a form as password managers know it. */
function makeForm(cleanup, actions) {
  const nameLabel = el("label", { class: "field-label", for: "agent" });
  const name = el("input", {
    id: "agent",
    class: "field",
    name: "agent",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "120",
    "data-testid": "sign-in-name",
  });
  const tokenLabel = el("label", { class: "field-label", for: "token" });
  const token = el("input", {
    id: "token",
    class: "field",
    type: "password",
    name: "token",
    autocomplete: "current-password",
    maxlength: "8000",
    "data-testid": "sign-in-token",
  });
  const submit = el("button", { type: "submit", class: "button button-brand", "data-testid": "sign-in-button" });
  const element = el("form", { class: "sign-in-form" }, nameLabel, name, submit);
  let shown = "";
  let refused = "";
  let pending = false;
  cleanup.listen(element, "submit", (event) => {
    event.preventDefault();
    const typed = (shown === "token" ? token : name).value.trim();
    if (typed !== "" && !pending) actions.signIn(typed);
  });

  return {
    element,
    /** Back to what was refused, unless the agent is somewhere else by now. */
    focusAfter({ error }) {
      const isNew = shown !== "" && error !== "" && error !== refused;
      refused = error;
      const field = shown === "token" ? token : name;
      if (isNew && document.hasFocus() && [document.body, submit].includes(document.activeElement)) field.focus();
    },
    takeError(error) {
      if (error.nextElementSibling !== submit) submit.before(error);
    },
    update(vm) {
      const isForm = vm.form === "name" || vm.form === "token";
      if (isForm && shown === "" && vm.form === "name") setValue(name, vm.agent);
      // Nothing of the token stays in the page once it has been accepted.
      if (!vm.shown) setValue(token, "");
      shown = isForm ? vm.form : "";
      pending = vm.button.pending === true;
      // A password field without use would make password managers fill in both.
      if (shown === "token" && !token.isConnected) submit.before(tokenLabel, token);
      show(element, isForm);
      setText(nameLabel, vm.name.label);
      setAttribute(name, "placeholder", vm.name.placeholder || null);
      setText(tokenLabel, vm.token.label);
      setText(submit, vm.button.label);
      setAttribute(submit, "aria-busy", pending && "true");
      describe(name, shown === "name", vm.error);
      describe(token, shown === "token", vm.error);
    },
  };
}

/** The field that was refused says so itself. */
function describe(field, isRefused, error) {
  setAttribute(field, "aria-describedby", isRefused && "agent-error agent-warning");
  setAttribute(field, "aria-invalid", isRefused && error !== "" && "true");
}

function makeButtons(actions) {
  let does = "again";
  const ACTIONS = { open: actions.openSignInWindow, show: actions.showSignInWindow, again: () => actions.signIn() };
  const main = mountButton({
    class: "button button-brand",
    testid: "sign-in-go",
    onClick: () => ACTIONS[does](),
  });
  const cancel = mountButton({
    class: "button button-plain",
    testid: "sign-in-cancel",
    onClick: () => actions.cancelSignInWindow(),
  });
  const element = el("div", { class: "sign-in-buttons" }, main.element, cancel.element);
  return {
    element,
    update(vm) {
      does = vm.button.does;
      show(element, vm.form === "button");
      main.update(vm.button);
      cancel.update(vm.cancel);
    },
  };
}
