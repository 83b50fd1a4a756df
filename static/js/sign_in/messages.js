/**
 * What the window of a sign-in and the softphone tell each other. Pure.
 *
 * Anybody may send a message to a window. Only one of the page's own origin, of exactly this shape, with the state that
 * is waited for means anything; the rest is as if it had never come.
 */

const RETURNED = "cti/sign-in";
const TAKEN = "cti/sign-in-taken";
/** A SHA-256 in base64url. */
const STATE = /^[A-Za-z0-9_-]{43}$/;
/** Longest values: as long as the relay takes them. */
const LONGEST = { code: 4_000, state: 43, issuer: 255, error: 100 };
/** What providers may send: characters of RFC 6749, appendix A (VSCHAR, with the space of error codes). */
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Whether this can be the state of a sign-in at all. */
export const isState = (text) => typeof text === "string" && STATE.test(text);

/** The window is back from the provider. Values that there are not are empty. */
export function returnedMessage({ code, state, issuer, error }) {
  return { kind: RETURNED, code, state, issuer, error };
}

/** The softphone has it. */
export function takenMessage(state) {
  return { kind: TAKEN, state };
}

/** Whether `code`, `state`, `issuer` and `error` may be what a provider has sent. */
export function isReturn(values) {
  const fits = ([name, longest]) =>
    typeof values[name] === "string" && values[name].length <= longest && PRINTABLE.test(values[name]);
  return Object.entries(LONGEST).every(fits) && isState(values.state) && (values.code === "") !== (values.error === "");
}

/**
 * What a message says of the sign-in that is waited for; null for any other message.
 * @param {{origin: string, data: unknown}} event
 * @param {{origin: string, state: string}} expected
 * @returns {{code: string, issuer: string, error: string}|null} either a code or an error
 */
export function returnOf({ origin, data }, expected) {
  if (origin !== expected.origin || !hasExactly(data, ["kind", ...Object.keys(LONGEST)])) return null;
  if (data.kind !== RETURNED || data.state !== expected.state || !isReturn(data)) return null;
  const { code, issuer, error } = data;
  return { code, issuer, error };
}

/** Whether a message says that the softphone has taken the code of `expected.state`. */
export function isTaken({ origin, data }, expected) {
  if (origin !== expected.origin || !hasExactly(data, ["kind", "state"])) return false;
  return data.kind === TAKEN && data.state === expected.state;
}

function hasExactly(data, names) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return false;
  const found = Object.keys(data);
  return found.length === names.length && names.every((name) => Object.hasOwn(data, name));
}
