/** Small helpers for building the page. Text only ever enters as text. */

/**
 * @param {string} tag with classes, e.g. `button.link` @param {Object<string, any>} [properties] `on…` = listener,
 *   `data` = dataset, the rest attributes (`true` = present, `false`/`null` = absent)
 * @param {...(Node|string|null|false)} children
 */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  node.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "value") node.value = value;
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A link within the stand-in. */
export const link = (path, text, properties = {}) => el("a", { href: `#${path}`, ...properties }, text);

/** A card with a title. */
export function card(title, ...children) {
  return el("section.card", {}, el("h2.card-title", {}, title), ...children);
}
