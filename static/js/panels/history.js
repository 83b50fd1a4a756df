/** Calls by day, newest first: who, when, how long, saved or not; call again with one click. */

import { el, icon, keyedList, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { mountIconButton } from "./button.js";

const LOG_ICONS = { claiming: "spinner", saving: "spinner", saved: "check", elsewhere: "check", failed: "warning" };

/** @param {HTMLElement} root @param {object} actions */
export function mountHistory(root, actions) {
  root.className = "history";
  const title = el("h2", { class: "section-title" });
  const missedBox = el("input", {
    type: "checkbox",
    id: "missed-only",
    "data-testid": "missed-only",
    on: { change: () => actions.missedOnly(missedBox.checked) },
  });
  const missedLabel = el("label", { for: "missed-only" });
  const list = el("ul", { class: "history-list", "data-testid": "history" });
  const empty = el(
    "div",
    { class: "empty" },
    icon("history", "icon empty-icon"),
    el("p", { class: "empty-title" }),
    el("p", { class: "empty-text" }),
  );
  const hint = el("p", { class: "hint history-hint" });
  const parts = new WeakMap();
  root.append(
    el("div", { class: "history-head" }, title, el("span", { class: "history-filter" }, missedBox, missedLabel)),
    list,
    empty,
    hint,
  );

  function openRecord({ id, record }) {
    if (id.startsWith("task:")) actions.openPage(record.id);
    else actions.openRecord(id);
  }

  function create() {
    const heading = el("h3", { class: "history-day" });
    const picture = icon("inbound");
    const kind = el("span", { class: "for-screen-readers" });
    const name = el("span", { class: "history-name" });
    const detail = el("span", { class: "history-detail" });
    const open = el(
      "button",
      { type: "button", class: "history-open", on: { click: () => openRecord(parts.get(element).item) } },
      name,
      detail,
    );
    const time = el("span", { class: "history-time" });
    const length = el("span", { class: "history-length" });
    const log = el("span", { class: "history-log" }, icon("check"));
    const redial = mountIconButton({
      icon: "call",
      testid: "redial",
      onClick: () => {
        const { dial, record } = parts.get(element).item;
        actions.callBack(dial, record);
      },
    });
    const element = el(
      "li",
      { class: "history-entry" },
      heading,
      el(
        "div",
        { class: "history-item" },
        el("span", { class: "history-direction" }, picture, kind),
        open,
        el("span", { class: "history-facts" }, time, length),
        log,
        redial.element,
      ),
    );
    parts.set(element, { heading, picture, kind, name, detail, open, time, length, log, redial });
    return element;
  }

  function update(element, item) {
    parts.get(element).item = item;
    const { heading, picture, kind, name, detail, open, time, length, log, redial } = parts.get(element);
    setText(heading, item.heading);
    show(heading, item.heading !== "");
    setAttribute(element, "data-missed", item.missed && !item.calledBack && "true");
    setIcon(picture, item.icon);
    setText(kind, item.kind);
    setText(name, item.name);
    setText(detail, [item.detail, item.how, item.calledBackLabel].filter(Boolean).join(" · "));
    open.disabled = item.record === null;
    setText(time, item.time);
    setAttribute(time, "title", `${item.day}, ${item.time}`);
    setText(length, item.duration);
    show(log, item.log !== null);
    setAttribute(log, "data-log", item.log?.status);
    setAttribute(log, "title", item.log ? [item.log.label, item.log.error].filter(Boolean).join(": ") : false);
    setAttribute(log, "role", "img");
    setAttribute(log, "aria-label", item.log?.label);
    if (item.log) setIcon(log.firstElementChild, LOG_ICONS[item.log.status]);
    redial.update({ label: item.redial, reason: item.redialReason });
  }

  return {
    update(vm) {
      show(root, vm.signedIn && vm.tab === "history");
      setText(title, vm.history.title);
      setText(empty.children[1], vm.history.empty);
      setText(empty.children[2], vm.history.emptyHint);
      keyedList(list, vm.history.items, { key: (item) => item.id, create, update });
      show(empty, vm.history.items.length === 0);
      show(list, vm.history.items.length > 0);
      setText(hint, vm.history.status);
      show(hint, vm.history.status !== "");
      setText(missedLabel, vm.history.missedOnly.label);
      missedBox.checked = vm.history.missedOnly.value;
    },
    unmount: () => root.replaceChildren(),
  };
}
