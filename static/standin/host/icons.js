/** A few icons of our own under the keys that softphones use most; any other key shows a plain dot. */

const NS = "http://www.w3.org/2000/svg";
const HANDSET = "M3 2l3 0 1.2 3.2L5.4 6.6a9 9 0 0 0 4 4l1.4-1.8L14 10l0 3c0 .6-.4 1-1 1A11 11 0 0 1 2 3c0-.6.4-1 1-1z";

const PATHS = {
  call: HANDSET,
  incoming_call: `${HANDSET} M14 2l-4 4 M10 2.8v3.4h3.4`,
  outbound_call: `${HANDSET} M10 6l4-4 M10.6 2H14v3.4`,
  end_call: "M1.5 10c3.6-4 9.400-4 13 0l-1.600 2-2.900-1v-2c-1.400-.5-2.600-.5-4 0v2l-2.900 1z",
  minimise: "M3 12h10",
  popout: "M6 3H3v10h10v-3 M9 3h4v4 M13 3L7 9",
  dock: "M3 3h10v10H3z M3 9h10",
  alert: "M8 2l6.500 12h-13z M8 6v4 M8 12v.5",
  pause: "M5 3v10 M11 3v10",
  user: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6z M2 14a6 6 0 0 1 12 0",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10z M11 11l3.500 3.500",
  task: "M2 8l4 4 8-9",
  away: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 4.500V8l2.500 1.500",
};
const DOT = "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z";

/** @param {string} key as in the Lightning Design System, e.g. `end_call` */
export function icon(key) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset.icon = key;
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", Object.hasOwn(PATHS, key) ? PATHS[key] : DOT);
  svg.append(path);
  return svg;
}
