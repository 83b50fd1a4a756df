/** Addresses of the stand-in's pages, as Lightning writes them, kept in the fragment of the page's own address. Pure. */

/**
 * @typedef {{page: "home"|"setup"} | {page: "list", object: string} | {page: "new", object: string, defaults: object} |
 *   {page: "record", id: string} | {page: "search", term: string} | {page: "other", path: string}} Route
 */

const RECORD_ID = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;

export const paths = {
  home: () => "/lightning/page/home",
  setup: () => "/lightning/setup/CallCenters/home",
  list: (object) => `/lightning/o/${object}/list?filterName=Recent`,
  record: (object, id) => `/lightning/r/${object}/${id}/view`,
  search: (term) => `/lightning/search?term=${encodeURIComponent(term)}`,
};

export const isRecordId = (text) => typeof text === "string" && RECORD_ID.test(text);

/** @param {string} path relative address, e.g. `/lightning/r/Contact/003…/view` or `/003…` @returns {Route} */
export function parsePath(path) {
  const [address, query = ""] = path.split("?", 2);
  const parts = address.split("/").filter(Boolean);
  if (parts.length === 0) return { page: "home" };
  if (parts.length === 1 && isRecordId(parts[0])) return { page: "record", id: parts[0] };
  if (parts[0] !== "lightning") return { page: "other", path };
  return lightningRoute(parts.slice(1), new URLSearchParams(query), path);
}

function lightningRoute([kind, first, second], query, path) {
  if (kind === undefined || (kind === "page" && first === "home")) return { page: "home" };
  if (kind === "setup") return { page: "setup" };
  if (kind === "search") return { page: "search", term: query.get("term") ?? "" };
  if (kind === "r" && isRecordId(first)) return { page: "record", id: first };
  if (kind === "r" && isRecordId(second)) return { page: "record", id: second };
  if (kind === "o" && first && second === "new")
    return { page: "new", object: first, defaults: Object.fromEntries(query) };
  if (kind === "o" && first) return { page: "list", object: first };
  return { page: "other", path };
}

/**
 * What getAppViewInfo returns and onNavigationChange carries: on a list only the address, elsewhere off a record
 * empty record fields (Open CTI guide, onNavigationChange for Lightning).
 * @param {Route} route @param {string} url absolute @param {{id: string, name: string, objectType: string}|null} record
 */
export function viewInfo(route, url, record) {
  if (route.page === "list") return { url };
  if (!record) return { url, recordId: "", recordName: "", objectType: "" };
  return { url, recordId: record.id, recordName: record.name, objectType: record.objectType };
}

/** Console apps stay silent when a list view comes up (Open CTI guide, onNavigationChange for Lightning). */
export function isAnnounced(route, isConsole) {
  return !(isConsole && route.page === "list");
}
