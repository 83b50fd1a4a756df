/** Settings and about: language, ring tone, connection, keyboard, version. */

import { createCleanup, el, keyedList, setAttribute, setText, setValue, show } from "../lib/dom.js";
import { mountButton } from "./button.js";

/** @param {HTMLElement} root @param {object} actions */
export function mountSettings(root, actions) {
  root.className = "settings";
  const cleanup = createCleanup();
  const title = el("h2", { class: "section-title" });
  const languageLabel = el("label", { class: "setting-name", for: "language" });
  const language = el("select", { id: "language", class: "field setting-field", "data-testid": "language" });
  const themeLabel = el("label", { class: "setting-name", for: "theme" });
  const theme = el("select", { id: "theme", class: "field setting-field", "data-testid": "theme" });
  const tone = mountTone(actions, cleanup);
  const ring = makeSwitch("ring");
  const notify = makeSwitch("notify");
  const autoAnswer = makeSwitch("autoAnswer");
  const connection = el("h3", { class: "section-title" });
  const facts = el("dl", { class: "facts" });
  const signOut = mountButton({ class: "button button-small", testid: "sign-out", onClick: actions.signOut });
  const warning = el("p", { class: "hint" });
  const keysTitle = el("h3", { class: "section-title" });
  const keysHint = el("p", { class: "hint" });
  const keys = el("dl", { class: "facts shortcuts" });
  root.append(
    title,
    el("div", { class: "setting" }, languageLabel, language),
    el("div", { class: "setting" }, themeLabel, theme),
    ring.element,
    tone.element,
    notify.element,
    autoAnswer.element,
    connection,
    facts,
    signOut.element,
    warning,
    keysTitle,
    keys,
    keysHint,
  );
  cleanup.listen(language, "change", () => actions.language(language.value));
  cleanup.listen(theme, "change", () => actions.setPreference("theme", theme.value));

  function makeSwitch(name) {
    const text = el("span", { class: "setting-name" });
    const hint = el("span", { class: "hint" });
    const box = el("input", {
      type: "checkbox",
      role: "switch",
      class: "switch",
      id: `setting-${name}`,
      "data-testid": `setting-${name}`,
    });
    cleanup.listen(box, "change", () => actions.preference(name, box.checked));
    const element = el(
      "label",
      { class: "setting", for: `setting-${name}` },
      el("span", { class: "setting-texts" }, text, hint),
      box,
    );
    return {
      element,
      update(vm) {
        setText(text, vm.label);
        setText(hint, vm.hint);
        if (box.checked !== vm.value) box.checked = vm.value;
      },
    };
  }

  function updateFact(element, { label, value, tone }) {
    setText(element.children[0], label);
    setText(element.children[1], value);
    setAttribute(element, "data-tone", tone);
  }

  const fact = () => el("div", { class: "fact" }, el("dt"), el("dd"));
  const shortcut = () => el("div", { class: "fact" }, el("dt"), el("dd", {}, el("kbd")));

  function update({ signedIn, tab, settings: vm }) {
    show(root, signedIn && tab === "settings");
    setText(title, vm.title);
    setText(languageLabel, vm.language.label);
    fillSelect(language, vm.language);
    setText(themeLabel, vm.theme.label);
    fillSelect(theme, vm.theme);
    tone.update(vm.tone);
    ring.update(vm.ring);
    notify.update(vm.notify);
    autoAnswer.update(vm.autoAnswer);
    setText(connection, vm.connectionTitle);
    keyedList(facts, vm.facts, { key: (item) => item.key, create: fact, update: updateFact });
    signOut.update({ label: vm.signOut });
    setText(warning, vm.warning);
    show(warning, vm.warning !== "");
    setText(keysTitle, vm.shortcutsTitle);
    setText(keysHint, vm.shortcutsHint);
    keyedList(keys, vm.shortcuts, {
      key: (item) => item.action,
      create: shortcut,
      update(element, item) {
        setText(element.children[0], item.label);
        setText(element.children[1].firstElementChild, item.keys);
      },
    });
  }

  return {
    update,
    unmount() {
      cleanup.run();
      root.replaceChildren();
    },
  };
}

/** The choice of a ring tone: which, how loud, and what it sounds like. */
function mountTone(actions, cleanup) {
  const label = el("label", { class: "setting-name", for: "tone" });
  const tone = el("select", { id: "tone", class: "field setting-field", "data-testid": "tone" });
  const volumeLabel = el("label", { class: "setting-name", for: "volume" });
  const volume = el("input", {
    id: "volume",
    type: "range",
    min: "0",
    max: "100",
    step: "10",
    "data-testid": "volume",
  });
  const play = mountButton({ class: "button button-small", testid: "tone-play", onClick: actions.previewTone });
  const loudness = el("span", { class: "setting-volume" }, volume, play.element);
  const element = el(
    "div",
    {},
    el("div", { class: "setting" }, label, tone),
    el("div", { class: "setting" }, volumeLabel, loudness),
  );
  cleanup.listen(tone, "change", () => actions.setPreference("tone", tone.value));
  cleanup.listen(volume, "change", () => actions.setPreference("volume", Number(volume.value)));
  return {
    element,
    update(vm) {
      show(element, vm.shown);
      setText(label, vm.label);
      fillSelect(tone, vm);
      setText(volumeLabel, vm.volumeLabel);
      setValue(volume, String(vm.volume));
      play.update({ label: vm.play });
    },
  };
}

function fillSelect(select, { options, value }) {
  keyedList(select, options, {
    key: (option) => option.value,
    create: (option) => el("option", { value: option.value }),
    update: (element, option) => setText(element, option.label),
  });
  setValue(select, value);
}
