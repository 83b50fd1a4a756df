/** One softphone in the utility bar: its item, its panel docked above, its frame. State in, DOM out. */
import { el } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {{visible: boolean, popped: boolean, loading: boolean, problem: string, standby: boolean,
 *   width: number, height: number, itemLabel: string, itemIcon: string, panelLabel: string, panelIcon: string}} PanelState
 */

/** @returns {PanelState} open at first, so that somebody who tries it sees the softphone at once */
export function firstPanelState({ width, height, label }) {
  return {
    visible: true,
    popped: false,
    loading: false,
    problem: "",
    standby: false,
    width,
    height,
    itemLabel: label,
    itemIcon: "call",
    panelLabel: label,
    panelIcon: "call",
  };
}

export class SoftphonePanel {
  #state;
  #parts;

  /** @param {PanelState} state @param {{bar: HTMLElement, dock: HTMLElement, name: string}} where */
  constructor(state, { bar, dock, name }) {
    this.#state = state;
    this.#parts = this.#build(name);
    bar.append(this.#parts.item);
    dock.append(this.#parts.panel);
    this.update();
  }

  get state() {
    return this.#state;
  }

  get frame() {
    return this.#parts.frame;
  }

  change(patch) {
    this.#state = { ...this.#state, ...patch };
    this.update();
  }

  #build(name) {
    const toggle = () => this.change({ visible: !this.#state.visible });
    const itemLabel = el("span");
    const itemIcon = el("span.icon");
    const itemProperties = { type: "button", onclick: toggle, data: { item: name } };
    const item = el("button.utility-item", itemProperties, itemIcon, itemLabel);
    const title = el("span.panel-title");
    const panelIcon = el("span.icon");
    const standby = el("span.badge", { hidden: true }, "Standby");
    const popOut = () => this.change({ popped: !this.#state.popped });
    const pop = el("button.icon-button", { type: "button", onclick: popOut });
    const labels = { title: "Minimize", "aria-label": "Minimize" };
    const minimise = el("button.icon-button", { type: "button", ...labels, onclick: toggle }, icon("minimize_window"));
    const header = el("header.panel-header", {}, panelIcon, title, standby, pop, minimise);
    // Which permissions Salesforce's own frame grants is not published: none here, so that nothing depends on them.
    const frame = el("iframe.openctiSoftPhone", { title: "Softphone", data: { frame: name } });
    const spinner = el("div.spinner", { role: "status" }, "Loading…");
    const body = el("div.panel-body", {}, frame, spinner);
    const panel = el("section.panel", { "aria-label": `${name} panel`, data: { panel: name } }, header, body);
    return { item, itemLabel, itemIcon, title, panelIcon, standby, pop, frame, spinner, body, panel };
  }

  /** Idempotent and complete. */
  update() {
    const { item, itemLabel, itemIcon, title, panelIcon, standby, pop, spinner, body, panel } = this.#parts;
    const state = this.#state;
    itemLabel.textContent = state.itemLabel;
    itemIcon.replaceChildren(icon(state.itemIcon));
    item.setAttribute("aria-pressed", String(state.visible));
    title.textContent = state.panelLabel;
    panelIcon.replaceChildren(icon(state.panelIcon));
    standby.hidden = !state.standby;
    pop.replaceChildren(icon(state.popped ? "pop_in" : "new_window"));
    pop.title = state.popped ? "Dock" : "Pop out";
    pop.setAttribute("aria-label", pop.title);
    spinner.hidden = !state.loading && !state.problem;
    spinner.textContent = state.problem || "Loading…";
    panel.classList.toggle("minimised", !state.visible);
    panel.classList.toggle("popped", state.popped);
    body.style.width = `${state.width}px`;
    body.style.height = `${state.height}px`;
  }
}
