/** The icons under the keys that softphones use most; any other key shows a plain dot. */

const NS = "http://www.w3.org/2000/svg";
const SPRITE = new URL("../../icons/standin.svg", import.meta.url).href;
const DOT = "record";
const KEYS = new Set([
  "alert",
  "call",
  "end_call",
  "incoming_call",
  "minimize_window",
  "new_window",
  "outbound_call",
  "pause",
  "pop_in",
  "search",
  "user",
]);

/** @param {string} key as in the Lightning Design System, e.g. `end_call` */
export function icon(key) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset.icon = key;
  const use = document.createElementNS(NS, "use");
  use.setAttribute("href", `${SPRITE}#${KEYS.has(key) ? key : DOT}`);
  svg.append(use);
  return svg;
}
