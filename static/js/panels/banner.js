/** Banners: what is wrong and what to do. Draws what view/banners.js decides. */

import { el, icon, keyedList, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { mountButton, mountIconButton } from "./button.js";

const ICONS = { error: "error", warning: "warning", info: "info" };

/** @param {HTMLElement} root @param {{act: (name: string) => void, dismiss: (key: string) => void}} actions */
export function mountBanner(root, actions) {
  root.className = "banners";
  const parts = new WeakMap();

  function create() {
    const picture = icon("info", "icon banner-icon");
    const title = el("strong", { class: "banner-title" });
    const text = el("p", { class: "banner-text" });
    const element = el("section", { class: "banner", "data-testid": "banner" });
    const why = el("summary", { class: "banner-why" });
    const reason = el("p", { class: "banner-text" });
    const more = el("details", { class: "banner-more" }, why, reason);
    const action = mountButton({ class: "button button-small", onClick: () => actions.act(element.dataset.action) });
    const dismiss = mountIconButton({
      icon: "close",
      class: "banner-dismiss",
      onClick: () => actions.dismiss(element.dataset.key),
    });
    element.append(picture, el("div", { class: "banner-body" }, title, text, more, action.element), dismiss.element);
    parts.set(element, { picture, title, text, more, why, reason, action, dismiss });
    return element;
  }

  function update(element, banner) {
    const { picture, title, text, more, why, reason, action, dismiss } = parts.get(element);
    setAttribute(element, "data-tone", banner.tone);
    setAttribute(element, "data-banner", banner.key);
    setAttribute(element, "role", banner.tone === "info" ? "note" : "alert");
    setAttribute(element, "data-action", banner.action?.does);
    setIcon(picture, ICONS[banner.tone]);
    setText(title, banner.title);
    setText(text, banner.text);
    show(text, banner.text !== "");
    setText(why, banner.more?.label ?? "");
    setText(reason, banner.more?.text ?? "");
    show(more, banner.more !== null);
    action.update({ label: banner.action?.label ?? "", shown: banner.action !== null });
    dismiss.update({ label: banner.dismiss ?? "", shown: banner.dismiss !== null });
  }

  return {
    update: (vm) => keyedList(root, vm.banners, { key: (banner) => banner.key, create, update }),
    unmount: () => root.replaceChildren(),
  };
}
