/** What opens for a call: the admin's rules, the softphone layout's wish, and which record it is. Pure. */

import { otherParty } from "./task.js";

const RECORD_ID = /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/;
/** Fields that take the caller's number in a new record of an object (Salesforce object reference). */
const PHONE_FIELDS = Object.freeze({ Contact: "Phone", Lead: "Phone", Account: "Phone", Case: "SuppliedPhone" });

/**
 * The first rule that fits a call; none fits: the caller's record.
 * @param {object} call
 * @param {{field: string, pattern: string, target: string, name: string}[]} rules
 */
export function ruleFor(call, rules) {
  return rules.find((rule) => fits(call, rule)) ?? { field: "", pattern: "", target: "record", name: "" };
}

/** The value of `data.NAME`: what the phone system has attached to the call; empty where it has not. */
export function dataOf(call, field) {
  return field.startsWith("data.") ? (call.data?.[field.slice("data.".length)] ?? "") : "";
}

function fits(call, { field, pattern }) {
  if (field === "") return true;
  const known = { queue: call.queue ?? "", called: call.called.number, caller: call.caller.number };
  const value = known[field] ?? dataOf(call, field);
  if (field.startsWith("data.") && value === "") return false;
  const [mine, wanted] = [value.toLowerCase(), pattern.toLowerCase()];
  return wanted.endsWith("*") ? mine.startsWith(wanted.slice(0, -1)) : mine === wanted;
}

/**
 * @param {object} call
 * @param {{records: {id: string}[], popData: object|null, probable?: boolean, chosen?: string|null}} found `chosen`: the
 *   record that is known to be the caller's
 * @param {object} panel settings: `pop_rules`
 * @param {string} number the caller's, as it can be stored anywhere
 * @returns {object|null} for `host.pop`; null: nothing opens by itself
 */
export function popTarget(call, found, panel, number) {
  const { target, name } = ruleFor(call, panel.pop_rules);
  const recordId = found.chosen ?? (found.records.length === 1 && !found.probable ? found.records[0].id : null);
  if (target === "flow") return { flow: name, values: valuesOf(call, recordId) };
  if (target === "home") return { home: name };
  if (target === "new" && recordId === null && found.records.length === 0) return newRecord(name, number);
  if (target !== "record" && target !== "search") return null;
  const usual = recordTarget(found, recordId, number);
  const told = target === "record" ? dataOf(call, name) : "";
  // What was told may be wrong, or not for this agent: then what the number says opens.
  return RECORD_ID.test(told) ? { recordId: told, otherwise: usual } : usual;
}

/** The layout's wish counts, but for the search page: several records are a list in the panel, where they can be chosen. */
function recordTarget({ popData, records, chosen = null, probable = false }, recordId, number) {
  if (chosen !== null) return { recordId: chosen };
  const wishes = popData && !["search", "sobject"].includes(popData.type) && !probable;
  const layout = wishes ? layoutTarget(popData, number) : null;
  if (records.length !== 1) return layout;
  return layout ?? (recordId === null ? null : { recordId });
}

/** The layout knows the object of a new record, but not the number that belongs into it. */
function layoutTarget(popData, number) {
  const object = popData.type === "newRecord" ? popData.params?.entityName : null;
  return object ? newRecord(object, number) : { popData };
}

/** A new record with the number filled in, where its field is known. */
export function newRecord(object, number) {
  const field = PHONE_FIELDS[object];
  return { newRecord: object, defaults: field && number ? { [field]: number } : {} };
}

/** Whether it covers the page with a dialog, which nobody wants to have over the button that answers. */
export function isModal(target) {
  return "newRecord" in target;
}

/** Data that are called like a value of ours do not take its place: a flow counts on those. */
function valuesOf(call, recordId) {
  const values = {
    ...call.data,
    callId: call.id,
    caller: otherParty(call).number,
    called: call.called.number,
    queue: call.queue ?? "",
    recordId: recordId ?? "",
  };
  return Object.entries(values).map(([name, value]) => ({ name, type: "String", value }));
}
