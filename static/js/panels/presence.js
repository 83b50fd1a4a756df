/** Top line: whether the agent wants calls, which phone they have, whether all is connected. */

import { mountLine } from "./line.js";
import { mountQueues } from "./queues.js";
import { createCleanup, el, icon, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";

/** @param {HTMLElement} root @param {object} actions presence(key), queue(queue, loggedIn, paused), toggleQueues() */
export function mountPresence(root, actions) {
  root.className = "presence";
  const cleanup = createCleanup();
  const dot = el("span", { class: "presence-dot", "aria-hidden": "true" });
  const select = el("select", {
    class: "presence-select",
    "data-testid": "presence",
    "aria-describedby": "presence-reason",
  });
  // The number alone is seen, for want of room; what it is, is heard and shown on pointing at it.
  const who = el("span", { class: "presence-extension", "aria-hidden": "true" });
  const whose = el("span", { class: "for-screen-readers" });
  const light = el("span", { class: "connection-light", "aria-hidden": "true" });
  const connection = el("span", { class: "for-screen-readers" });
  const status = el("span", { class: "presence-status" }, who, whose, light, connection);
  const reason = el("span", { class: "for-screen-readers", id: "presence-reason" });
  const problem = el("p", { class: "problem presence-problem" });
  const field = el("span", { class: "presence-field" }, dot, select, icon("chevron", "icon presence-chevron"), reason);
  const queues = mountQueues(actions);
  const line = mountLine(actions);
  root.append(
    el("div", { class: "presence-line" }, field, queues.toggle, line.toggle, line.voicemail, status),
    queues.list,
    line.body,
    problem,
  );
  cleanup.listen(select, "change", () => actions.presence(select.value));

  return {
    update({ signedIn, presence: vm, line: lineVm }) {
      line.update(lineVm);
      show(root, signedIn);
      keyedList(select, vm.options, {
        key: (option) => option.value,
        create: ({ value }) => el("option", { value }),
        update: (element, option) => setText(element, option.label),
      });
      setValue(select, vm.value);
      select.disabled = vm.reason !== "";
      setAttribute(select, "aria-label", vm.label);
      setAttribute(select, "title", vm.reason !== "" && vm.reason);
      setAttribute(select, "aria-busy", vm.pending && "true");
      setAttribute(field, "data-presence", vm.state || "unknown");
      setAttribute(field, "data-pending", vm.pending && "true");
      queues.update(vm.queues);
      setText(reason, vm.reason);
      setText(who, vm.extension);
      setText(whose, vm.who);
      setAttribute(who, "title", [vm.who, vm.agent].filter(Boolean).join(", "));
      setAttribute(light, "data-tone", vm.connection.tone);
      setAttribute(light, "title", vm.connection.label);
      setText(connection, vm.connection.label);
      setText(problem, vm.problem);
      show(problem, vm.problem !== "");
    },
    unmount() {
      cleanup.run();
      root.replaceChildren();
    },
  };
}
