/** The list of explained numbers, a hundred at a time, with pages to turn. */

import { el, setText, show } from "../lib/dom.js";
import { createRow } from "./result_row.js";

/** Rows of one page: what a browser draws in an instant. */
const PAGE = 100;

/** @param {{texts: object, records: {find: Function, forget: Function}|null}} parts `records`: null outside the demonstration */
export function createResults({ texts, records }) {
  const { t } = texts;
  const list = el("div", { class: "number-list", "data-testid": "results" });
  const back = el("button", { type: "button", class: "button", text: t("page.back"), on: { click: () => turn(-1) } });
  const forth = el("button", { type: "button", class: "button", text: t("page.forth"), on: { click: () => turn(1) } });
  const place = el("span", { class: "pager-place" });
  const pager = el("nav", { class: "pager", "aria-label": t("page.label") }, back, place, forth);
  const element = el("div", {}, list, pager);
  let explanations = [];
  let incoming = false;
  let page = 0;

  function turn(step) {
    page += step;
    draw();
    list.firstElementChild?.firstElementChild?.focus();
  }

  function draw() {
    records?.forget();
    list.replaceChildren();
    grow(page * PAGE);
  }

  /** Append the rows of this page from `from` on. */
  function grow(from) {
    const rows = document.createDocumentFragment();
    for (const found of explanations.slice(Math.max(from, page * PAGE), (page + 1) * PAGE)) {
      rows.append(createRow(found, { texts, incoming, record: records?.find(found) ?? null }));
    }
    list.append(rows);
    const pages = Math.max(1, Math.ceil(explanations.length / PAGE));
    setText(place, t("page.place", { page: page + 1, pages }));
    back.disabled = page === 0;
    forth.disabled = page >= pages - 1;
    show(pager, pages > 1);
  }

  return {
    element,
    start(isIncoming) {
      explanations = [];
      incoming = isIncoming;
      page = 0;
      draw();
    },
    add(more) {
      const from = explanations.length;
      explanations = explanations.concat(more);
      grow(from);
    },
    all: () => explanations,
  };
}
