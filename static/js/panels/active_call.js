/** The call that the agent talks in: who, how long, and everything that can be done with it. */

import { attach, el, icon, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { mountButton } from "./button.js";
import { mountCallData } from "./call_data.js";
import { mountJoining } from "./joining.js";
import { mountKeypad } from "./keypad.js";
import { mountMatches } from "./matches.js";
import { mountTransfer } from "./transfer.js";
import { mountWrapUp } from "./wrap_up.js";

/** @param {HTMLElement} root @param {object} actions */
export function mountActiveCall(root, actions) {
  let call = null;
  const control = (name, picture, onClick) => mountButton({ icon: picture, class: "control", testid: name, onClick });
  const controls = {
    hold: control("hold", "hold", () => actions.hold(call.id)),
    retrieve: control("retrieve", "retrieve", () => actions.retrieve(call.id)),
    mute: control("mute", "mute", () => actions.mute(call.id, !call.controls.mute.pressed)),
    keypad: control("keypad", "keypad", () => actions.toggleDrawer("keypad", call.id)),
    transfer: control("transfer", "transfer", () => actions.toggleDrawer("transfer", call.id)),
    park: control("park", "park", () => actions.park(call.id)),
    record: control("record", "recording", () => actions.record(call.id, call.controls.record.pressed ? "off" : "on")),
    pauseRecording: control("pause-recording", "recording-pause", () =>
      actions.record(call.id, call.controls.pauseRecording.pressed ? "on" : "paused"),
    ),
  };
  const hangup = mountButton({
    icon: "end",
    class: "button button-destructive button-wide",
    testid: "hangup",
    onClick: () => actions.clear(call.id),
  });
  const extension = mountButton({
    icon: "keypad",
    class: "button button-wide",
    testid: "send-extension",
    onClick: () => actions.digits(call.id, call.extension.digits),
  });
  const direction = icon("inbound", "icon active-direction");
  const state = el("span", { class: "call-state", "data-testid": "call-state" });
  const timer = el("span", { class: "active-timer", "data-testid": "timer", role: "timer" });
  const name = el("h2", { class: "active-name" });
  const number = el("p", { class: "active-number" });
  const more = el("p", { class: "active-more" });
  const problem = el("p", { class: "problem", role: "alert" });
  const data = mountCallData();
  const matches = mountMatches(actions);
  const keypad = mountKeypad(actions);
  const transfer = mountTransfer(actions);
  const joining = mountJoining(actions);
  const wrapUp = mountWrapUp(actions, "active");
  const element = el(
    "section",
    { class: "active", "data-testid": "active" },
    el("div", { class: "active-head" }, direction, state, timer),
    el("div", { class: "active-party" }, name, number, more, data.element),
    el("div", { class: "controls" }, ...Object.values(controls).map((button) => button.element)),
    joining.element,
    extension.element,
    keypad.element,
    transfer.element,
    problem,
    hangup.element,
    matches.element,
    wrapUp.element,
  );
  root.className = "active-call";

  function update(vm) {
    call = vm.active;
    attach(root, element, call !== null);
    if (call === null) return;
    const { texts } = vm;
    setAttribute(element, "aria-label", `${texts.t("call.current")}: ${call.name}`);
    setAttribute(element, "data-tone", call.tone);
    setIcon(direction, call.icon);
    setText(state, call.stateLabel);
    setText(timer, call.timer);
    setAttribute(timer, "aria-label", `${call.timerLabel} ${call.timer}`);
    setText(name, call.name);
    setText(number, call.number);
    show(number, call.hasName);
    const facts = [call.recording, call.holdTimer, call.queue, call.via].filter(Boolean).join(" · ");
    setText(more, facts);
    show(more, facts !== "");
    data.update(call.data);
    for (const [key, button] of Object.entries(controls)) {
      button.update({
        ...call.controls[key],
        ...(key === "mute" ? { icon: call.controls.mute.pressed ? "muted" : "mute" } : {}),
      });
    }
    hangup.update(call.controls.hangup);
    extension.update(call.extension);
    joining.update(call.joining);
    keypad.update(call.id, call.keypad, texts);
    transfer.update(call.id, call.transfer, texts);
    matches.update(call.id, call.matches);
    setText(problem, call.problem);
    show(problem, call.problem !== "");
    wrapUp.update(call.id, call.wrapUp);
  }

  return { update, unmount: () => root.replaceChildren() };
}
