/** Small DOM helpers: elements, texts, keyed lists. Texts only ever arrive as `textContent`. It decides nothing. */

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("../../icons/softphone.svg", import.meta.url).href;

/**
 * Make an element. Properties: `class`, `text`, `on` ({event: listener}), anything else becomes an attribute;
 * `false`, `null` and `undefined` leave it out, `true` makes it empty.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on")
      Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
    else setAttribute(element, name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An icon of the sprite; decoration only, its neighbour carries the name. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  setIcon(svg, name);
  return svg;
}

/** Show another icon in an element made by `icon`. */
export function setIcon(svg, name) {
  setAttribute(svg.firstElementChild, "href", `${SPRITE}#${name}`);
}

/** Write a text only when it differs: an unchanged live region stays silent, a selection survives. */
export function setText(element, text) {
  const wanted = text ?? "";
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Set, change or remove an attribute; `false`, `null`, `undefined` remove it. */
export function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (element.getAttribute(name) !== wanted) element.setAttribute(name, wanted);
}

/** Show or hide. */
export function show(element, shown) {
  // By attribute: pictures (SVG) have no property `hidden`.
  setAttribute(element, "hidden", !shown);
}

/** Put `element` into `root`, or take it out: what is not there can neither be found nor read out. */
export function attach(root, element, attached) {
  if (attached && element.parentNode !== root) root.append(element);
  else if (!attached && element.parentNode === root) element.remove();
}

/** Write into a field, but never under the hands of somebody who types the same. */
export function setValue(field, value) {
  if (field.value !== value) field.value = value;
}

/**
 * Make the children of `container` follow `items`: elements are reused by key, moved only where the order differs.
 * @template T
 * @param {Element} container
 * @param {T[]} items
 * @param {{key: (item: T) => string, create: (item: T) => Element, update: (element: Element, item: T) => void,
 *   remove?: (element: Element) => void}} spec
 */
export function keyedList(container, items, { key, create, update, remove }) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const name = key(item);
    const element = old.get(name) ?? create(item);
    old.delete(name);
    element.dataset.key = name;
    update(element, item);
    if (container.children[index] !== element) container.insertBefore(element, container.children[index] ?? null);
  });
  for (const element of old.values()) {
    remove?.(element);
    element.remove();
  }
}

/** Listen, and get the function that stops listening. */
export function listen(target, type, listener) {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}

/** Remembers what has to be undone when a panel is unmounted. */
export function createCleanup() {
  const undo = [];
  return {
    listen: (target, type, listener) => undo.push(listen(target, type, listener)),
    add: (step) => undo.push(step),
    run: () => undo.splice(0).forEach((step) => step()),
  };
}
