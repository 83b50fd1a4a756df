/** What Open CTI cannot do: small Apex classes of the org tell and prove who is there, and what was logged. */

import { HostError } from "../host_error.js";
import { queryText } from "../lib/query.js";

/** A JSON Web Token in compact form (RFC 7519, 3): three parts of base64url. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * @param {(apexClass: string, method: string, parameters: string) => Promise<unknown>} run what the method returned: Apex
 *   that returns a String arrives as text, one that returns a record as an object
 * @returns {Pick<import("../host.js").Host,
 *   "identity"|"signInToken"|"findPeople"|"doNotCall"|"findLog"|"history"|"readLog">} all but `identity` fail in an org
 *   without the class
 */
export function createApex(run) {
  const about = (callId) => queryText([["callObject", callId]]);
  return {
    async identity() {
      try {
        const told = parsed(await run("CtiIdentity", "whoAmI", ""));
        return typeof told?.username === "string" && told.username !== "" ? told : null;
      } catch {
        return null;
      }
    },
    async signInToken(nonce) {
      const token = await run("CtiSignIn", "token", queryText([["nonce", nonce]]));
      if (!TOKEN.test(token)) throw new HostError("GENERIC_ERROR", "CtiSignIn.token has returned no token.");
      return token;
    },
    async findPeople(search) {
      const told = parsed(await run("CtiDirectory", "find", queryText([["search", search]])));
      return (Array.isArray(told) ? told : []).map(person);
    },
    doNotCall: async (recordId) => {
      const told = await run("CtiDirectory", "doNotCall", queryText([["recordId", recordId]]));
      return String(told) === "true";
    },
    findLog: async (callId) => String((await run("CtiCallLog", "find", about(callId))) ?? ""),
    async history() {
      const told = parsed(await run("CtiCallLog", "history", ""));
      return (Array.isArray(told) ? told : []).map(pastCall);
    },
    async readLog(callId) {
      const told = parsed(await run("CtiCallLog", "read", about(callId)));
      if (!told?.Id) throw new HostError("GENERIC_ERROR", "There is no Task of this call.");
      return Object.fromEntries(Object.entries(told).map(([field, text]) => [field, text ?? ""]));
    },
  };
}

const parsed = (value) => (typeof value === "string" ? JSON.parse(value || "null") : value);

function person({ id, name, title, extension, phone, mobile }) {
  return {
    id: String(id),
    name: name ?? "",
    title: title ?? "",
    extension: extension ?? "",
    numbers: [phone, mobile].filter(Boolean),
  };
}

function pastCall(task) {
  return {
    id: String(task.id),
    callId: task.callObject ?? "",
    subject: task.subject ?? "",
    type: task.callType ?? "",
    disposition: task.disposition ?? "",
    seconds: Number(task.seconds ?? 0),
    at: Number(task.at) / 1000,
    who: task.who ?? null,
    what: task.what ?? null,
  };
}
