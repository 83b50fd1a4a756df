/** Which Salesforce page is around us, by the parameters that it appends to the softphone's address. Pure. */

/** Salesforce's hosts, as its own script accepts them (Open CTI script 57.0). */
const SALESFORCE =
  /^https?:\/\/[\w.-]+(\.((my-)?visual)?force\.com|\.my-lightning\.com|\.(my-)?salesforce\.com|\.(salesforce|crmforce)\.(mil|ms))(:\d+)?$/;
/** The stand-in of the demonstration; browsers take every name under .localhost for this machine (RFC 6761, 6.3). */
const STAND_IN = /^https?:\/\/([\w.-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** The two write the same parameter with another letter; each script accepts its own only. */
const ORIGIN = { lightning: "sfdcIframeOrigin", classic: "sfdcIFrameOrigin" };
/** What else each script wants before it starts. */
const NEEDS = { lightning: ["mode", "mode_missing"], classic: ["nonce", "nonce_missing"] };

/**
 * @param {{search: string, protocol: string}} location
 * @param {boolean} demo accept the local stand-in
 * @returns {{ui: "lightning"|"classic"|null, origin: string|null, problem: string|null}} neither origin nor problem:
 *   opened outside Salesforce
 */
export function salesforceFrame(location, demo) {
  const query = new URLSearchParams(location.search);
  const ui = ["lightning", "classic"].find((name) => query.has(ORIGIN[name])) ?? null;
  if (ui === null) return { ui, origin: null, problem: null };
  const origin = query.get(ORIGIN[ui]);
  const [parameter, missing] = NEEDS[ui];
  const refused = (problem) => ({ ui, origin: null, problem });
  if (!query.get(parameter)) return refused(missing);
  if (!SALESFORCE.test(origin) && !(demo && STAND_IN.test(origin))) return refused("foreign_origin");
  // The script refuses a page whose protocol differs from its host's (Open CTI guide, security).
  if (!origin.startsWith(location.protocol)) return refused("protocol_differs");
  return { ui, origin, problem: null };
}

/** Two Salesforce orgs in one browser have the softphone's origin in common, but not the page around it. */
export function frameScope(search) {
  const query = new URLSearchParams(search);
  return query.get(ORIGIN.lightning) ?? query.get(ORIGIN.classic) ?? "standalone";
}
