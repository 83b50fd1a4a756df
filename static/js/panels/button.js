/** A button whose refusal explains itself: dimmed, with the reason as tooltip and for screen readers, still focusable. */

import { el, icon, setAttribute, setIcon, setText, show } from "../lib/dom.js";

let next = 0;

/**
 * A refused button keeps `aria-disabled` rather than `disabled`: it stays in the order of the Tab key, so that keyboard and
 * screen reader reach the reason.
 * @param {{icon?: string, testid?: string, class?: string, onClick: () => void}} spec
 */
export function mountButton({ icon: iconName = "", testid = null, class: className = "button", onClick }) {
  const id = `reason-${next++}`;
  const picture = iconName ? icon(iconName) : null;
  const label = el("span", { class: "button-label" });
  const reason = el("span", { class: "for-screen-readers", id, hidden: true });
  const element = el("button", { type: "button", class: className, "data-testid": testid }, picture, label, reason);
  element.addEventListener("click", () => {
    if (element.getAttribute("aria-disabled") !== "true") onClick();
  });
  return {
    element,
    /** @param {{label: string, fullName?: string, reason?: string, pending?: boolean, pressed?: boolean|null, shown?: boolean, icon?: string}} view */
    update({
      label: text,
      fullName = text,
      reason: why = "",
      pending = false,
      pressed = null,
      shown = true,
      icon: wanted = iconName,
    }) {
      show(element, shown);
      setText(label, text);
      setText(reason, why);
      if (picture) setIcon(picture, pending ? "spinner" : wanted);
      setAttribute(element, "aria-label", fullName);
      setAttribute(element, "aria-disabled", why !== "" && "true");
      setAttribute(element, "aria-busy", pending && "true");
      setAttribute(element, "aria-describedby", why !== "" && id);
      setAttribute(element, "aria-pressed", pressed === null ? false : String(pressed));
      setAttribute(element, "title", why !== "" && why);
    },
  };
}

/** A button with only a picture; its name is for screen readers and the tooltip. */
export function mountIconButton(spec) {
  const button = mountButton({ ...spec, class: `icon-button ${spec.class ?? ""}`.trim() });
  return {
    element: button.element,
    update(view) {
      button.update(view);
      setAttribute(button.element, "title", view.reason || view.label);
    },
  };
}
