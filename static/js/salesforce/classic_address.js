/**
 * Addresses of Salesforce Classic, which has no other way to say what shall open: `/003…` is a record, `/003/o` the home
 * of its object, `/003/e` the form of a new one. Pure.
 */

import { queryText } from "../lib/query.js";

/** Key prefix of an object's record ids, and the form's name of the field that takes a phone number. */
const OBJECTS = {
  Account: { prefix: "001", phone: "acc10" },
  Contact: { prefix: "003", phone: "con10" },
  Lead: { prefix: "00Q", phone: "lea8" },
  Opportunity: { prefix: "006" },
  Case: { prefix: "500" },
};
const EDITOR = /\/(?:[a-zA-Z0-9]{3}|[a-zA-Z0-9]{15}|[a-zA-Z0-9]{18})\/e(?:[?#]|$)/;

/** @returns {string|null} relative address of a target of `host.pop`; null: Classic has none that could be known */
export function addressOf(target) {
  if ("recordId" in target) return `/${target.recordId}`;
  if ("popData" in target) return target.popData.params.url;
  if ("search" in target) return `/_ui/search/ui/UnifiedSearchResults?str=${encodeURIComponent(target.search)}`;
  if ("flow" in target) return withQuery(`/flow/${encodeURIComponent(target.flow)}`, target.values.map(pair));
  const object = OBJECTS[target.home ?? target.newRecord];
  if (!object) return null;
  return "home" in target ? `/${object.prefix}/o` : withQuery(`/${object.prefix}/e`, fieldsOf(object, target.defaults));
}

/** Of the fields that a new record shall have, the form's names of most are not documented. */
function fieldsOf({ phone }, defaults) {
  return phone && defaults?.Phone ? [[phone, defaults.Phone]] : [];
}

const pair = ({ name, value }) => [name, value];

function withQuery(path, pairs) {
  return pairs.length === 0 ? path : `${path}?${queryText(pairs)}`;
}

/**
 * What the softphone layout wants to open, in the form in which Lightning tells it.
 * @param {string} url relative or absolute; empty: nothing
 */
export function popDataOf(url) {
  if (!url) return null;
  const [, first = "", second = ""] = url.replace(/^https?:\/\/[^/]+/, "").split(/[/?#]/);
  const object = Object.keys(OBJECTS).find((name) => OBJECTS[name].prefix === first);
  if (second === "e" && object) return { type: "newRecord", params: { entityName: object } };
  if (/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(first)) return { type: "sobject", params: { url } };
  return { type: /search/i.test(url) ? "search" : "url", params: { url } };
}

/** Whether somebody fills in a form at this address. */
export const isEditor = (url) => EDITOR.test(url);
