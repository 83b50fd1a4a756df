/** The page to which an identity provider sends its window back: gives the code to the softphone and closes itself. */

import { createApi } from "../api.js";
import { show } from "../lib/dom.js";
import { handOver, readReturn } from "./returning.js";

const told = readReturn(window.location.search);
// Out of sight, out of the history, out of what a page sends as its referrer: before anything else is done.
window.history.replaceState(null, "", window.location.pathname);

const config = JSON.parse(document.getElementById("config").textContent);
const api = createApi({ baseUrl: config.relay_url, fetch: window.fetch.bind(window) });
tell(told === null ? "empty" : await handOver({ window, api, told }), told?.error ?? "");

function tell(outcome, error) {
  for (const text of document.querySelectorAll("[data-outcome]")) show(text, text.dataset.outcome === outcome);
  const code = document.getElementById("code");
  code.querySelector("code").textContent = error;
  show(code, outcome === "failed" && error !== "");
}
