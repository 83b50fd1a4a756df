/** Bottom line: phone, calls, settings. */

import { el, icon, keyedList, setAttribute, setText, show } from "../lib/dom.js";

/** @param {HTMLElement} root @param {{tab: (name: string) => void}} actions */
export function mountTabs(root, actions) {
  root.className = "tabs";

  function create({ name, icon: picture }) {
    const button = el("button", {
      type: "button",
      class: "tab",
      "data-testid": `tab-${name}`,
      on: { click: () => actions.tab(name) },
    });
    const badge = el("span", { class: "tab-badge", "aria-hidden": "true" });
    button.append(
      el("span", { class: "tab-icon" }, icon(picture), badge),
      el("span", { class: "tab-label" }),
      el("span", { class: "for-screen-readers" }),
    );
    return button;
  }

  function update(button, tab) {
    const [picture, label, spoken] = button.children;
    const badge = picture.lastElementChild;
    setAttribute(button, "aria-current", tab.current && "page");
    setText(label, tab.label);
    setText(badge, tab.badge === 0 ? "" : tab.badge > 99 ? "99+" : String(tab.badge));
    show(badge, tab.badge > 0);
    setText(spoken, tab.badgeLabel ? `, ${tab.badgeLabel}` : "");
  }

  return {
    update(vm) {
      show(root, vm.signedIn);
      keyedList(root, vm.tabs, { key: (tab) => tab.name, create, update });
    },
    unmount: () => root.replaceChildren(),
  };
}
