/** The page that explains numbers: joins what is typed, the settings and the results. Keeps nothing. */

import { createTexts } from "../i18n.js";
import { el, setText, show } from "../lib/dom.js";
import { explainAll } from "./explaining.js";
import { createInput } from "./input.js";
import { toCsv } from "./lists.js";
import de from "./messages/de.js";
import en from "./messages/en.js";
import { createRecords } from "./records.js";
import { createResults } from "./results.js";
import { createSettingsForm } from "./settings_form.js";

const config = JSON.parse(document.getElementById("config").textContent);
const texts = createTexts({ en, de }, document.documentElement.lang);
const { t } = texts;
let running = new AbortController();

const input = createInput({ t, explain, clear: () => running.abort() });
const settings = createSettingsForm({
  items: config.settings,
  t,
  changed: () => void (input.numbers().length > 0 && explain()),
});
const results = createResults({ texts, records: config.demonstration ? createRecords() : null });
const bar = el("progress", { class: "progress", "aria-label": t("progress.label"), max: 1, value: 0 });
const status = el("p", { class: "progress-text", role: "status", "data-testid": "progress" });
const cancel = el("button", {
  type: "button",
  class: "button",
  text: t("progress.cancel"),
  on: { click: () => running.abort() },
});
const problem = el("p", { class: "problem", role: "alert", hidden: true });
const download = el("button", {
  type: "button",
  class: "button",
  text: t("download"),
  "data-testid": "download",
  on: { click: save },
});
const state = el("div", { class: "progress-line" }, bar, status, cancel, download);
const main = document.getElementById("numbers");
main.replaceChildren(
  el("div", { class: "numbers-left" }, input.element, settings.element),
  el("section", { class: "card", "aria-label": t("results.title") }, problem, state, results.element),
);
idle(0);

async function explain() {
  running.abort();
  const own = new AbortController();
  running = own;
  const numbers = input.numbers();
  const incoming = input.incoming();
  results.start(incoming);
  show(problem, false);
  progress(0, numbers.length);
  const how = {
    relayUrl: config.relay_url,
    settings: settings.values(),
    incoming,
    recordCountry: input.recordCountry(),
  };
  try {
    await explainAll(numbers, how, {
      signal: own.signal,
      onBatch(explanations, done, problems) {
        results.add(explanations);
        settings.problems(problems);
        progress(done, numbers.length);
      },
    });
  } catch (error) {
    if (own.signal.aborted) return;
    setText(problem, t(error.status === 0 ? "problem.unreachable" : "problem.refused", { detail: error.message }));
    show(problem, true);
  }
  if (running === own) idle(results.all().length);
}

function progress(done, count) {
  bar.max = Math.max(1, count);
  bar.value = done;
  setText(status, t("progress.text", { done, count }));
  show(bar, true);
  show(cancel, true);
  show(download, false);
}

function idle(count) {
  setText(status, count > 0 ? t("results.count", { count }) : t("results.empty"));
  show(bar, false);
  show(cancel, false);
  show(download, count > 0);
}

function save() {
  const separator = texts.language === "de" ? ";" : ",";
  const blob = new Blob([toCsv(results.all(), separator)], { type: "text/csv;charset=utf-8" });
  const link = el("a", {
    href: URL.createObjectURL(blob),
    download: `numbers-${input.incoming() ? "incoming" : "outgoing"}.csv`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
