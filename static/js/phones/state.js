/** What the phones page knows, and how it changes. Pure: no DOM, no network, no clock. */

/**
 * Those who can ring. The first four stand in the Salesforce stand-in's org; `text` is a key of the sentences.
 * @type {readonly {id: string, number: string, name: string, text: string}[]}
 */
export const CALLERS = Object.freeze([
  { id: "erika", number: "+4930111222", name: "Erika Muster", text: "caller.erika" },
  { id: "petersen", number: "+494066969121", name: "Petersen", text: "caller.petersen" },
  { id: "grace", number: "+14155550133", name: "Grace Okafor", text: "caller.grace" },
  { id: "lena", number: "+493023125007", name: "Lena Vogt", text: "caller.lena" },
  { id: "unknown", number: "+498999900000", name: "", text: "caller.unknown" },
  { id: "withheld", number: "", name: "", text: "caller.withheld" },
  { id: "own", number: "", name: "", text: "caller.own_text" },
]);

/**
 * @typedef {{version: number, now: number, phones: any[], outside: {calls: any[]}, groups: any[]}} Told
 * @typedef {{told: Told|null, lost: boolean, ahead: number, caller: string, own: {number: string, name: string},
 *   drafts: Record<string, string>, transfers: Record<string, string>, problem: string}} State
 */

/** @type {State} */
export const initialState = Object.freeze({
  told: null,
  lost: false,
  ahead: 0,
  caller: "erika",
  own: Object.freeze({ number: "", name: "" }),
  drafts: Object.freeze({}),
  transfers: Object.freeze({}),
  problem: "",
});

/** @param {State} state @param {{type: string} & Record<string, any>} event @returns {State} */
export function reduce(state, event) {
  switch (event.type) {
    case "told":
      return withTold(state, event);
    case "lost":
      return state.lost ? state : { ...state, lost: true };
    case "refused":
      return { ...state, problem: event.reason };
    case "acted":
      return state.problem === "" ? state : { ...state, problem: "" };
    case "caller_chosen":
      return { ...state, caller: event.caller };
    case "own_typed":
      return { ...state, own: { ...state.own, ...event.own } };
    case "draft_typed":
      return { ...state, drafts: { ...state.drafts, [event.extension]: event.number } };
    case "transfer_typed":
      return { ...state, transfers: { ...state.transfers, [event.call]: event.number } };
    case "transfer_closed":
      return { ...state, transfers: without(state.transfers, [event.call]) };
    default:
      return state;
  }
}

/** Whatever was typed for a call goes with the call. */
function withTold(state, { told, at }) {
  const calls = told.phones.flatMap((phone) => phone.calls.map((call) => call.id));
  const gone = Object.keys(state.transfers).filter((id) => !calls.includes(id));
  return { ...state, told, lost: false, ahead: told.now - at, transfers: without(state.transfers, gone) };
}

function without(record, keys) {
  return keys.length === 0 ? record : Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/** Who rings when the button is pressed: what the phone system is sent. */
export function callerOf(state) {
  const chosen = CALLERS.find((caller) => caller.id === state.caller) ?? CALLERS[0];
  const { number, name } = chosen.id === "own" ? state.own : chosen;
  return { from: dialable(number), name: name.trim() };
}

/** A number as people write it, as digits with a leading plus: `+49 (0)30 111-222` loses its `(0)`, too. */
export function dialable(text) {
  const bare = text.replace(/\(0\)/g, "").replace(/[^\d+*#]/g, "");
  return bare.slice(0, 1) + bare.slice(1).replace(/\+/g, "");
}
