/** Composition root: builds the parts and joins them. relay -> reduce -> view -> panels, and clicks back to commands. */

import { createActions, runShortcut } from "./actions.js";
import { createApi } from "./api.js";
import { startAutoAnswer } from "./auto_answer.js";
import { createCommands } from "./commands.js";
import { startDesk } from "./desk.js";
import { createDiary } from "./diary.js";
import { startDirectory } from "./directory.js";
import { findHost } from "./host.js";
import { chooseLanguage, createTexts } from "./i18n.js";
import { setAttribute, setText } from "./lib/dom.js";
import { createLeadership } from "./leadership.js";
import { createPreferences } from "./lib/preferences.js";
import { startLogbook } from "./logbook.js";
import { startMessaging } from "./messaging.js";
import { startOmniChannel } from "./omni/sync.js";
import { mountPanels } from "./panels/all.js";
import { startPastCalls } from "./past_calls.js";
import { createRelay, watchForReturn } from "./relay.js";
import { createRinger } from "./ringer.js";
import { frameScope } from "./salesforce/frame.js";
import { createSession } from "./session.js";
import { createSessions } from "./sign_in/sessions.js";
import { createTickets } from "./sign_in/tickets.js";
import { createWay, needsTickets } from "./sign_in/ways.js";
import { shortcutOf } from "./shortcuts.js";
import { initialState, reduce } from "./state.js";
import { createStore } from "./store.js";
import { view } from "./view.js";
import { healthReport } from "./view/health.js";
import { startWork } from "./work.js";

const TICK_MS = 1_000;

async function start() {
  const config = JSON.parse(document.getElementById("config").textContent);
  const query = new URLSearchParams(window.location.search);
  // Two orgs of one browser share this page's storage, locks and channels: nothing of theirs may mix.
  const scope = `${frameScope(window.location.search)}/${config.organization}`;
  const preferences = createPreferences(() => window.localStorage, scope);
  const diary = createDiary();
  const catalogue = await loadCatalogue(config.languages);
  const store = createStore(reduce, initialState, diary.note);
  configure(store, config, preferences, query, Object.keys(catalogue));
  const languages = languagesOf(catalogue);
  const texts = () => languages(store.state.language);
  const screen = createScreen(store, texts);
  document.getElementById("starting")?.remove();
  screen.draw();

  const host = await findHost({ window, document, apiVersion: config.api_version, demo: config.demo });
  const { kind, canPop, canLog, problem } = host;
  store.dispatch({ type: "host_ready", host: { kind, canPop, canLog, problem } });

  const isVisible = () => document.visibilityState === "visible";
  const api = createApi({ baseUrl: config.relay_url, fetch: window.fetch.bind(window) });
  const openChannel = window.BroadcastChannel ? (name) => new BroadcastChannel(name) : null;
  const tabs = createLeadership({ locks: navigator.locks, openChannel, scope });
  const relay = createRelay({ api, tabs, emit: store.dispatch, sessions: createSessions({ api }) });
  api.renew = relay.renew;
  const commands = createCommands({ api, store });
  const ringer = createRinger({
    window,
    document,
    panel: host.panel,
    locks: navigator.locks,
    scope,
  });
  const desk = startDesk({ store, host, api, commands, isVisible });
  const logbook = startLogbook({ store, host, api, texts, isVisible });
  const work = startWork({ store, api });
  startPastCalls({ store, host });
  startDirectory({ store, host, api, isVisible });
  startAutoAnswer({ store, commands, tabs });
  startMessaging({ store, host, desk });
  const kept = createPreferences(() => window.sessionStorage, scope);
  startOmniChannel({ store, host, commands, kept });
  followPages(store, host);
  const tickets = needsTickets(config.sign_in) ? createTickets({ openChannel, scope, api }) : null;
  const way = createWay(config.sign_in, {
    organization: config.organization,
    suggested: config.demo ? (query.get("agent") ?? "") : "",
    report: store.dispatch,
    window,
    host,
    api,
    tickets,
    preferences,
  });
  const session = createSession({ store, host, relay, api, way, tickets });
  const actions = createActions({
    store,
    commands,
    desk,
    logbook,
    session,
    ringer,
    preferences,
    report: () => reportOf(store, diary),
  });

  screen.connect(actions, ringer);
  listenToWindow({ relay, ringer, screen, actions, work });
  watchForReturn({ window, document, relay });
  await session.begin();
}

/** Every file of texts that the server has: another language is one more file. English is where the others have gaps. */
async function loadCatalogue(addresses) {
  const loaded = await Promise.all(
    Object.entries(addresses).map(async ([language, address]) => [language, (await import(address)).default]),
  );
  return Object.fromEntries(loaded);
}

function configure(store, config, preferences, query, offered) {
  store.dispatch({
    type: "configured",
    language: chooseLanguage({
      offered,
      asked: query.get("lang"),
      kept: preferences.get("language"),
      browser: navigator.languages,
    }),
    version: config.version,
    demo: config.demo,
    signIn: config.sign_in,
    preferences: keptPreferences(preferences),
  });
}

function keptPreferences(preferences) {
  const volume = Number(preferences.get("volume") ?? 60);
  return {
    ring: preferences.get("ring") === "on",
    notify: preferences.get("notify") === "on",
    autoAnswer: preferences.get("autoAnswer") === "on",
    tone: preferences.get("tone") ?? "notes",
    volume: volume >= 0 && volume <= 100 ? volume : 60,
    theme: preferences.get("theme") ?? "light",
    outboundNumber: preferences.get("outboundNumber") ?? "",
  };
}

/** Which record is on the screen: the one that was there before us, then wherever the agent goes. */
function followPages(store, host) {
  let moved = false;
  const opened = ({ record, editing }) => store.dispatch({ type: "page_opened", record, editing });
  host.onNavigation((page) => {
    moved = true;
    opened(page);
  });
  host.page().then(
    (page) => moved || opened(page),
    () => {},
  );
}

function reportOf(store, diary) {
  const now = Date.now() / 1000 + store.state.clockOffset;
  return healthReport(store.state, now, diary.lines(), { agent: navigator.userAgent });
}

/** Texts by language, each made once. */
function languagesOf(catalogue) {
  const made = new Map();
  return (language) => {
    if (!made.has(language)) made.set(language, createTexts(catalogue, language));
    return made.get(language);
  };
}

/** Draws the state whenever it changed and once a second for the timers. */
function createScreen(store, texts) {
  let panels = null;
  let actions = null;
  let ringer = null;
  let planned = false;
  let announced = 0;
  const announcer = document.getElementById("announcer");
  const urgently = document.getElementById("announcer-now");
  const pageTitle = document.getElementById("page-title");
  // Panels exist before there is anything to act on; their clicks wait for `connect`.
  panels = mountPanels(
    document,
    new Proxy(
      {},
      {
        get:
          (_, name) =>
          (...values) =>
            actions?.[name]?.(...values),
      },
    ),
  );

  function model() {
    return { ...view(store.state, Date.now() / 1000 + store.state.clockOffset, texts()), texts: texts() };
  }

  function draw() {
    planned = false;
    const vm = model();
    setAttribute(document.documentElement, "lang", vm.language);
    setAttribute(document.documentElement, "data-theme", store.state.preferences.theme);
    setText(pageTitle, texts().t("window.idle"));
    panels.update(vm);
    announce(vm);
    ringer?.update(vm.window, store.state.preferences, texts().t("window.idle"));
  }

  function announce(vm) {
    if (vm.announcementTurn === announced) return;
    announced = vm.announcementTurn;
    // Somebody rings: that does not wait until everything else has been read out.
    setText(urgently, vm.announcementUrgent ? vm.announcement : "");
    setText(announcer, vm.announcementUrgent ? "" : vm.announcement);
  }

  /** Several events of one answer are one drawing, before the browser paints. */
  function plan() {
    if (planned) return;
    planned = true;
    queueMicrotask(draw);
  }

  store.subscribe(plan);
  setInterval(plan, TICK_MS);
  return {
    draw,
    model,
    focusNumber: () => panels.focusNumber(),
    connect(itsActions, itsRinger) {
      actions = itsActions;
      ringer = itsRinger;
      plan();
    },
  };
}

function listenToWindow({ relay, ringer, screen, actions, work }) {
  window.addEventListener("pointerdown", ringer.unlock);
  window.addEventListener("keydown", (event) => {
    ringer.unlock();
    const action = shortcutOf(event);
    if (action === null) return;
    event.preventDefault();
    if (action === "dial") {
      actions.tab("phone");
      screen.focusNumber();
    } else {
      runShortcut(action, screen.model(), actions);
    }
  });
  window.addEventListener("pagehide", (event) => {
    // A page that goes into the back/forward cache may return and needs its session then.
    if (event.persisted) return;
    // What is sent last needs the session, too; the relay then ends it by itself.
    const isSending = work.flush();
    relay.stop({ leave: !isSending });
  });
}

void start();
