/** Calls that ring at the agent's phone: above everything else, whatever is open below. */

import { el, icon, keyedList, setAttribute, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";
import { mountCallData } from "./call_data.js";
import { mountMatches } from "./matches.js";

/** @param {HTMLElement} root @param {object} actions */
export function mountIncoming(root, actions) {
  root.className = "incoming-list";
  const parts = new WeakMap();

  function create({ id }) {
    const title = el("h2", { class: "incoming-title" });
    const timer = el("span", { class: "incoming-timer" });
    const name = el("p", { class: "incoming-name", "data-testid": "incoming-name" });
    const number = el("p", { class: "incoming-number", "data-testid": "incoming-number" });
    const more = el("p", { class: "incoming-more" });
    const answer = mountButton({
      icon: "call",
      class: "button button-success button-answer",
      testid: "answer",
      onClick: () => actions.answer(id),
    });
    const decline = mountButton({
      icon: "end",
      class: "button button-decline",
      testid: "decline",
      onClick: () => actions.clear(id),
    });
    const data = mountCallData();
    const matches = mountMatches(actions);
    const problem = el("p", { class: "problem", role: "alert" });
    const element = el(
      "section",
      { class: "incoming", "data-testid": "incoming" },
      el("div", { class: "incoming-head" }, el("span", { class: "incoming-ring" }, icon("call")), title, timer),
      name,
      number,
      more,
      data.element,
      el("div", { class: "incoming-buttons" }, answer.element, decline.element),
      problem,
      matches.element,
    );
    parts.set(element, { title, timer, name, number, more, data, answer, decline, matches, problem });
    return element;
  }

  function update(element, call) {
    const { title, timer, name, number, more, data, answer, decline, matches, problem } = parts.get(element);
    setAttribute(element, "aria-label", `${call.title}: ${call.name}`);
    setText(title, call.title);
    setText(timer, call.timer);
    setText(name, call.hasName ? call.name : "");
    show(name, call.hasName);
    setText(number, call.number);
    setAttribute(number, "data-alone", !call.hasName && "true");
    const facts = [call.queue, call.via, call.holds].filter(Boolean).join(" · ");
    setText(more, facts);
    show(more, facts !== "");
    data.update(call.data);
    answer.update(call.controls.answer);
    decline.update(call.controls.decline);
    matches.update(call.id, call.matches);
    setText(problem, call.problem);
    show(problem, call.problem !== "");
  }

  return {
    update: (vm) => keyedList(root, vm.incoming, { key: (call) => call.id, create, update }),
    unmount: () => root.replaceChildren(),
  };
}
