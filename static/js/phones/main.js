/** The page of the simulated phones: joins state, view and parts. */

import { createTexts } from "../i18n.js";
import { el, keyedList, setText, show } from "../lib/dom.js";
import { act, follow, PhonesError } from "./api.js";
import { createDeskPhone } from "./desk_phone.js";
import de from "./messages/de.js";
import en from "./messages/en.js";
import { createOutside } from "./outside.js";
import { createOutsideCalls } from "./outside_calls.js";
import { dialable, errorText, outsideCallView, phoneView, targets } from "./view.js";

const texts = createTexts({ en, de }, document.documentElement.lang);
const { t } = texts;
const TICK_MS = 500;
const desks = new Map();
let state = null;
/** Seconds by which the server's clock is ahead of this one. */
let offset = 0;

const banner = document.getElementById("connection");
const room = el("div", { class: "desks" });
const outside = createOutside({ t, ring: ringFromOutside });
const calls = createOutsideCalls({
  t,
  act: (call, action) => attempt(outside, `outside/calls/${encodeURIComponent(call)}/${action}`),
});

/** Do it; a refusal becomes a sentence at `place`. Whether it was done. */
async function attempt(place, path, body) {
  try {
    await act(path, body);
    place.problem("");
    return true;
  } catch (error) {
    place.problem(errorText(error, texts));
    return false;
  }
}

function ringFromOutside({ from, name, to, data }) {
  void attempt(outside, "outside/calls", { from: dialable(from), name, to, data });
}

function deskPhone(extension) {
  const path = `phones/${encodeURIComponent(extension)}`;
  const desk = createDeskPhone({
    act: (action, body) => void attempt(desk, `${path}/${action}`, body),
    number(action, typed, call) {
      const number = dialable(typed);
      if (number === "") {
        desk.problem(errorText(new PhonesError("no_number"), texts));
        return Promise.resolve(false);
      }
      return attempt(desk, `${path}/${action}`, action === "dial" ? { number } : { number, call });
    },
  });
  desk.problem("");
  desks.set(extension, desk);
  return desk.element;
}

function draw() {
  if (state === null) return;
  const now = Date.now() / 1000 + offset;
  const wanted = targets(state, t);
  outside.update(wanted);
  calls.update(state.outside.calls.map((call) => outsideCallView(call, state.phones, t)));
  keyedList(room, state.phones, {
    key: ({ extension }) => extension,
    create: ({ extension }) => deskPhone(extension),
    update: (_, phone) =>
      desks.get(phone.extension).update(
        phoneView(phone, now, t),
        wanted.filter(({ value }) => value !== phone.extension),
      ),
  });
}

function start() {
  document
    .getElementById("outside")
    .append(el("h2", { class: "part-title", text: t("outside.title") }), ...outside.elements, ...calls.elements);
  document.getElementById("desk-phones").append(el("h2", { class: "part-title", text: t("phones.title") }), room);
  const leaving = new AbortController();
  window.addEventListener("pagehide", () => leaving.abort());
  window.addEventListener("pageshow", (event) => {
    // Back from the back/forward cache: everything may have changed.
    if (event.persisted) window.location.reload();
  });
  setInterval(draw, TICK_MS);
  void follow({
    signal: leaving.signal,
    onState(told) {
      state = told;
      offset = told.now - Date.now() / 1000;
      show(banner, false);
      draw();
    },
    onLost() {
      setText(banner, t("connection.lost"));
      show(banner, true);
    },
  });
}

start();
