/** Loads Salesforce's own client script from the page around us. */

import { HostError } from "../host_error.js";
import { within } from "../lib/waiting.js";

/**
 * It throws a string when it does not like the softphone's address, and defines its API nevertheless.
 * @returns {Promise<void>} rejects with a `HostError`: script_failed, script_refused
 */
export function loadScript({ window, document, url, limitMs }) {
  let thrown = false;
  const noteThrow = (event) => {
    // Browsers keep the file name of scripts from elsewhere to themselves.
    if (!event.filename || event.filename === url) thrown = true;
  };
  window.addEventListener("error", noteThrow);
  const loaded = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () =>
      thrown ? reject(new HostError("script_refused", "The Open CTI script refuses this page.")) : resolve();
    script.onerror = () => reject(new HostError("script_failed", "The Open CTI script cannot be loaded."));
    document.head.append(script);
  });
  return within(
    limitMs,
    loaded,
    () => new HostError("script_failed", "The Open CTI script did not load in time."),
  ).finally(() => window.removeEventListener("error", noteThrow));
}
