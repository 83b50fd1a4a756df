/** The drawer with every Open CTI message in and out; also sets faults and publishes on message channels. */
import { el } from "./dom.js";
import { FAULT_KINDS, formatFaults, parseFaults } from "./faults.js";

const KEPT = 500; // entries; an afternoon's worth, and the page stays light
const ARROWS = { in: "→ host", out: "← host", ignored: "ignored", note: "note" };

export class LogDrawer {
  #list = el("ol.log", { tabindex: "0", "aria-label": "Open CTI messages, newest first" });
  #count = el("span.badge", {}, "0");
  #total = 0;
  #drawer;
  #button;

  /**
   * @param {{bar: HTMLElement, place: HTMLElement, faults: Map, setFaults: (faults: Map) => void,
   *   publish: (channel: string, message: object|null) => void, startWork: (number: string) => void,
   *   methods: string[]}} parts
   */
  constructor(parts) {
    const { bar, place } = parts;
    const button = { type: "button", "aria-expanded": "false", onclick: () => this.#toggle() };
    this.#button = el("button.utility-item.right", button, "CTI log ", this.#count);
    const drawer = { hidden: true, "aria-label": "Open CTI log" };
    this.#drawer = el("section.drawer", drawer, this.#header(), tools(parts), this.#list);
    bar.append(this.#button);
    place.append(this.#drawer);
  }

  #header() {
    const clear = el("button.neutral", { type: "button", onclick: () => this.#list.replaceChildren() }, "Clear");
    const close = el("button.neutral", { type: "button", onclick: () => this.#toggle() }, "Close");
    return el("header", {}, el("h2", {}, "Open CTI messages"), clear, close);
  }

  #toggle() {
    this.#drawer.hidden = !this.#drawer.hidden;
    this.#button.setAttribute("aria-expanded", String(!this.#drawer.hidden));
  }

  /** @param {import("./host.js").Traffic} entry @param {Date} at */
  add({ direction, frame, text, data }, at) {
    const time = at.toISOString().slice(11, 23);
    const arrow = el(`span.direction.${direction}`, {}, ARROWS[direction]);
    const about = el("span.weak", {}, ` ${frame}`, outcome(data));
    const summary = el("summary", {}, el("time", {}, time), arrow, el("b", {}, text), about);
    this.#list.prepend(el("li", { data: { direction, text } }, el("details", {}, summary, el("pre", {}, shown(data)))));
    if (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#count.textContent = String(++this.#total);
  }
}

function outcome(data) {
  const response = data?.response;
  if (typeof response?.success !== "boolean") return "";
  return response.success ? " ok" : ` ${response.errors?.[0]?.code ?? "failed"}`;
}

function shown(data) {
  try {
    return JSON.stringify(data, null, 2) ?? "";
  } catch {
    return String(data);
  }
}

function tools({ faults, setFaults, publish, startWork, methods }) {
  return el("div.tools", {}, faultTool(faults, setFaults, methods), channelTool(publish), workTool(startWork));
}

function faultTool(faults, setFaults, methods) {
  const example = "saveLog:GENERIC_ERROR,screenPop:silent";
  const text = el("input", { "aria-label": "Faults", placeholder: example, value: formatFaults(faults) });
  const method = el("select", { "aria-label": "Method" }, ...["*", ...methods].map((name) => el("option", {}, name)));
  const kind = el("select", { "aria-label": "Fault" }, ...FAULT_KINDS.map((name) => el("option", {}, name)));
  const problem = el("span.problem", { role: "alert" });
  const apply = () => {
    const parsed = parseFaults(text.value);
    problem.textContent = parsed.unknown.length ? `Not understood: ${parsed.unknown.join(", ")}` : "";
    setFaults(parsed.faults);
  };
  const add = () => {
    text.value = [text.value, `${method.value}:${kind.value}`].filter(Boolean).join(",");
    apply();
  };
  const clear = () => {
    text.value = "";
    apply();
  };
  text.addEventListener("change", apply);
  const button = (name, work) => el("button.neutral", { type: "button", onclick: work }, name);
  const buttons = [button("Add", add), button("None", clear)];
  return el("fieldset", {}, el("legend", {}, "Faults on purpose"), method, kind, ...buttons, text, problem);
}

function channelTool(publish) {
  const channel = el("input", { "aria-label": "Channel", placeholder: "Channel__c" });
  const message = el("input", { "aria-label": "Message", placeholder: '{"text": "hello"}' });
  const problem = el("span.problem", { role: "alert" });
  const send = () => {
    try {
      publish(channel.value, message.value ? JSON.parse(message.value) : null);
      problem.textContent = "";
    } catch (fault) {
      problem.textContent = fault.message;
    }
  };
  const button = el("button.neutral", { type: "button", onclick: send }, "Publish");
  return el("fieldset", {}, el("legend", {}, "Publish on a message channel"), channel, message, button, problem);
}

function workTool(startWork) {
  const number = el("input", { "aria-label": "Number to call", placeholder: "+49 30 111222" });
  const button = el("button.neutral", { type: "button", onclick: () => startWork(number.value) }, "Start work");
  return el(
    "fieldset.work",
    {},
    el("legend", {}, "Sales Engagement: start a call from the work queue"),
    number,
    button,
  );
}
