/** Texts in the agent's language: choice of the language, sentences with values, dates and durations. Knows no sentence. */

/**
 * The first language that we have: asked for in the address (`?lang=de`), chosen earlier, then the browser's list.
 * @param {{offered?: readonly string[], asked?: string|null, kept?: string|null, browser?: readonly string[]}} wishes
 *   `offered`: those of the catalogue
 * @returns {string}
 */
export function chooseLanguage({ offered = ["en", "de"], asked = null, kept = null, browser = [] }) {
  const wishes = [asked, kept, ...browser].filter(Boolean).map((tag) => tag.toLowerCase().split("-")[0]);
  return wishes.find((language) => offered.includes(language)) ?? "en";
}

const TIME = Object.freeze({ name: "time", parts: { hour: "2-digit", minute: "2-digit" } });
const DAY = Object.freeze({ name: "day", parts: { weekday: "short", day: "numeric", month: "short" } });

/**
 * @param {Record<string, Record<string, string>>} catalogue language -> key -> sentence, among them `language.name` and
 *   `language.locale`; `{name}` is a value,
 *   and `{count|one call|{count} calls}` chooses by the number
 * @param {string} language
 */
export function createTexts(catalogue, language) {
  const sentences = catalogue[language] ?? catalogue.en;
  const formatted = createFormat(sentences["language.locale"] ?? "en-GB");
  const t = (key, values = {}) => fill(sentences[key] ?? catalogue.en[key] ?? key, values);
  return Object.freeze({
    language,
    /** All of them, each in its own words. */
    languages: Object.entries(catalogue).map(([value, own]) => ({ value, label: own["language.name"] ?? value })),
    t,
    has: (key) => key in sentences,
    /** `09:05`; `at` in seconds since 1970. */
    time: (at, timeZone) => formatted(TIME, at, timeZone),
    /** `Mon 23 Nov`. */
    day: (at, timeZone) => formatted(DAY, at, timeZone),
  });
}

function fill(sentence, values) {
  const plural = /\{(\w+)\|([^|{}]*)\|((?:[^{}]|\{\w+\})*)\}/g;
  return sentence
    .replace(plural, (_, name, one, many) => (Number(values[name]) === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * Writes times of one locale. Its formatters are kept: making one takes forty times as long as using it, and each drawing
 * of the list of calls writes up to two hundred times while a new call waits to be shown.
 */
function createFormat(locale) {
  const formatters = new Map();
  return (options, at, timeZone = "") => {
    const key = `${options.name} ${timeZone}`;
    if (!formatters.has(key)) {
      formatters.set(key, new Intl.DateTimeFormat(locale, { ...options.parts, timeZone: timeZone || undefined }));
    }
    return formatters.get(key).format(new Date(at * 1000));
  };
}

/** Seconds as `0:07`, `12:34` or `1:02:03`; never negative, whatever two clocks disagree about. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
