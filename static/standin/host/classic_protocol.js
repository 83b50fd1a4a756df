/**
 * Open CTI for Classic as a host sees it: text messages with positional meaning. Each method has a counterpart in
 * Lightning, so this is a translation: a request becomes a Lightning one, its answer becomes Classic's. Pure, no DOM.
 */
import { classicAddress, lightningAddress } from "./classic_routing.js";

const PREFIX = "interactionApi/";
const json = JSON.stringify;

/** What getPageInfo, onFocus and onClickToDial tell of a page (Open CTI guide, getPageInfo). */
function pageText({ url = "", recordId = "", recordName = "", objectType = "", number }) {
  const clicked = number === undefined ? { url: classicUrl(url) } : { number };
  return json({ ...clicked, objectId: recordId, objectName: recordName, object: objectType, displayName: objectType });
}

function classicUrl(url) {
  const { origin, pathname, search } = new URL(url);
  return origin + classicAddress(pathname + search);
}

/** Records by id, in the field names of Classic, and the address that the layout would open. */
function searchText({ SCREEN_POP_DATA: pop, ...found }) {
  const records = Object.entries(found).map(([id, { RecordType, ...fields }]) => [
    id,
    { ...fields, object: RecordType, displayName: RecordType },
  ]);
  return json({ ...Object.fromEntries(records), screenPopUrl: popUrl(pop) });
}

function popUrl(pop) {
  if (pop?.type === "sobject") return `/${pop.params.recordId}`;
  if (pop?.type === "newRecord") return classicAddress(`/lightning/o/${pop.params.entityName}/new`);
  if (pop?.type === "search")
    return classicAddress(`/lightning/search?term=${encodeURIComponent(pop.params.searchString)}`);
  return pop?.params?.url ?? "";
}

const callType = (given) => given.callType ?? null;
const nothing = () => ({});
const worked = () => ({ result: true });

/** Classic's name -> Lightning's, its arguments, and Classic's answer from what that returned. */
const METHODS = {
  isInConsole: ["isInConsole", nothing, ({ console }) => ({ result: console })],
  getPageInfo: ["getAppViewInfo", nothing, (info) => ({ result: pageText(info) })],
  screenPop: ["screenPop", ({ targetUrl }) => ({ type: "url", params: { url: lightningAddress(targetUrl) } }), worked],
  searchAndScreenPop: ["searchAndScreenPop", searched(false), (found) => ({ result: searchText(found) })],
  searchAndGetScreenPopUrl: ["searchAndScreenPop", searched(true), (found) => ({ result: searchText(found) })],
  saveLog: ["saveLog", logOf, (id) => ({ result: true, id })],
  runApex: ["runApex", (given) => given, ({ runApex }) => ({ result: runApex })],
  setVisible: ["setSoftphonePanelVisibility", ({ value }) => ({ visible: value === "true" }), worked],
  isVisible: ["isSoftphonePanelVisible", nothing, ({ visible }) => ({ result: visible })],
  refreshPage: ["refreshView", nothing, worked],
  refreshRelatedList: ["refreshView", nothing, worked],
  getCallCenterSettings: ["getCallCenterSettings", nothing, (settings) => ({ result: json(settings) })],
  getSoftphoneLayout: ["getSoftphoneLayout", nothing, (layout) => ({ result: json(layout) })],
  setSoftphoneHeight: ["setSoftphonePanelHeight", ({ height }) => ({ heightPX: Number(height) }), worked],
  setSoftphoneWidth: ["setSoftphonePanelWidth", ({ width }) => ({ widthPX: Number(width) }), worked],
  enableClickToDial: ["enableClickToDial", nothing, worked],
  disableClickToDial: ["disableClickToDial", nothing, worked],
  notifyInitializationComplete: ["notifyInitializationComplete", nothing, worked],
};
const LISTENERS = { onFocus: "onNavigationChange", onClickToDial: "onClickToDial" };

function searched(deferred) {
  return (given) => ({
    searchParams: given.searchParams,
    queryParams: given.queryParams,
    callType: callType(given),
    deferred,
  });
}

function logOf({ objectName, saveParams = "" }) {
  return {
    object: { entityApiName: objectName, ...Object.fromEntries(new URLSearchParams(decodeURIComponent(saveParams))) },
  };
}

/** The dialect for `OpenCtiHost`. */
export const classic = Object.freeze({
  listeners: new Set(Object.values(LISTENERS)),

  /** @returns {{request?: object, ignored?: string}} as `readRequest` of Lightning */
  readRequest(data, frame) {
    if (typeof data !== "string" || !data.startsWith(PREFIX)) return { ignored: `not a text with ${PREFIX}` };
    const pairs = data.slice(PREFIX.length).split("&");
    const { method = "", nonce, apiVersion, ...given } = Object.fromEntries(pairs.map(pairOf));
    if (nonce !== frame.nonce) return { ignored: "the nonce is another one" };
    const [name, suffix] = method.split("_", 2);
    const common = { callId: Number(suffix ?? 0), apiVersion: Number(apiVersion), classic: name, token: method };
    if (Object.hasOwn(LISTENERS, name)) {
      return { request: { ...common, methodName: LISTENERS[name], args: {}, wantsAnswer: false } };
    }
    if (!Object.hasOwn(METHODS, name)) return { ignored: `there is no method ${name.slice(0, 40)}` };
    const [methodName, args] = METHODS[name];
    return { request: { ...common, methodName, args: args(given), wantsAnswer: suffix !== undefined } };
  },

  answerMessage({ classic: name, token }, { success, returnValue, errors }) {
    const failed = { result: false, error: errors?.[0]?.description ?? "failed" };
    return textOf({ method: token, ...(success ? METHODS[name][2](returnValue ?? {}) : failed) });
  },

  eventMessage(methodName, _apiVersion, payload) {
    const method = Object.keys(LISTENERS).find((name) => LISTENERS[name] === methodName);
    return textOf({ method, result: pageText(payload) });
  },
});

function pairOf(pair) {
  const [key, value = ""] = pair.split("=");
  return [key, decodeURIComponent(value)];
}

function textOf(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return PREFIX + given.map(([key, value]) => `${key}=${encodeURIComponent(value ?? "")}`).join("&");
}
