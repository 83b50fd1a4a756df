/** Short messages at the top, gone after a while. */
import { el } from "./dom.js";

const SHOWN_FOR = 4000; // ms

/** @param {HTMLElement} place @returns {(text: string, kind?: "success"|"error"|"info") => void} */
export function createToasts(place) {
  return (text, kind = "info") => {
    const close = () => toast.remove();
    const button = el("button.icon-button", { type: "button", "aria-label": "Close", onclick: close }, "×");
    const toast = el(`div.toast.${kind}`, {}, el("span", {}, text), button);
    place.append(toast);
    setTimeout(close, SHOWN_FOR);
  };
}
