/** From the number that a phone system shows to what Salesforce is asked for. Pure; knows no numbering plan by heart. */

/** Salesforce refuses searches of fewer characters (Open CTI guide, searchAndScreenPop). */
const SHORTEST_SEARCH = 3;
/** So many last digits tell subscribers apart even when country and area code are written another way. */
const TAIL = 8;

/**
 * What to search for, best first: in international form, in national form with its 0, by the last eight digits.
 * Salesforce takes a number apart at its punctuation, so one form alone misses records that were typed another way.
 * @param {string} number as shown: `+49 89 1234567`, `0049…`, `089/1234567`, `sip:+49…@host`
 * @param {string} [country] calling code without plus, such as `49`; empty: unknown
 * @returns {string[]} without duplicates, each at least three characters; empty when nothing can be searched
 */
export function lookupKeys(number, country = "") {
  const { digits, international } = significant(number);
  const code = digitsOf(country);
  const keys = international ? ofInternational(digits, code) : ofNational(digits, code);
  if (digits.length > TAIL) keys.push(digits.slice(-TAIL));
  return [...new Set(keys)].filter((key) => key.replace(/\D/g, "").length >= SHORTEST_SEARCH);
}

/** Digits of the user part, and whether they begin with a country code. */
function significant(number) {
  const user = String(number ?? "")
    .replace(/^(sips?|tel):/i, "")
    .split(/[@;]/)[0];
  // A zero in brackets after the country code is not dialled: +49 (0) 89 …
  const clean = user.replace(/^(\s*(?:\+|00)\s*[\d\s]{1,4})\(0\)/, "$1");
  const digits = digitsOf(clean);
  if (clean.trim().startsWith("+")) return { digits, international: true };
  if (digits.startsWith("00")) return { digits: digits.slice(2), international: true };
  return { digits, international: false };
}

function ofInternational(digits, code) {
  const own = code && digits.startsWith(code) ? digits.slice(code.length) : null;
  // North America (country code 1) and Italy, whose zero belongs to the number, put nothing in front at home.
  const trunk = code === "1" || own?.startsWith("0") ? "" : "0";
  return [`+${digits}`, ...(own ? [trunk + own] : []), digits];
}

function ofNational(digits, code) {
  const plus = code && /^0[1-9]/.test(digits) ? [`+${code}${digits.slice(1)}`] : [];
  return [...plus, digits];
}

function digitsOf(text) {
  return String(text ?? "").replace(/\D/g, "");
}
