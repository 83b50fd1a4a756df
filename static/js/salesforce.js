/**
 * Lightning as a host (Open CTI for Lightning, `sforce.opencti`): callbacks inside, promises outside. The only file
 * that knows this API; host.js describes what it offers.
 *
 * The script is Salesforce's own and comes from the page around us. It talks to `window.parent` by postMessage, has no
 * time limits and loses a call that is made before its host listens: every call here has a limit.
 */

import { HostError } from "./host_error.js";
import { within } from "./lib/waiting.js";

/** Salesforce's hosts, as its own script accepts them (Open CTI script 57.0). */
const SALESFORCE =
  /^https?:\/\/[\w.-]+(\.((my-)?visual)?force\.com|\.my-lightning\.com|\.(my-)?salesforce\.com|\.(salesforce|crmforce)\.(mil|ms))(:\d+)?$/;
/** The stand-in of the demonstration; browsers take every name under .localhost for this machine (RFC 6761, 6.3). */
const STAND_IN = /^https?:\/\/([\w.-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
/** Time limit of every call, in milliseconds. */
const CALL_MS = 10_000;
const SEARCH_DATA = "SCREEN_POP_DATA";
/** Values of `sforce.opencti.SCREENPOP_TYPE`, for a script that does not offer the constants. */
const POP = {
  SOBJECT: "sobject",
  SEARCH: "search",
  NEW_RECORD_MODAL: "newRecord",
  FLOW: "flow",
  OBJECTHOME: "objecthome",
};

/**
 * Where the script comes from, by the parameters that Salesforce appends to the page's address.
 * @param {{search: string, protocol: string}} location
 * @param {boolean} demo accept the local stand-in
 * @returns {{origin: string|null, problem: string|null}} no origin and no problem: opened outside Salesforce
 */
export function lightningOrigin(location, demo) {
  const query = new URLSearchParams(location.search);
  const origin = query.get("sfdcIframeOrigin");
  if (origin === null) return { origin: null, problem: query.has("sfdcIFrameOrigin") ? "classic" : null };
  if (!query.get("mode")) return { origin: null, problem: "mode_missing" };
  if (!SALESFORCE.test(origin) && !(demo && STAND_IN.test(origin))) return { origin: null, problem: "foreign_origin" };
  // The script refuses a page whose protocol differs from its host's (Open CTI guide, security).
  if (!origin.startsWith(location.protocol)) return { origin: null, problem: "protocol_differs" };
  return { origin, problem: null };
}

/** @returns {Promise<import("./host.js").Host>} rejects with a `HostError` when the script cannot be used */
export async function connectLightning({ window, document, origin, apiVersion, limitMs = CALL_MS }) {
  await loadScript({ window, document, url: `${origin}/support/api/${apiVersion}/lightning/opencti_min.js`, limitMs });
  const opencti = window.sforce?.opencti;
  if (!opencti) throw new HostError("script_empty", "The Open CTI script has defined nothing.");
  return createLightningHost(opencti, limitMs);
}

/** Load the script. It throws a string when it does not like the address, and defines its API nevertheless. */
function loadScript({ window, document, url, limitMs }) {
  let thrown = false;
  const noteThrow = (event) => {
    // Browsers keep the file name of scripts from elsewhere to themselves.
    if (!event.filename || event.filename === url) thrown = true;
  };
  window.addEventListener("error", noteThrow);
  const loaded = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () =>
      thrown ? reject(new HostError("script_refused", "The Open CTI script refuses this page.")) : resolve();
    script.onerror = () => reject(new HostError("script_failed", "The Open CTI script cannot be loaded."));
    document.head.append(script);
  });
  return within(
    limitMs,
    loaded,
    () => new HostError("script_failed", "The Open CTI script did not load in time."),
  ).finally(() => window.removeEventListener("error", noteThrow));
}

/**
 * @param {object} opencti `sforce.opencti`
 * @returns {import("./host.js").Host}
 */
export function createLightningHost(opencti, limitMs = CALL_MS) {
  const call = (method, fields = {}) => callMethod(opencti, method, fields, limitMs);
  const attempt = (method, fields) => void call(method, fields).catch(() => {});
  const clicks = createListener((listener) => opencti.onClickToDial({ listener }), clickOf);
  const pages = createListener((listener) => opencti.onNavigationChange({ listener }), pageOf);
  return Object.freeze({
    kind: "lightning",
    canPop: true,
    canLog: true,
    problem: null,
    identity: () => identity(call),
    settings: async () => valueKeys(await call("getCallCenterSettings")),
    enableClickToDial: async () => void (await call("enableClickToDial")),
    disableClickToDial: async () => void (await call("disableClickToDial")),
    onClickToDial: clicks.set,
    onNavigation: pages.set,
    search: (keys, direction) => search(call, keys, direction),
    pop: async (target) => void (await call("screenPop", popArguments(opencti, target))),
    findLog: (callId) => findLog(call, callId),
    history: () => history(call),
    readLog: (callId) => readLog(call, callId),
    saveLog: async (task) => String(await call("saveLog", { value: saveLogValue(task) })),
    refresh: async () => void (await call("refreshView")),
    panel: Object.freeze({
      show: () => attempt("setSoftphonePanelVisibility", { visible: true }),
      label: (label) => attempt("setSoftphoneItemLabel", { label }),
      icon: (key) => attempt("setSoftphoneItemIcon", { key }),
    }),
    ready: () => attempt("notifyInitializationComplete"),
  });
}

/** One call as a promise: the value, or a `HostError`. Invalid arguments make the script throw at once. */
function callMethod(opencti, method, fields, limitMs) {
  const answered = new Promise((resolve, reject) => {
    const callback = (response) =>
      response?.success ? resolve(response.returnValue) : reject(errorOf(response, method));
    try {
      opencti[method]({ ...fields, callback });
    } catch (error) {
      reject(new HostError("REFUSED_BY_SCRIPT", `${method}: ${error?.message ?? error}`));
    }
  });
  return within(limitMs, answered, () => new HostError("TIMEOUT", `${method}: no answer from Salesforce.`));
}

/** The guide prints the key of the errors both as `errors` and as `error`, as a list and as one. */
function errorOf(response, method) {
  const found = response?.errors ?? response?.error;
  const first = Array.isArray(found) ? found[0] : found;
  if (typeof first === "string") return new HostError("GENERIC_ERROR", first);
  const details = Array.isArray(first?.details) ? first.details.map((detail) => detail?.message ?? String(detail)) : [];
  const message = [first?.description ?? `${method} failed`, ...details].join(" ");
  return new HostError(first?.code ?? "GENERIC_ERROR", message, first?.details ?? null);
}

/** Register with the script once, for good: it has no way to take a listener back, and two would dial twice. */
function createListener(register, convert) {
  let listener = null;
  let registered = false;
  return {
    set(wanted) {
      listener = wanted;
      if (registered) return;
      registered = true;
      try {
        register((payload) => {
          const event = convert(payload);
          if (event !== undefined) listener?.(event);
        });
      } catch {
        // An older script without this event: the panel works without it.
      }
    },
  };
}

/** A clicked number; undefined for a click without one. */
function clickOf(payload) {
  const click = payload?.returnValue ?? payload;
  const number = String(click?.number ?? "").trim();
  return number === "" ? undefined : { number, record: recordOfPage(click) };
}

/** Addresses of Lightning's editors: a record's, and the modal of a new one. */
const EDITOR = /\/(edit|new)([/?#]|$)/;

function pageOf(payload) {
  const page = payload?.returnValue ?? payload;
  return { record: recordOfPage(page), editing: EDITOR.test(String(page?.url ?? "")) };
}

function recordOfPage(page) {
  if (!page?.recordId) return null;
  // Person accounts come with the id of their other half (Open CTI guide, onClickToDial).
  const contactId = page.contactId || undefined;
  return {
    id: page.recordId,
    name: page.recordName ?? "",
    type: page.objectType ?? "",
    ...(contactId ? { contactId } : {}),
  };
}

/**
 * Id of the Task of a call, empty where there is none: a small Apex class looks, because Open CTI cannot search Tasks.
 * Fails in an org without the class.
 */
async function findLog(call, callId) {
  const methodParams = new URLSearchParams({ callObject: callId }).toString();
  const value = await call("runApex", { apexClass: "CtiCallLog", methodName: "find", methodParams });
  return String(value?.runApex ?? "");
}

/** Calls of the signed-in user in the last 30 days; fails in an org without the class. */
async function history(call) {
  const value = await call("runApex", { apexClass: "CtiCallLog", methodName: "history", methodParams: "" });
  const told = typeof value?.runApex === "string" ? JSON.parse(value.runApex || "[]") : value?.runApex;
  return (Array.isArray(told) ? told : []).map((task) => ({
    id: String(task.id),
    callId: task.callObject ?? "",
    subject: task.subject ?? "",
    type: task.callType ?? "",
    disposition: task.disposition ?? "",
    seconds: Number(task.seconds ?? 0),
    at: Number(task.at) / 1000,
    who: task.who ?? null,
    what: task.what ?? null,
  }));
}

/** Fields of the Task of a call as they are now; fails where there is none, and in an org without the class. */
async function readLog(call, callId) {
  const methodParams = new URLSearchParams({ callObject: callId }).toString();
  const value = await call("runApex", { apexClass: "CtiCallLog", methodName: "read", methodParams });
  const told = typeof value?.runApex === "string" ? JSON.parse(value.runApex || "null") : value?.runApex;
  if (!told?.Id) throw new HostError("GENERIC_ERROR", "There is no Task of this call.");
  return Object.fromEntries(Object.entries(told).map(([field, text]) => [field, text ?? ""]));
}

/** Who is signed in: a small Apex class tells; Open CTI itself does not know. An org without the class: null. */
async function identity(call) {
  try {
    const value = await call("runApex", { apexClass: "CtiIdentity", methodName: "whoAmI", methodParams: "" });
    // Apex that returns a String arrives as JSON text, one that returns a record as an object.
    const told = typeof value?.runApex === "string" ? JSON.parse(value.runApex) : value?.runApex;
    return typeof told?.username === "string" && told.username !== "" ? told : null;
  } catch {
    return null;
  }
}

/** `/section/item` keys only; labels and sort orders are of no use here (Open CTI guide, getCallCenterSettings). */
export function valueKeys(settings) {
  const isValue = (key) => {
    const parts = key.split("/");
    return parts.length === 3 && parts[0] === "" && parts[2] !== "label" && parts[2] !== "sortOrder";
  };
  const values = Object.entries(settings ?? {}).filter(
    ([key, value]) => isValue(key) && value !== null && value !== undefined,
  );
  return Object.fromEntries(values.map(([key, value]) => [key, String(value)]));
}

async function search(call, keys, direction) {
  let popData = null;
  for (const searchParams of keys) {
    const found = await call("searchAndScreenPop", { searchParams, callType: direction, deferred: true });
    const records = Object.entries(found ?? {})
      .filter(([key]) => key !== SEARCH_DATA)
      .map(([id, fields]) => recordOfSearch(id, fields));
    popData = found?.[SEARCH_DATA] ?? popData;
    if (records.length > 0) return { records, popData };
  }
  return { records: [], popData };
}

/** The object's name comes as `RecordType`; one documented example still has the Classic names. */
function recordOfSearch(id, fields) {
  const type = fields?.RecordType ?? fields?.object ?? fields?.Type ?? "";
  const contactId = fields?.PersonContactId || undefined;
  return { id, name: fields?.Name ?? id, type, ...(contactId ? { contactId } : {}) };
}

function popArguments(opencti, target) {
  const type = (name) => opencti.SCREENPOP_TYPE?.[name] ?? POP[name];
  if ("popData" in target) return target.popData;
  if ("recordId" in target) return { type: type("SOBJECT"), params: { recordId: target.recordId } };
  if ("search" in target) return { type: type("SEARCH"), params: { searchString: target.search } };
  if ("home" in target) return { type: type("OBJECTHOME"), params: { scope: target.home } };
  if ("flow" in target) return { type: type("FLOW"), params: { flowDevName: target.flow, flowArgs: target.values } };
  return {
    type: type("NEW_RECORD_MODAL"),
    params: { entityName: target.newRecord, defaultFieldValues: target.defaults },
  };
}

/** A change names its record by Id alone; entityApiName belongs to a new one (Open CTI guide, saveLog). */
function saveLogValue(task) {
  if (!("Id" in task)) return task;
  return Object.fromEntries(Object.entries(task).filter(([name]) => name !== "entityApiName"));
}
