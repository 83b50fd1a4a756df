/** How everything is, in plain words, and the report to copy. */

import { el, icon, keyedList, setAttribute, setIcon, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

const ICONS = { good: "check", warning: "warning", error: "error" };

/** @param {HTMLElement} root @param {{report: () => string}} actions */
export function mountHealth(root, actions) {
  root.className = "health";
  root.setAttribute("data-testid", "health");
  const title = el("h2", { class: "section-title" });
  const summary = el("p", { class: "health-summary", role: "status", "data-testid": "health-summary" });
  const list = el("ul", { class: "health-list" });
  const copy = mountButton({ class: "button button-small", testid: "health-copy", onClick: () => void copyReport() });
  const said = el("p", { class: "hint", role: "status" });
  const report = el("textarea", {
    class: "field health-report",
    readonly: true,
    rows: "8",
    hidden: true,
    "data-testid": "health-report",
  });
  let copied = "";
  const parts = new WeakMap();
  root.append(title, summary, list, copy.element, said, report);

  /** The report shows, too: a frame of another site may not be allowed to write to the clipboard. */
  async function copyReport() {
    setValue(report, actions.report());
    show(report, true);
    report.select();
    try {
      await navigator.clipboard.writeText(report.value);
    } catch {
      if (!document.execCommand("copy")) return;
    }
    setText(said, copied);
  }

  function create() {
    const picture = icon("check");
    const label = el("strong", {});
    const text = el("span", {});
    const advice = el("span", { class: "hint" });
    const element = el(
      "li",
      { class: "health-row" },
      picture,
      el("span", { class: "health-texts" }, el("span", {}, label, " ", text), advice),
    );
    parts.set(element, { picture, label, text, advice });
    return element;
  }

  function update(element, row) {
    const { picture, label, text, advice } = parts.get(element);
    setAttribute(element, "data-tone", row.tone);
    setIcon(picture, ICONS[row.tone]);
    setText(label, `${row.label}:`);
    setText(text, row.text);
    setText(advice, row.advice);
    show(advice, row.advice !== "");
  }

  return {
    update({ signedIn, tab, health: vm }) {
      show(root, signedIn && tab === "settings");
      setText(title, vm.title);
      setText(summary, vm.summary);
      setAttribute(summary, "data-tone", vm.tone);
      keyedList(list, vm.rows, { key: (row) => row.key, create, update });
      copy.update({ label: vm.copy });
      copied = vm.copied;
      setAttribute(report, "aria-label", vm.reportTitle);
    },
    unmount: () => root.replaceChildren(),
  };
}
