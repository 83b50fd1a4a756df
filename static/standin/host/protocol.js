/**
 * Open CTI window messages as a host sees them: what is accepted, how answers and events look. Pure, no DOM.
 *
 * Two dialects of client script exist. Since v55 (57 seen) a request says whether anybody waits for an answer, and an
 * answer runs a callback only if it says so. v43 knows neither flag: it runs callbacks and listeners of a method on
 * any message. One form of answer serves both, as long as the registration of a listener is never answered: under v43
 * the answer would reach the listener as if it were an event.
 */

export const API_TYPE = "opencti";

/** Methods that register a listener; their registration is never acknowledged. */
export const LISTENER_METHODS = new Set(["onClickToDial", "onNavigationChange", "onWorkStart"]);

export const HEIGHT_RANGE = [240, 2560]; // px, Open CTI guide, setSoftphonePanelHeight
export const WIDTH_RANGE = [200, 1920]; // px, Open CTI guide, reqSoftphoneWidth

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * @typedef {{methodName: string, callId: number, apiVersion: number, args: Object<string, unknown>,
 *   wantsAnswer: boolean}} Request
 */

/**
 * Why a message's content is not a request, or the request.
 * @param {unknown} data what the page posted
 * @returns {{request?: Request, ignored?: string}}
 */
export function readRequest(data) {
  if (!isObject(data)) return { ignored: "not an object" };
  if (data.apiType !== API_TYPE) return { ignored: "apiType is not opencti" };
  if (typeof data.methodName !== "string" || data.methodName === "") return { ignored: "methodName is missing" };
  if (!Number.isInteger(data.apiVersion) || data.apiVersion < 1) return { ignored: "apiVersion is not a number" };
  if (!Number.isInteger(data.callId) || data.callId < 0) return { ignored: "callId is not a number" };
  if (data.args !== undefined && !isObject(data.args)) return { ignored: "args is not an object" };
  const { methodName, callId, apiVersion, args = {} } = data;
  return { request: { methodName, callId, apiVersion, args, wantsAnswer: wantsAnswer(data) } };
}

function wantsAnswer(data) {
  if (LISTENER_METHODS.has(data.methodName)) return false;
  return data.isCallbackRegistered === undefined || data.isCallbackRegistered === true;
}

/** The one message that answers a request, for every client version. */
export function answerMessage(request, response) {
  const { methodName, callId, apiVersion } = request;
  return { methodName, callId, apiVersion, apiType: API_TYPE, shouldExecuteCallback: true, response };
}

/** An event for the listeners of a method; the payload itself is the response. */
export function eventMessage(methodName, apiVersion, payload) {
  return { methodName, apiVersion, apiType: API_TYPE, shouldExecuteListener: true, response: payload };
}

/** A message of the Lightning Message Service for the subscribers of a channel. */
export function channelMessage(channel, apiVersion, message) {
  return { ...eventMessage("subscribe", apiVersion, message), eventName: channel };
}

export const success = (returnValue = null) => ({ success: true, returnValue, errors: null });

/** @param {string} code @param {string} description @param {unknown} [details] */
export function failure(code, description, details) {
  const error = details === undefined ? { code, description } : { code, description, details };
  return { success: false, returnValue: null, errors: [error] };
}

/** INVALID_PARAM in the words of the Open CTI guide. */
export function invalidParameter(name, expected, found) {
  const shown = found === null ? "null" : typeof found === "string" ? `"${found.slice(0, 60)}"` : String(found);
  return failure(
    "INVALID_PARAM",
    `An invalid value was passed to the parameter \`${name}\`. ${expected} was expected, but ${shown} was found instead.`,
  );
}

export const ERROR_CODES = ["INVALID_PARAM", "GENERIC_ERROR", "SERVER_ERROR", "SOFTPHONE_CONTAINER_ERROR"];

/** An error response with the description that the guide gives for its code; for fault injection. */
export function documentedFailure(code, methodName) {
  const texts = {
    INVALID_PARAM:
      "An invalid value was passed to the parameter `value`. A numeric value was expected, but undefined was found instead.",
    GENERIC_ERROR: "An error occurred while calling the API method.",
    SERVER_ERROR: "A problem was encountered on the server.",
    SOFTPHONE_CONTAINER_ERROR:
      "Unable to execute sendPostMessage because the softphone container hasn't initialized yet.",
  };
  if (code === "GENERIC_ERROR" && methodName === "saveLog") {
    const text =
      "An error occurred while calling the saveLog() API method. Review the Details field in the error section.";
    return failure(code, text, [{ message: "Refused on purpose by the stand-in's fault settings." }]);
  }
  return failure(code, texts[code] ?? texts.GENERIC_ERROR);
}

/** `null` if the value is a number within the range, else the response that says what is wrong. */
export function rangeFault(name, value, [lowest, highest]) {
  if (typeof value !== "number" || !Number.isFinite(value)) return invalidParameter(name, "A numeric value", value);
  if (value >= lowest && value <= highest) return null;
  return invalidParameter(name, `A numeric value from ${lowest} to ${highest}`, value);
}

/** The dialect for `OpenCtiHost`. */
export const lightning = Object.freeze({
  listeners: LISTENER_METHODS,
  readRequest,
  answerMessage,
  eventMessage,
  channelMessage,
});
