/**
 * Salesforce Classic as a host (Open CTI for Classic, `sforce.interaction`). The only file that knows this API;
 * ../host.js describes what it offers.
 *
 * Outside the console every page of Classic holds a softphone of its own: each step of the agent loads this page anew,
 * also in the middle of a call. Nothing is lost by that, because all that matters is at the relay.
 */

import { HostError } from "../host_error.js";
import { queryText } from "../lib/query.js";
import { within } from "../lib/waiting.js";
import { createApex } from "./apex.js";
import { valueKeys } from "./call_center_settings.js";
import { addressOf, isEditor, popDataOf } from "./classic_address.js";
import { createListener } from "./listener.js";
import { recordOfSearch } from "./search_result.js";

/** Time limit of every call, in milliseconds. */
const CALL_MS = 10_000;

/**
 * @param {object} interaction `sforce.interaction`
 * @returns {import("../host.js").Host}
 */
export function createClassicHost(interaction, limitMs = CALL_MS) {
  const call = (method, ...values) => callMethod(interaction, method, values, limitMs);
  const told = async (method, ...values) => (await call(method, ...values)).result;
  const clicks = createListener((listener) => interaction.cti.onClickToDial(listener), clickOf);
  const pages = createListener((listener) => interaction.onFocus(listener), pageOf);
  const inConsole = once(() => call("isInConsole").then(({ result }) => result === true));
  const onlyInConsole = async (method, ...values) => {
    if (await inConsole()) await call(method, ...values);
  };
  return Object.freeze({
    kind: "classic",
    canPop: true,
    canLog: true,
    problem: null,
    ...createApex((apexClass, method, parameters) => told("runApex", apexClass, method, parameters)),
    settings: async () => valueKeys(parsed(await told("cti.getCallCenterSettings"))),
    enableClickToDial: async () => void (await call("cti.enableClickToDial")),
    disableClickToDial: async () => void (await call("cti.disableClickToDial")),
    onClickToDial: clicks.set,
    onNavigation: pages.set,
    page: async () => pageOf(await call("getPageInfo")),
    subscribe: noMessages,
    publish: noMessages,
    search: (keys, direction) => search(told, keys, direction),
    pop: (target) => pop(call, target),
    saveLog: (task) => saveLog(call, task),
    // Outside the console it would load the whole page anew, and with it what the agent is typing there.
    refresh: () => onlyInConsole("refreshPage"),
    panel: Object.freeze({
      show: () => void onlyInConsole("setVisible", true).catch(() => {}),
      label() {},
      icon() {},
    }),
    ready: () => interaction.cti.notifyInitializationComplete?.(),
  });
}

/** The Lightning Message Service is Lightning's. */
async function noMessages() {
  throw new HostError("UNAVAILABLE", "Salesforce Classic has no messages between components.");
}

/** One call as a promise: the whole answer, or a `HostError`. `false` is how Classic says that it did not work. */
function callMethod(interaction, method, values, limitMs) {
  const [owner, name] = method.startsWith("cti.") ? [interaction.cti, method.slice(4)] : [interaction, method];
  const answered = new Promise((resolve, reject) => {
    const callback = (answer) =>
      answer?.error || (answer?.result === false && name !== "isInConsole")
        ? reject(new HostError("GENERIC_ERROR", String(answer.error || `${name} failed`)))
        : resolve(answer ?? {});
    try {
      owner[name](...values, callback);
    } catch (error) {
      reject(new HostError("REFUSED_BY_SCRIPT", `${name}: ${error?.message ?? error}`));
    }
  });
  return within(limitMs, answered, () => new HostError("TIMEOUT", `${name}: no answer from Salesforce.`));
}

/** The same question is asked once; a failure may be asked again. */
function once(ask) {
  let asked = null;
  return () => {
    asked ??= ask().catch((error) => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

/** Structured answers are JSON text (Open CTI guide, methods for Classic). */
function parsed(text) {
  if (typeof text !== "string") return text ?? {};
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}

/** A clicked number; undefined for a click without one. */
function clickOf(answer) {
  const click = parsed(answer?.result);
  const number = String(click.number ?? "").trim();
  return number === "" ? undefined : { number, record: recordOfPage(click) };
}

function pageOf(answer) {
  const page = parsed(answer?.result);
  return { record: recordOfPage(page), editing: isEditor(String(page.url ?? "")) };
}

function recordOfPage({ objectId, objectName, object, contactId }) {
  if (!objectId) return null;
  return { id: objectId, name: objectName ?? "", type: object ?? "", ...(contactId ? { contactId } : {}) };
}

async function search(told, keys, direction) {
  let popData = null;
  for (const key of keys) {
    const { screenPopUrl = "", ...found } = parsed(await told("searchAndGetScreenPopUrl", key, "", direction));
    const records = Object.entries(found).map(([id, fields]) => recordOfSearch(id, fields));
    popData = popDataOf(screenPopUrl) ?? popData;
    if (records.length > 0) return { records, popData };
  }
  return { records: [], popData };
}

async function pop(call, target) {
  const address = addressOf(target);
  if (address === null) throw new HostError("UNAVAILABLE", "Salesforce Classic has no address for this.");
  await call("screenPop", address, true);
}

/** A change names its record by `Id` among the fields; the answer carries the id of a new one only. */
async function saveLog(call, { entityApiName = "Task", ...fields }) {
  const answer = await call("saveLog", entityApiName, queryText(Object.entries(fields)));
  return String(answer.id ?? fields.Id ?? "");
}
