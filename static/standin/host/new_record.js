/** The "New …" dialog: fields of an object, prefilled, saved to the org. */
import { el } from "./dom.js";

/**
 * @param {HTMLDialogElement} dialog @param {object} type object description of the server
 * @param {Object<string, unknown>} defaults values by API name @param {(fields: object) => Promise<string[]>} save
 *   answers with the broken rules, none if saved
 */
export function openNewRecord(dialog, type, defaults, save) {
  const shown = type.fields.filter((field) => field.writable && field.name !== "OwnerId");
  const inputs = new Map(shown.map((field) => [field.name, inputFor(field, defaultOf(defaults, field.name))]));
  const errors = el("ul.errors", { role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    const entered = [...inputs].map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value !== "");
    const faults = await save(Object.fromEntries(entered));
    errors.replaceChildren(...faults.map((fault) => el("li", {}, fault)));
    if (faults.length === 0) dialog.close();
  };
  const label = (field) => el("span", {}, field.required ? `* ${field.label}` : field.label);
  const rows = shown.map((field) => el("label.field", {}, label(field), inputs.get(field.name)));
  const cancel = el("button.neutral", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const buttons = el("footer", {}, cancel, el("button.brand", { type: "submit" }, "Save"));
  const title = el("h2", {}, `New ${type.label}`);
  dialog.replaceChildren(el("form", { onsubmit: submit }, title, errors, el("div.fields", {}, ...rows), buttons));
  if (!dialog.open) dialog.showModal();
}

function inputFor(field, value) {
  if (field.kind === "longtext") return el("textarea", { name: field.name, rows: 3, value });
  if (field.choices.length === 0) return el("input", { name: field.name, value, autocomplete: "off" });
  const select = el(
    "select",
    { name: field.name },
    ...["", ...field.choices].map((choice) => el("option", {}, choice)),
  );
  select.value = value;
  return select;
}

function defaultOf(defaults, name) {
  const key = Object.keys(defaults).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined || defaults[key] == null ? "" : String(defaults[key]);
}
