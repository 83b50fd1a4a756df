/** The settings of the call center definition as a form, to try others before they are changed in Salesforce. */

import { el, setText, show } from "../lib/dom.js";

/**
 * @param {{items: {key: string, label: string, value: string}[], t: Function, changed: () => void}} parts
 */
export function createSettingsForm({ items, t, changed }) {
  const fields = new Map();
  const rows = items.map((item, index) => {
    const input = el("input", {
      id: `setting-${index}`,
      class: "field",
      value: item.value,
      autocomplete: "off",
      spellcheck: "false",
    });
    const problem = el("span", { class: "problem", id: `setting-${index}-problem`, hidden: true });
    input.setAttribute("aria-describedby", problem.id);
    input.addEventListener("change", changed);
    fields.set(item.key, { input, problem, shipped: item.value });
    const name = item.key.split("/").at(-1);
    const label = el(
      "label",
      { for: input.id },
      el("code", { text: name }),
      el("span", { class: "setting-label", text: item.label }),
    );
    return el("div", { class: "setting" }, label, input, problem);
  });
  const reset = el("button", { type: "button", class: "button", text: t("settings.reset"), on: { click: resetAll } });
  const element = el(
    "details",
    { class: "card settings-card" },
    el("summary", { text: t("settings.title") }),
    el("p", { class: "hint", text: t("settings.hint") }),
    el("div", { class: "settings-grid" }, ...rows),
    reset,
  );

  function resetAll() {
    for (const { input, shipped } of fields.values()) input.value = shipped;
    changed();
  }

  return {
    element,
    values: () => Object.fromEntries([...fields].map(([key, { input }]) => [key, input.value.trim()])),
    /** Show what is wrong at the setting that it belongs to. */
    problems(wrong) {
      for (const [key, { input, problem }] of fields) {
        const found = wrong.find((candidate) => candidate.setting === key);
        setText(problem, found?.message ?? "");
        show(problem, Boolean(found));
        input.toggleAttribute("aria-invalid", Boolean(found));
      }
      if (wrong.length > 0) element.open = true;
    },
  };
}
