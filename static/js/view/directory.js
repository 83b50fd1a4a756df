/** Which people are offered for what was typed, and how they are described. Pure. */

/** As many as fit beside a keypad. */
const SHOWN = 8;
const LONGEST_EXTENSION = 6;

/**
 * What is looked for: what is typed into the transfer of a call, else into the dial pad; null when nobody wants to know.
 * The list of all colleagues is an empty text.
 */
export function searchedText(state) {
  if (state.drawer.kind === "transfer") return lookedFor(state.drawer.text.trim());
  if (state.tab !== "phone") return null;
  const typed = state.dial.text.trim();
  if (typed !== "") return state.dial.record ? null : lookedFor(typed);
  return state.directory.open ? "" : null;
}

/** Digits are looked for as long as they can be an extension. */
function lookedFor(text) {
  return /^[\d\s+*#()/-]+$/.test(text) && text.length > LONGEST_EXTENSION ? null : text;
}

/** @returns {{key: string, name: string, detail: string, state: string, tone: string, number: string}[]} */
export function peopleView(state, { t }) {
  const { search, colleagues, people } = state.directory;
  if (search === null || search !== searchedText(state)) return [];
  const known = new Map(people.map((person) => [person.extension, person]));
  const { pickup_code: code } = state.settings.panel;
  const own = colleagues.map((colleague) => colleagueView(colleague, known.get(colleague.extension), code, t));
  const taken = new Set([...colleagues.map(({ extension }) => extension), state.extension]);
  const others = people.filter(({ extension }) => !extension || !taken.has(extension)).flatMap(personView);
  return [...own, ...others].slice(0, SHOWN);
}

function colleagueView({ agent, extension, name, presence, line, parked = [] }, person, pickupCode, t) {
  const state = stateOf(presence, line);
  const rings = line === "ringing" && pickupCode !== "";
  const [place = ""] = parked;
  return {
    key: `agent:${agent}`,
    name,
    detail: [extension, person?.title, place && t("colleague.parked", { place })].filter(Boolean).join(" · "),
    state: state === "unknown" ? "" : t(`colleague.${state}`),
    tone: { idle: "good", away: "away", unknown: "none" }[state] ?? "busy",
    number: extension,
    // A call that rings there can be taken from here, where the phone system has a code for it; or one that they parked.
    pickup: rings ? `${pickupCode}${extension}` : place,
    pickupLabel: t("colleague.pickup"),
    pickupName: rings || !place ? t("colleague.pickup_from", { name }) : t("colleague.pickup_parked", { name, place }),
  };
}

/** What somebody does counts for more than what they want, unless they want nothing. */
function stateOf(presence, line) {
  if (line === "busy" || line === "ringing") return line;
  return presence === "away" || presence === "do_not_disturb" ? presence : line;
}

/** One entry for each number: an extension needs no other. */
function personView({ id, name, title, extension, numbers }) {
  return (extension ? [extension] : numbers).map((number) => ({
    key: `${id}:${number}`,
    name,
    detail: [number, title].filter(Boolean).join(" · "),
    state: "",
    tone: "",
    number,
  }));
}
