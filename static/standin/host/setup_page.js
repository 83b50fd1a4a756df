/**
 * Setup > Call Center: shows the imported definition and lets somebody try other values in this browser session. Below it,
 * what a relay wants to know of this org for the sign-in.
 */
import { sections, settingsFromDefinition } from "./call_center.js";
import { card, el } from "./dom.js";
import { heading } from "./pages.js";

/**
 * @param {{settings: object, definition: object, tried: object, standbyKept: boolean, organization: {id: string},
 *   tryValues: (values: object) => void, reset: () => void, toast: (text: string, kind?: string) => void}} context
 */
export function setupPage(context) {
  const inputs = new Map();
  const cards = sections(context.settings).map((section) =>
    card(section.label, sectionTable(section, context, inputs)),
  );
  const apply = () => context.tryValues(changed(inputs, context));
  const save = el("button.brand", { type: "button", onclick: apply }, "Try these values");
  const reset = el("button.neutral", { type: "button", onclick: context.reset }, "Back to the definition");
  const count = Object.keys(context.tried).length;
  const hint = el(
    "p.weak",
    {},
    "Values that you change here are tried in this browser session only: the softphone is loaded anew with them. ",
    count ? `${count} value${count === 1 ? " differs" : "s differ"} from the definition. ` : "",
    context.standbyKept ? "The standby address is in use until the end of this browser session." : "",
  );
  const bar = card("", hint, el("div.actions", {}, save, reset, importer(context)));
  const { "/label": label, "/reqGeneralInfo/reqInternalName": name = "" } = context.settings;
  return el(
    "div.page",
    {},
    heading("Setup · Call Center", label || "Call Center", name),
    bar,
    ...cards,
    certificates(context),
  );
}

function certificates({ organization }) {
  const download = el("a", { href: "/salesforce/api/certificate", download: "CtiSignIn.crt" }, "Download Certificate");
  const rows = [el("dt", {}, "Organization ID"), el("dd", {}, el("code", {}, organization.id))];
  rows.push(el("dt", {}, "CtiSignIn"), el("dd", {}, download, el("span.weak", {}, " (another one after each start)")));
  return card("Certificate and Key Management", el("dl.details", {}, ...rows));
}

function sectionTable(section, { definition }, inputs) {
  const rows = section.items.flatMap(({ key, item, label, value }) => {
    const properties = { name: key, "aria-label": label, autocomplete: "off", readonly: item === "reqInternalName" };
    const input = el("input", { value, ...properties });
    inputs.set(key, input);
    const original = definition[key] ?? "";
    const differs = original !== value && el("span.weak", {}, ` (definition: ${original || "empty"})`);
    return [el("dt", {}, label || item, el("code.weak", {}, ` ${item}`)), el("dd", {}, input, differs)];
  });
  return el("dl.details", {}, ...rows);
}

// Values that are not shown (labels of an imported definition) stay as they are.
function changed(inputs, { definition, tried }) {
  const unseen = Object.entries(tried).filter(([key]) => !inputs.has(key));
  const entries = [...inputs].map(([key, input]) => [key, input.value.trim()]);
  const different = entries.filter(([key, value]) => value !== (definition[key] ?? ""));
  return Object.fromEntries([...unseen, ...different]);
}

function importer({ tryValues, toast }) {
  const read = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      tryValues(settingsFromDefinition(new DOMParser().parseFromString(await file.text(), "text/xml")));
    } catch (fault) {
      toast(fault.message, "error");
    }
  };
  const input = el("input", { type: "file", accept: ".xml,text/xml", onchange: read });
  return el("label.neutral.file", {}, "Import a definition", input);
}
