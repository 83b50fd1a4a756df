/** The smallest softphone that can be driven from a test: loads the client script from its host, records all events. */
const query = new URLSearchParams(window.location.search);
const version = query.get("version") ?? "57";

window.events = [];

function record(kind, payload) {
  window.events.push({ kind, payload });
  const item = document.createElement("li");
  item.textContent = `${kind} ${JSON.stringify(payload)}`;
  document.getElementById("events").append(item);
}

window.cti = (method, args = {}) =>
  new Promise((resolve) => window.sforce.opencti[method]({ ...args, callback: resolve }));

async function loadClientScript() {
  const script = document.createElement("script");
  script.src = `${query.get("sfdcIframeOrigin")}/support/api/${version}.0/lightning/opencti_min.js`;
  const loaded = new Promise((resolve) => (script.onload = script.onerror = resolve));
  document.head.append(script);
  await loaded;
}

await loadClientScript();
window.sforce.opencti.onClickToDial({ listener: (payload) => record("dial", payload) });
window.sforce.opencti.onNavigationChange({ listener: (payload) => record("navigation", payload) });
if (!query.has("nodial")) await window.cti("enableClickToDial");
if (!query.has("silent")) await window.cti("notifyInitializationComplete");
document.getElementById("state").textContent = "ready";
