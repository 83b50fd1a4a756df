/** The imported call center: its values, other values tried in this browser session, and what follows from them. */
import { HEIGHT_RANGE, WIDTH_RANGE } from "./protocol.js";

const DEFAULT_HEIGHT = 550; // px; only where the definition names none
const DEFAULT_WIDTH = 400;
const SORT_ORDER = (text) => (Number.isFinite(Number(text)) ? Number(text).toFixed(1) : text);

/** The settings in force: the definition's, with the values tried. Pure. */
export function inForce(definition, tried) {
  return { ...definition, ...tried };
}

/** What the softphone panel needs from the settings. Pure. */
export function panelOptions(settings, boot, tried) {
  const value = (item) => settings[`/reqGeneralInfo/${item}`] ?? "";
  const chosen = (item, own) => (`/reqGeneralInfo/${item}` in tried ? value(item) : own);
  return {
    adapterUrl: chosen("reqAdapterUrl", boot.adapterUrl),
    standby: {
      url: chosen("reqStandbyUrl", boot.standbyUrl),
      timeoutMs: Number(chosen("reqTimeout", boot.standbyTimeoutMs)) || 0,
    },
    height: within(Number(value("reqSoftphoneHeight")) || DEFAULT_HEIGHT, HEIGHT_RANGE),
    width: within(Number(value("reqSoftphoneWidth")) || DEFAULT_WIDTH, WIDTH_RANGE),
    label: "Phone",
  };
}

const within = (value, [lowest, highest]) => Math.min(highest, Math.max(lowest, value));

/** Items of the definition for the setup page: section by section, in sort order. Pure. */
export function sections(settings) {
  const found = new Map();
  for (const key of Object.keys(settings)) {
    const parts = key.split("/").slice(1);
    if (parts.length !== 2 || parts[1] === "label" || parts[1] === "sortOrder") continue;
    const [section, item] = parts;
    const items = found.get(section) ?? [];
    items.push({ key, item, label: settings[`${key}/label`] ?? requiredLabel(settings, item), value: settings[key] });
    found.set(section, items);
  }
  // These two stand first by rule and travel without a sort order.
  const fixed = { "/reqGeneralInfo/reqInternalName": 0, "/reqGeneralInfo/reqDisplayName": 1 };
  const order = (key) => fixed[key] ?? Number(settings[`${key}/sortOrder`] ?? Infinity);
  const inOrder = [...found].sort(([a], [b]) => order(`/${a}`) - order(`/${b}`));
  return inOrder.map(([name, items]) => ({
    name,
    label: settings[`/${name}/label`] || name,
    items: items.sort((a, b) => order(a.key) - order(b.key)),
  }));
}

function requiredLabel(settings, item) {
  if (item === "reqInternalName") return settings["/internalNameLabel"] ?? item;
  return item === "reqDisplayName" ? (settings["/displayNameLabel"] ?? item) : item;
}

/**
 * The flat form of getCallCenterSettings from a definition document (Open CTI guide, call center definition file).
 * @param {Document} document parsed XML @returns {Object<string, string>}
 * @throws {Error} a sentence, if the document is not a definition
 */
export function settingsFromDefinition(document) {
  const root = document.documentElement;
  if (document.querySelector("parsererror")) throw new Error("This file is not well-formed XML.");
  if (root.nodeName !== "callCenter") throw new Error(`The root element is <${root.nodeName}>, not <callCenter>.`);
  const settings = {};
  for (const section of childrenNamed(root, "section")) {
    const name = `/${section.getAttribute("name")}`;
    settings[`${name}/label`] = section.getAttribute("label") ?? "";
    settings[`${name}/sortOrder`] = SORT_ORDER(section.getAttribute("sortOrder"));
    for (const item of childrenNamed(section, "item")) Object.assign(settings, itemSettings(name, item));
  }
  if (!settings["/reqGeneralInfo/reqInternalName"]) throw new Error("reqInternalName is missing in reqGeneralInfo.");
  settings["/label"] = settings["/reqGeneralInfo/reqDisplayName"] ?? "";
  return settings;
}

function itemSettings(section, item) {
  const name = item.getAttribute("name");
  const key = `${section}/${name}`;
  const label = item.getAttribute("label") ?? "";
  const value = { [key]: item.textContent.trim() };
  if (key === "/reqGeneralInfo/reqInternalName") return { ...value, "/internalNameLabel": label };
  if (key === "/reqGeneralInfo/reqDisplayName") return { ...value, "/displayNameLabel": label };
  return { ...value, [`${key}/label`]: label, [`${key}/sortOrder`]: SORT_ORDER(item.getAttribute("sortOrder")) };
}

const childrenNamed = (parent, name) => [...parent.children].filter((child) => child.nodeName === name);
