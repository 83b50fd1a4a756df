/**
 * Addresses of Classic and what they are in Lightning: `/003…` a record, `/003/o` a tab, `/003/e` the form of a new record,
 * `/003…/e` that of an old one. The stand-in keeps Lightning's in its own address and shows Classic's to the softphone. Pure.
 */
import { parsePath, paths } from "./routing.js";

/** Key prefixes of record ids (Salesforce object reference), and what fields of forms are called in addresses. */
const PREFIX = { Account: "001", Contact: "003", Lead: "00Q", Case: "500", Task: "00T" };
const FIELDS = { acc10: "Phone", con10: "Phone", lea8: "Phone" };
const SEARCH = "/_ui/search/ui/UnifiedSearchResults";

const objectOf = (prefix) => Object.keys(PREFIX).find((name) => PREFIX[name] === prefix);

/** @param {string} address relative, as a softphone names it in Classic */
export function lightningAddress(address = "") {
  const [path, query = ""] = address.split("?", 2);
  const values = new URLSearchParams(query);
  if (path === SEARCH) return paths.search(values.get("str") ?? "");
  const [, first = "", second] = path.split("/");
  const object = objectOf(first);
  if (object && second === "o") return paths.list(object);
  if (object && second === "e") return `/lightning/o/${object}/new?${defaultsOf(values)}`;
  return address;
}

function defaultsOf(values) {
  const known = [...values].filter(([name]) => FIELDS[name]).map(([name, value]) => [FIELDS[name], value]);
  return new URLSearchParams(known).toString();
}

/** @param {string} address of Lightning, relative */
export function classicAddress(address) {
  const route = parsePath(address);
  if (route.page === "record") return `/${route.id}${address.endsWith("/edit") ? "/e" : ""}`;
  if (route.page === "new") return `/${PREFIX[route.object]}/e`;
  if (route.page === "list") return `/${PREFIX[route.object]}/o`;
  if (route.page === "search") return `${SEARCH}?str=${encodeURIComponent(route.term)}`;
  return route.page === "home" ? "/home/home.jsp" : address;
}
