/** The address that the softphone frame loads: the adapter's, plus the parameters that Salesforce appends. Pure. */

/**
 * @param {string} adapterUrl absolute
 * @param {{ui: "lightning"|"classic", origin: string, nonce: string, appId: string, console: boolean}} host nonce: 64 hex
 *   digits
 */
export function frameUrl(adapterUrl, host) {
  const [address, ...fragment] = adapterUrl.split("#");
  const query = (host.ui === "classic" ? classicQuery : lightningQuery)(host).join("&");
  const joined = `${address}${address.includes("?") ? "&" : "?"}${query}`;
  return fragment.length ? `${joined}#${fragment.join("#")}` : joined;
}

function lightningQuery({ origin, nonce, appId, console }) {
  return [
    "mode=Lightning",
    "isdtp=vw",
    `sfdcIframeOrigin=${encodeURIComponent(origin)}`,
    `nonce=${nonce}`,
    `ltn_app_id=${appId}`,
    `clc=${console ? 1 : 0}`,
  ];
}

/** Mind the capital F. */
function classicQuery({ origin, nonce }) {
  return [`sfdcIFrameOrigin=${encodeURIComponent(origin)}`, `nonce=${nonce}`];
}

/** 64 hex digits. @param {(bytes: Uint8Array) => Uint8Array} fill e.g. crypto.getRandomValues */
export function newNonce(fill) {
  return Array.from(fill(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The origin to trust for a frame, or `null` for an address that is not http(s). */
export function originOf(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.origin : null;
  } catch {
    return null;
  }
}
