/** What a screen pop shall show: checks screenPop's arguments, and picks the pop of a search. Pure. */
import { failure, invalidParameter } from "./protocol.js";
import { isRecordId, paths } from "./routing.js";

export const MIN_SEARCH = 3; // characters, Open CTI guide, screenPop and searchAndScreenPop

/**
 * @typedef {{kind: "path", path: string} | {kind: "new", object: string, defaults: Object<string, unknown>} |
 *   {kind: "flow", name: string, values: unknown[]}} Pop
 */

const text = (value) => typeof value === "string" && value !== "";

const wrong = (name, expected, found) => ({ fault: invalidParameter(name, expected, found) });
const toPath = (path) => ({ kind: "path", path });
const part = encodeURIComponent;

const TYPES = {
  sobject: ({ recordId }) =>
    isRecordId(recordId) ? toPath(`/${recordId}`) : wrong("recordId", "A record ID", recordId),
  url: ({ url }) => {
    if (!text(url) || !isRelative(url)) return wrong("url", "A relative URL", url);
    return toPath(url.startsWith("/") ? url : `/${url}`);
  },
  objecthome: ({ scope }) =>
    text(scope) ? toPath(`/lightning/o/${part(scope)}/home`) : wrong("scope", "An object name", scope),
  list: ({ listViewId, scope }) => {
    if (!text(listViewId)) return wrong("listViewId", "A list view ID", listViewId);
    if (!text(scope)) return wrong("scope", "An object name", scope);
    return toPath(`/lightning/o/${part(scope)}/list?filterName=${part(listViewId)}`);
  },
  search: ({ searchString }) => {
    const longEnough = text(searchString) && searchString.trim().length >= MIN_SEARCH;
    if (!longEnough) return wrong("searchString", `A text of at least ${MIN_SEARCH} characters`, searchString);
    return toPath(paths.search(searchString));
  },
  newRecord: ({ entityName, defaultFieldValues }) => {
    if (!text(entityName)) return wrong("entityName", "An API name", entityName);
    return { kind: "new", object: entityName, defaults: defaultFieldValues ?? {} };
  },
  flow: ({ flowDevName, flowArgs }) => {
    if (!text(flowDevName)) return wrong("flowDevName", "The name of a flow", flowDevName);
    return { kind: "flow", name: flowDevName, values: Array.isArray(flowArgs) ? flowArgs : [] };
  },
};

function isRelative(url) {
  return !/^(?:[a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(url);
}

/** @param {{type?: unknown, params?: unknown}} args of screenPop @returns {Pop | {fault: object}} */
export function readPop({ type, params }) {
  if (!Object.hasOwn(TYPES, String(type))) return wrong("type", "A value of SCREENPOP_TYPE", type);
  if (typeof params !== "object" || params === null) return wrong("params", "An object", params);
  return TYPES[type](params);
}

/** @returns {object|null} the error response for wrong arguments of searchAndScreenPop */
export function searchFault({ searchParams, callType }) {
  if (callType === undefined || !["inbound", "outbound", "internal", null].includes(lower(callType))) {
    return invalidParameter("callType", "A value of CALL_TYPE", callType);
  }
  if (typeof searchParams === "string" && searchParams.trim().length >= MIN_SEARCH) return null;
  return invalidParameter("searchParams", `A text of at least ${MIN_SEARCH} characters`, searchParams);
}

const lower = (value) => (typeof value === "string" ? value.toLowerCase() : value);

/** The layout of a call type; none counts as inbound. */
export function layoutFor(layout, callType) {
  const name = lower(callType) ?? "inbound";
  return layout[name.charAt(0).toUpperCase() + name.slice(1)];
}

/**
 * SCREEN_POP_DATA: an object that screenPop takes as it is, or `null` where nothing would pop.
 * @param {object} settings screenPopSettings of the layout; `{}` for call types that do not pop by themselves
 * @param {string[]} ids of the records found @param {object} args of searchAndScreenPop
 */
export function popForSearch(settings, ids, args) {
  if (ids.length === 1)
    return followed(settings.SingleMatch, args) ?? { type: "sobject", params: { recordId: ids[0] } };
  const searchPage = { type: "search", params: { searchString: args.searchParams } };
  if (ids.length > 1) return followed(settings.MultipleMatches, args) ?? searchPage;
  const rule = settings.NoMatch;
  if (rule?.screenPopType === "PopToEntity") {
    const defaults = args.defaultFieldValues ? { defaultFieldValues: args.defaultFieldValues } : {};
    return { type: "newRecord", params: { entityName: rule.screenPopData, ...defaults } };
  }
  return followed(rule, args);
}

function followed(rule, args) {
  if (rule?.screenPopType === "PopToSearch") return { type: "search", params: { searchString: args.searchParams } };
  if (rule?.screenPopType === "PopToFlow") {
    return { type: "flow", params: { flowDevName: rule.screenPopData, flowArgs: args.params?.FLOW?.flowArgs ?? [] } };
  }
  if (rule?.screenPopType === "PopToVisualforce") {
    const query = typeof args.queryParams === "string" && args.queryParams ? `?${args.queryParams}` : "";
    return { type: "url", params: { url: `/apex/${rule.screenPopData}${query}` } };
  }
  return null;
}

export const notFound = (what) => failure("GENERIC_ERROR", `An error occurred while calling the API method. (${what})`);
