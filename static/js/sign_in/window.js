/**
 * The window in which an identity provider asks who the agent is, and how its answer comes back: by a message of our
 * own page there, or, where the provider's pages have cut the window off (Cross-Origin-Opener-Policy), by way of the
 * relay.
 */

import { sleep as realSleep } from "../lib/waiting.js";
import { returnOf, takenMessage } from "./messages.js";

/** How long the agent may take, in milliseconds. */
const LONGEST_MS = 180_000;
/** How often the relay is asked, and the window looked at, in milliseconds. */
const EVERY_MS = 1_000;
const SIZE = { width: 520, height: 680 };

/**
 * Open it, empty. Only within a click: else browsers refuse. @param {Window} window
 * @returns {Window|null} null: the browser has blocked it
 */
export function openWindow(window) {
  const left = Math.round(window.screenX + Math.max(0, (window.outerWidth - SIZE.width) / 2));
  const top = Math.round(window.screenY + Math.max(0, (window.outerHeight - SIZE.height) / 2));
  return window.open(
    "about:blank",
    "_blank",
    `popup,width=${SIZE.width},height=${SIZE.height},left=${left},top=${top}`,
  );
}

/**
 * Send the window to the provider. @returns {boolean} false: the address is none of a page, or the window is gone
 */
export function sendTo(popup, address) {
  const isPage = URL.canParse(address) && ["https:", "http:"].includes(new URL(address).protocol);
  if (!isPage || popup.closed) return false;
  popup.location.replace(address);
  return true;
}

/**
 * Wait for what comes back from the provider.
 * @param {{window: Window, popup: Window, api: object, state: string, pickup: string, signal: AbortSignal,
 *   onAway: () => void, sleep?: typeof realSleep, now?: () => number}} parts `onAway`: the window is closed or cut
 *   off, which look the same from here
 * @returns {Promise<{code: string, issuer: string, error: string}|null>} null: three minutes are over, or `signal`
 *   aborts
 */
export async function comeBack({
  window,
  popup,
  api,
  state,
  pickup,
  signal,
  onAway,
  sleep = realSleep,
  now = Date.now,
}) {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([
      messageFrom({ window, state, signal: over.signal }),
      handedOver({ popup, api, pickup, signal: over.signal, onAway, sleep, until: now() + LONGEST_MS, now }),
    ]);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Never settles when nothing comes. */
function messageFrom({ window, state, signal }) {
  const { origin } = window.location;
  return new Promise((resolve) => {
    const hear = (event) => {
      const told = returnOf(event, { origin, state });
      if (told === null) return;
      event.source?.postMessage(takenMessage(state), origin);
      resolve(told);
    };
    window.addEventListener("message", hear, { signal });
  });
}

async function handedOver({ popup, api, pickup, signal, onAway, sleep, until, now }) {
  let wasOpen = true;
  while (!signal.aborted && now() < until) {
    await sleep(EVERY_MS, signal);
    if (signal.aborted) break;
    if (popup.closed && wasOpen) onAway();
    wasOpen = !popup.closed;
    const taken = await take(api, pickup, signal);
    if (taken.code) return { code: taken.code, issuer: taken.issuer ?? "", error: "" };
    await sleep((taken.retryAfterS ?? 0) * 1000, signal);
  }
  return null;
}

/** Nothing there yet is the usual answer, and a relay that is away for a moment is none. */
function take(api, pickup, signal) {
  return api
    .post("/v1/sign-in/handoff/take", { pickup }, { signal })
    .catch(({ retryAfterS = 0 }) => ({ code: "", retryAfterS }));
}
