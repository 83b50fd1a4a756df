/** Chooses the way of signing in that the organization has. */

import { createApexWay } from "./apex.js";
import { createNameWay } from "./name.js";
import { createOidcWay } from "./oidc.js";
import { createTokenWay } from "./token.js";

const WAYS = { id: createNameWay, token: createTokenWay, apex: createApexWay, oidc: createOidcWay };
/** Ways that need the agent: one tab lets the others in, and all sign out together. */
const ASKING = new Set(["oidc", "token"]);

/** Whether tabs let each other in where agents sign in by `mode`. */
export const needsTickets = (mode) => ASKING.has(mode);

/**
 * @param {string} mode of the page's configuration; one that this page does not know is an error of the server
 * @param {object} parts what the ways are made of
 * @returns {import("./way.js").Way}
 */
export function createWay(mode, parts) {
  if (!Object.hasOwn(WAYS, mode)) throw new TypeError(`sign_in: ${mode} is none of ${Object.keys(WAYS).join(", ")}`);
  return WAYS[mode](parts);
}
