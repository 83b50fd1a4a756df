/** Notes and everything else that is filled in about a call, while it is talked and afterwards. */

import { el, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton, mountIconButton } from "./button.js";

/**
 * @param {object} actions
 * @param {string} name prefix of ids and test ids: two of these may be in one page
 */
export function mountWrapUp(actions, name) {
  let call = "";
  let vm = null;
  const change = (changes) => actions.wrapUp(call, changes);
  const field = (id, tag, properties, onInput) => {
    const input = el(tag, {
      id: `${name}-${id}`,
      class: "field",
      "data-testid": id === "notes" ? notesId : `${name}-${id}`,
      ...properties,
      on: { [tag === "select" ? "change" : "input"]: () => onInput(input.value) },
    });
    const label = el("label", { class: "field-label", for: `${name}-${id}` });
    const box = el("div", { class: "wrap-up-field" }, label, input);
    return { box, label, input };
  };
  const notesId = name === "active" ? "notes" : `${name}-notes`;

  const logBox = el("input", {
    type: "checkbox",
    id: `${name}-log`,
    "data-testid": `${name}-log`,
    // As usual again, where that is what is ticked: then a later change of the settings counts, too.
    on: { change: () => change({ log: logBox.checked === vm.logged.usual ? null : logBox.checked }) },
  });
  const logLabel = el("label", { for: `${name}-log` });
  const logLine = el("p", { class: "wrap-up-log" }, logBox, logLabel);
  const notes = field("notes", "textarea", { class: "field notes", rows: "2", maxlength: "32000" }, (text) =>
    actions.note(call, text),
  );
  const disposition = field("disposition", "select", {}, (value) => change({ disposition: value, done: value !== "" }));
  const subject = field("subject", "input", { maxlength: "255", autocomplete: "off" }, (text) =>
    change({ subject: text }),
  );
  const followUp = field("follow-up", "input", { maxlength: "255", autocomplete: "off" }, (text) =>
    change({ followUp: text }),
  );
  const followUpOn = field("follow-up-on", "input", { type: "date" }, (value) => change({ followUpOn: value }));
  const summary = el("summary", {});
  const more = el(
    "details",
    { class: "wrap-up-more", "data-testid": `${name}-more` },
    summary,
    subject.box,
    el("div", { class: "wrap-up-pair" }, followUp.box, followUpOn.box),
  );
  const about = el("span", {});
  const clear = mountIconButton({
    icon: "close",
    testid: `${name}-unrelate`,
    onClick: () => change({ related: null }),
  });
  const aboutLine = el("p", { class: "wrap-up-about" }, about, clear.element);
  const assign = mountButton({
    icon: "record",
    class: "button button-small",
    testid: `${name}-assign`,
    onClick: () => {
      const { as, record } = vm.related.assign;
      if (as === "record") actions.assign(call, record);
      else change({ related: record });
    },
  });
  const kept = el("p", { class: "hint", role: "status" });
  const save = mountButton({
    class: "button button-small button-brand",
    testid: `${name}-save`,
    onClick: () => actions.saveAgain(call),
  });
  const element = el(
    "div",
    { class: "wrap-up" },
    logLine,
    notes.box,
    disposition.box,
    aboutLine,
    assign.element,
    more,
    kept,
    save.element,
  );

  function updateDisposition({ options, none, value, label, shown }) {
    show(disposition.box, shown);
    setText(disposition.label, label);
    keyedList(disposition.input, ["", ...options], {
      key: (option) => option,
      create: (option) => el("option", { value: option }),
      update: (element_, option) => setText(element_, option || none),
    });
    setValue(disposition.input, value);
  }

  return {
    element,
    update(callId, view) {
      if (callId !== call) more.open = false;
      call = callId;
      vm = view;
      show(element, vm.shown);
      show(logLine, vm.logged.shown);
      setText(logLabel, vm.logged.label);
      logBox.checked = vm.logged.value;
      show(notes.box, vm.notes.shown);
      setText(notes.label, vm.notes.label);
      setAttribute(notes.input, "placeholder", vm.notes.hint);
      setValue(notes.input, vm.notes.text);
      updateDisposition(vm.disposition);
      show(more, vm.more.shown);
      setText(summary, vm.more.label);
      setText(subject.label, vm.subject.label);
      setAttribute(subject.input, "placeholder", vm.subject.hint);
      setValue(subject.input, vm.subject.text);
      setText(followUp.label, vm.followUp.label);
      setAttribute(followUp.input, "placeholder", vm.followUp.hint);
      setValue(followUp.input, vm.followUp.text);
      setAttribute(followUp.input, "readonly", vm.followUp.done);
      setText(followUpOn.label, vm.followUp.onLabel);
      setValue(followUpOn.input, vm.followUp.on);
      setAttribute(followUpOn.input, "readonly", vm.followUp.done);
      setText(about, vm.related.text);
      show(aboutLine, vm.related.text !== "");
      clear.update({ label: vm.related.clear });
      assign.update(vm.related.assign);
      setText(kept, vm.kept);
      show(kept, vm.kept !== "");
      save.update(vm.save);
    },
  };
}
