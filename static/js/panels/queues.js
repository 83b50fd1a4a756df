/** The agent's queues: who is logged in where, paused where, and the buttons for it. */

import { el, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {object} actions queue(queue, loggedIn, paused, reason), toggleQueues() */
export function mountQueues(actions) {
  const toggle = mountButton({
    icon: "people",
    class: "button button-small queues-toggle",
    testid: "queues-toggle",
    onClick: actions.toggleQueues,
  });
  const list = el("ul", { class: "queues", id: "queues", "data-testid": "queues" });
  setAttribute(toggle.element, "aria-controls", "queues");

  function create() {
    const dot = el("span", { class: "people-dot", "aria-hidden": "true" });
    const name = el("span", { class: "people-name" });
    const state = el("span", { class: "people-detail" });
    const item = el("li", { class: "queue" }, dot, el("span", { class: "people-names" }, name, state));
    const pause = mountButton({
      class: "button button-small",
      testid: "queue-pause",
      onClick: () => actions.queue(item.vm.queue, true, !item.vm.paused),
    });
    const log = mountButton({
      class: "button button-small",
      testid: "queue-log",
      onClick: () => actions.queue(item.vm.queue, !item.vm.loggedIn, false),
    });
    const pauseWith = el("select", { class: "queue-pause-with", "data-testid": "queue-pause-with" });
    pauseWith.addEventListener("change", () => {
      if (pauseWith.value !== "-") actions.queue(item.vm.queue, true, true, pauseWith.value);
    });
    item.append(pause.element, pauseWith, log.element);
    return Object.assign(item, { dot, name, state, pause, pauseWith, log });
  }

  return {
    toggle: toggle.element,
    list,
    update(vm) {
      toggle.update({ label: vm.label, fullName: vm.fullName, shown: vm.shown });
      setAttribute(toggle.element, "title", vm.fullName);
      setAttribute(toggle.element, "aria-expanded", String(vm.open));
      setAttribute(list, "aria-label", vm.list);
      show(list, vm.shown && vm.open);
      keyedList(list, vm.items, {
        key: (item) => item.queue,
        create,
        update(item, queue) {
          item.vm = queue;
          setText(item.name, queue.queue);
          setText(item.state, queue.state);
          setAttribute(item.dot, "data-tone", queue.tone);
          item.pause.update(queue.pause);
          updatePauseWith(item.pauseWith, queue.pauseWith);
          item.log.update(queue.log);
        },
      });
    },
  };
}

/** A button that asks why: what is chosen is done at once, and the button says "Pause" again. */
function updatePauseWith(select, { options, fullName, reason, shown }) {
  keyedList(select, options, {
    key: ({ value }) => value,
    create: ({ value }) => el("option", { value }),
    update: (option, { label }) => setText(option, label),
  });
  setValue(select, "-");
  select.disabled = reason !== "";
  setAttribute(select, "aria-label", fullName);
  setAttribute(select, "title", reason !== "" && reason);
  show(select, shown);
}
