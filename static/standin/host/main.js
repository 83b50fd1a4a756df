/** Composition root of the stand-in's host page: reads what the server put in, builds the parts, starts the softphone. */
import { watchTasks } from "./activities.js";
import { newNonce } from "./adapter_url.js";
import { createApi } from "./api.js";
import { App } from "./app.js";
import { inForce, panelOptions } from "./call_center.js";
import { classic } from "./classic_protocol.js";
import { byId } from "./dom.js";
import { parseFaults } from "./faults.js";
import { createHeader } from "./header.js";
import { OpenCtiHost } from "./host.js";
import { LogDrawer } from "./log_drawer.js";
import { createMethods } from "./methods.js";
import { createOmniChannel } from "./omni_channel.js";
import { firstPanelState, SoftphonePanel } from "./panel.js";
import { PhoneNumbers } from "./phone.js";
import { lightning, success } from "./protocol.js";
import { paths } from "./routing.js";
import { createSession } from "./session.js";
import { setupPage } from "./setup_page.js";
import { Softphone } from "./softphone.js";
import { createToasts } from "./toasts.js";

const MAX_FRAMES = 3; // copies of the softphone in one page, to try message channels

const boot = JSON.parse(byId("boot").textContent);
const query = new URLSearchParams(window.location.search);
const isConsole = query.get("console") === "1";
const ui = query.get("ui") === "classic" ? "classic" : "lightning";
const session = createSession(() => window.sessionStorage);
const api = createApi(boot.user.alias);
const toast = createToasts(byId("toasts"));
const softphones = [];

const phones = new PhoneNumbers((payload) => host.emit("onClickToDial", payload));
const app = new App({
  api,
  boot,
  isConsole,
  // Every step in Classic is another page, with a softphone of its own; its console keeps one for all.
  loadsEachPage: ui === "classic" && !isConsole,
  phones,
  toast,
  main: byId("main"),
  dialog: byId("dialog"),
  setup: () => setupPage(setupContext()),
  announce: (info) => host.emit("onNavigationChange", info),
  drawn: (route) => markTab(route),
});
const lookForTasks = watchTasks(api.tasks, (tasks) => app.tasksChanged(tasks));
const methods = {
  ...createMethods({ org: orgPort(), app: appPort(), panel: panelPort(), center: centerPort() }),
  isInConsole: () => success({ console: isConsole }),
};
const dialect = ui === "classic" ? classic : lightning;
const host = new OpenCtiHost({
  methods,
  dialect,
  log: (entry) => drawer.add(entry, new Date()),
  heard: (channel, message) => omniChannel?.hear(channel, message),
});
host.faults = parseFaults(query.get("faults") ?? "").faults;
const drawer = new LogDrawer({
  bar: byId("utility-bar"),
  place: byId("drawer"),
  faults: host.faults,
  setFaults: (faults) => (host.faults = faults),
  publish: (channel, message) => host.publish(channel, message),
  startWork: (to) => host.emit("onWorkStart", work(to)),
  methods: Object.keys(methods),
});
const markTab = createHeader({
  place: byId("header"),
  tabs: byId("tabs"),
  boot,
  ui,
  isConsole,
  search: (term) => app.show(paths.search(term)),
  switchUser: (alias) => {
    query.set("user", alias);
    window.location.search = query.toString();
  },
});

// Open CTI guide, hvs methods: what a Sales Engagement user starts from the work queue.
function work(to) {
  const workId = newNonce((bytes) => crypto.getRandomValues(bytes)).slice(0, 16);
  return { workId, completeWorkWhen: "TaskSaved", attributes: { to } };
}

function orgPort() {
  const saveLog = async (object) => {
    const response = await api.saveLog(object);
    if (response.success) lookForTasks();
    return response;
  };
  return { search: api.search, runApex: api.runApex, saveLog };
}

function appPort() {
  return {
    viewInfo: () => app.viewInfo(),
    show: (path) => app.show(path),
    openNewRecord: (object, defaults) => app.openNewRecord(object, defaults),
    notice: (text) => toast(text, "success"),
    refresh: () => app.refreshRecords(),
    setClickToDial: (on, frame) => phones.setEnabled(on, frame),
  };
}

function panelPort() {
  const panelOf = (frame) => softphones.find((softphone) => softphone.protocolFrame === frame).panel;
  return {
    isVisible: (frame) => panelOf(frame).state.visible,
    change: (patch, frame) => panelOf(frame).change(patch),
  };
}

function centerPort() {
  return {
    settings: () => inForce(boot.settings, tried()),
    layout: () => boot.layout,
    complete: (frame) => softphones.find((softphone) => softphone.protocolFrame === frame).complete(),
  };
}

function tried() {
  return session.get("tried", {});
}

function setupContext() {
  const change = (values, kept) => {
    session.set("tried", values);
    session.set("standby", kept);
    restart();
    app.refresh();
  };
  return {
    settings: inForce(boot.settings, tried()),
    definition: boot.settings,
    tried: tried(),
    standbyKept: session.get("standby", false),
    organization: boot.organization,
    toast,
    tryValues: (values) => change(values),
    reset: () => change(undefined),
  };
}

function options() {
  return panelOptions(inForce(boot.settings, tried()), boot, tried());
}

function addSoftphone(number) {
  const name = number === 1 ? "softphone" : `softphone-${number}`;
  const panel = new SoftphonePanel(firstPanelState(options()), {
    bar: byId("utility-items"),
    dock: byId("dock"),
    name,
  });
  const context = { ui, origin: window.location.origin, appId: boot.appId, console: isConsole };
  softphones.push(new Softphone({ panel, host, name, session, context }));
}

function restart() {
  omniChannel?.update();
  for (const softphone of softphones) {
    phones.setEnabled(false, softphone.protocolFrame);
    softphone.panel.change(firstPanelState(options()));
    softphone.start(options());
  }
}

// How much room the docked panels take, for the style sheet.
new ResizeObserver(() => {
  const { offsetWidth } = byId("dock");
  document.documentElement.style.setProperty("--dock-width", `${offsetWidth ? offsetWidth + 12 : 0}px`);
}).observe(byId("dock"));

window.addEventListener("message", (event) => host.receive(event));
const copies = Math.min(MAX_FRAMES, Math.max(1, Number(query.get("frames")) || 1));
for (let number = 1; number <= copies; number++) addSoftphone(number);
// Neither it nor message channels are in Classic.
const omniChannel =
  ui === "lightning"
    ? createOmniChannel({
        place: byId("utility-items"),
        settings: () => inForce(boot.settings, tried()),
        session,
        publish: (channel, message) => host.publish(channel, message),
      })
    : null;
// The page is drawn first: a softphone may ask what is shown as soon as it is loaded.
await app.start();
restart();
lookForTasks();
