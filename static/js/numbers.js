/**
 * What a number is: asked of the relay, which knows numbering plans and the call center's settings. Knows none itself.
 *
 * @typedef {object} Recognised
 * @property {string|null} e164 where it is certain
 * @property {string} display for people
 * @property {string[]} keys to search the record by, best first
 * @property {string[]} probable further keys, which only find the caller's head office
 */

/** Salesforce refuses searches of fewer characters (Open CTI guide, searchAndScreenPop). */
const SHORTEST_SEARCH = 3;
/** So many last digits tell subscribers apart even when country and area code are written another way. */
const TAIL = 8;

/** @param {{api: object, settings: () => Record<string, string>}} parts `settings`: as Salesforce handed them out */
export function createNumbers({ api, settings }) {
  async function explained(number, incoming) {
    const { explanations } = await api.post("/v1/dialing/explain", {
      numbers: [number],
      settings: settings(),
      incoming,
    });
    return explanations[0];
  }

  return {
    /**
     * A number that the phone system shows. Never fails: out of the relay's reach the digits themselves are searched.
     * @returns {Promise<Recognised>}
     */
    async recognise(number) {
      try {
        const { e164, display, lookup, probable } = await explained(number, true);
        const certain = new Set(probable);
        return { e164, display: display || number, keys: lookup.filter((key) => !certain.has(key)), probable };
      } catch {
        return { e164: null, display: number, keys: digitKeys(number), probable: [] };
      }
    },
    /** The numbers in a text that holds several; empty when there are none or nobody can say. */
    async alternatives(text) {
      try {
        return (await explained(text, false)).alternatives;
      } catch {
        return [];
      }
    },
  };
}

/** The digits of a number, and the last of them. */
export function digitKeys(number) {
  const user = String(number ?? "")
    .replace(/^(sips?|tel):/i, "")
    .split(/[@;]/)[0];
  const digits = user.replace(/\D/g, "");
  const plus = user.trim().startsWith("+") ? [`+${digits}`] : [];
  const keys = [...plus, digits, ...(digits.length > TAIL ? [digits.slice(-TAIL)] : [])];
  return keys.filter((key) => key.replace(/\D/g, "").length >= SHORTEST_SEARCH);
}
