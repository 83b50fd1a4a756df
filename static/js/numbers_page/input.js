/** Where the numbers come from: typed lines, or a column of a list that is dropped or chosen. */

import { el, setText, show } from "../lib/dom.js";
import { columnOf, columnsOf, linesOf } from "./lists.js";

/** @param {{t: Function, explain: () => void, clear: () => void}} parts */
export function createInput({ t, explain }) {
  let table = null;
  const direction = { outgoing: choice("outgoing", true), incoming: choice("incoming", false) };
  const text = el("textarea", {
    id: "typed",
    class: "field typed",
    rows: "7",
    spellcheck: "false",
    placeholder: "+49 (0)89 1234567 DW 12\n0049 30 111-0\n112",
    "data-testid": "typed",
  });
  const country = el("input", {
    id: "record-country",
    class: "field country",
    maxlength: "2",
    autocomplete: "off",
    spellcheck: "false",
  });
  const countryBox = el(
    "div",
    { class: "country-box" },
    el("label", { for: "record-country", text: t("input.country") }),
    country,
  );
  const file = el("input", {
    id: "list",
    type: "file",
    accept: ".csv,.txt,text/csv,text/plain",
    class: "for-screen-readers",
  });
  const drop = el(
    "label",
    { for: "list", class: "drop", "data-testid": "drop" },
    el("strong", { text: t("input.drop") }),
    el("span", { text: t("input.drop_hint") }),
  );
  const column = el("select", { id: "column", class: "field" });
  const columnBox = el(
    "div",
    { class: "column-box", hidden: true },
    el("label", { for: "column", text: t("input.column") }),
    column,
  );
  const forget = el("button", { type: "button", class: "button", text: t("input.forget"), on: { click: forgetList } });
  columnBox.append(forget);
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const button = el("button", {
    type: "button",
    class: "button button-brand",
    text: t("input.explain"),
    "data-testid": "explain",
    on: { click: explain },
  });
  const element = el(
    "section",
    { class: "card input-card", "aria-label": t("input.title") },
    el(
      "fieldset",
      { class: "directions" },
      el("legend", { class: "for-screen-readers", text: t("input.direction") }),
      direction.outgoing.element,
      direction.incoming.element,
    ),
    el("label", { for: "typed", class: "field-label", text: t("input.typed") }),
    text,
    countryBox,
    file,
    drop,
    columnBox,
    problem,
    button,
  );
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) explain();
  });
  text.addEventListener("input", () => table && forgetList());
  country.addEventListener("change", again);
  column.addEventListener("change", explain);
  file.addEventListener("change", () => file.files.length > 0 && void take(file.files[0]));
  for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, (event) => hover(event, true));
  drop.addEventListener("dragleave", (event) => hover(event, false));
  drop.addEventListener("drop", (event) => {
    hover(event, false);
    if (event.dataTransfer.files.length > 0) void take(event.dataTransfer.files[0]);
  });

  function choice(name, checked) {
    const radio = el("input", { type: "radio", name: "direction", id: `direction-${name}`, value: name, checked });
    radio.addEventListener("change", () => {
      show(countryBox, !direction.incoming.radio.checked);
      again();
    });
    return {
      radio,
      element: el("label", { for: radio.id, class: "direction" }, radio, el("span", { text: t(`input.${name}`) })),
    };
  }

  function again() {
    if (numbers().length > 0) explain();
  }

  function hover(event, over) {
    event.preventDefault();
    drop.toggleAttribute("data-over", over);
  }

  async function take(list) {
    show(problem, false);
    try {
      const response = await fetch("/admin/numbers/list", {
        method: "POST",
        body: list,
        headers: { "Content-Type": "text/csv" },
      });
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.detail ?? `HTTP ${response.status}`);
      offer(columnsOf(answer.rows), list.name);
    } catch (error) {
      setText(problem, t("input.unreadable", { name: list.name, detail: error.message }));
      show(problem, true);
    }
    file.value = "";
  }

  function offer(found, name) {
    table = found;
    const width = Math.max(...found.rows.map((row) => row.length));
    const titles = Array.from(
      { length: width },
      (_, index) => found.header?.[index] || t("input.column_number", { number: index + 1 }),
    );
    column.replaceChildren(
      ...titles.map((title, index) => el("option", { value: index, text: title, selected: index === found.best })),
    );
    text.value = "";
    setText(drop.firstElementChild, t("input.list", { name, count: found.rows.length }));
    show(columnBox, true);
    explain();
  }

  function forgetList() {
    table = null;
    setText(drop.firstElementChild, t("input.drop"));
    show(columnBox, false);
  }

  function numbers() {
    return table ? columnOf(table.rows, Number(column.value)) : linesOf(text.value);
  }

  return {
    element,
    numbers,
    incoming: () => direction.incoming.radio.checked,
    recordCountry: () => (/^[A-Za-z]{2}$/.test(country.value.trim()) ? country.value.trim() : ""),
  };
}
