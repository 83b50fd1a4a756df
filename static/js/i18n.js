/** Texts in the agent's language: choice of the language, sentences with values, dates and durations. Knows no sentence. */

export const LANGUAGES = Object.freeze(["en", "de"]);
const LOCALES = Object.freeze({ en: "en-GB", de: "de-DE" });

/**
 * The first language that we have: asked for in the address (`?lang=de`), chosen earlier, then the browser's list.
 * @param {{asked?: string|null, kept?: string|null, browser?: readonly string[]}} wishes
 * @returns {string}
 */
export function chooseLanguage({ asked = null, kept = null, browser = [] }) {
  const wishes = [asked, kept, ...browser].filter(Boolean).map((tag) => tag.toLowerCase().split("-")[0]);
  return wishes.find((language) => LANGUAGES.includes(language)) ?? "en";
}

/**
 * @param {Record<string, Record<string, string>>} catalogue language -> key -> sentence; `{name}` is a value,
 *   and `{count|one call|{count} calls}` chooses by the number
 * @param {string} language
 */
export function createTexts(catalogue, language) {
  const sentences = catalogue[language] ?? catalogue.en;
  const locale = LOCALES[language] ?? LOCALES.en;
  const t = (key, values = {}) => fill(sentences[key] ?? catalogue.en[key] ?? key, values);
  return Object.freeze({
    language,
    t,
    has: (key) => key in sentences,
    /** `09:05`; `at` in seconds since 1970. */
    time: (at, timeZone) => formatted(locale, at, { hour: "2-digit", minute: "2-digit", timeZone }),
    /** `Mon 23 Nov`. */
    day: (at, timeZone) => formatted(locale, at, { weekday: "short", day: "numeric", month: "short", timeZone }),
  });
}

function fill(sentence, values) {
  const plural = /\{(\w+)\|([^|{}]*)\|((?:[^{}]|\{\w+\})*)\}/g;
  return sentence
    .replace(plural, (_, name, one, many) => (Number(values[name]) === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function formatted(locale, at, options) {
  return new Intl.DateTimeFormat(locale, options).format(new Date(at * 1000));
}

/** Seconds as `0:07`, `12:34` or `1:02:03`; never negative, whatever two clocks disagree about. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
