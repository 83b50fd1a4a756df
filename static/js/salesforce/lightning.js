/**
 * Lightning as a host (Open CTI for Lightning, `sforce.opencti`): callbacks inside, promises outside. The only file
 * that knows this API; ../host.js describes what it offers.
 *
 * The script is Salesforce's own and comes from the page around us. It talks to `window.parent` by postMessage, has no
 * time limits and loses a call that is made before its host listens: every call here has a limit.
 */

import { HostError } from "../host_error.js";
import { within } from "../lib/waiting.js";
import { createApex } from "./apex.js";
import { valueKeys } from "./call_center_settings.js";
import { createListener } from "./listener.js";
import { recordOfSearch } from "./search_result.js";

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
 * @param {object} opencti `sforce.opencti`
 * @returns {import("./host.js").Host}
 */
export function createLightningHost(opencti, limitMs = CALL_MS) {
  const call = (method, fields = {}) => callMethod(opencti, method, fields, limitMs);
  const attempt = (method, fields) => void call(method, fields).catch(() => {});
  const clicks = createListener((listener) => opencti.onClickToDial({ listener }), clickOf);
  const pages = createListener((listener) => opencti.onNavigationChange({ listener }), pageOf);
  const apex = createApex(
    async (apexClass, methodName, methodParams) =>
      (await call("runApex", { apexClass, methodName, methodParams }))?.runApex,
  );
  return Object.freeze({
    kind: "lightning",
    canPop: true,
    canLog: true,
    problem: null,
    ...apex,
    settings: async () => valueKeys(await call("getCallCenterSettings")),
    enableClickToDial: async () => void (await call("enableClickToDial")),
    disableClickToDial: async () => void (await call("disableClickToDial")),
    onClickToDial: clicks.set,
    onNavigation: pages.set,
    page: async () => pageOf(await call("getAppViewInfo")),
    subscribe: async (channelName, listener) => void (await call("subscribe", { channelName, listener })),
    publish: async (channelName, message) => void (await call("publish", { channelName, message })),
    search: (keys, direction) => search(call, keys, direction),
    pop: async (target) => void (await call("screenPop", popArguments(opencti, target))),
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
