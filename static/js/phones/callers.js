/** Invented people who can be let ring; their numbers are those of the Salesforce stand-in's records, or of nobody. Data only. */

/**
 * @typedef {Object} Caller
 * @property {string} id
 * @property {string} who  name on the page; empty: the text `caller.unknown_name` or `withheld`
 * @property {string} number  as the network sends it (E.164); empty: withheld
 * @property {string} shown  the number as people read it
 * @property {string} name  name that the network sends along; mostly none does, and the CRM has to know it
 * @property {string} note  key of what is special about them
 */

/** @type {readonly Caller[]} */
export const CALLERS = Object.freeze(
  [
    { id: "erika", who: "Erika Muster", number: "+4930111222", shown: "+49 30 111222", name: "", note: "caller.known" },
    {
      id: "petersen",
      who: "Jan & Fenja Petersen",
      number: "+494066969121",
      shown: "+49 40 66969121",
      name: "",
      note: "caller.shared",
    },
    { id: "vogt", who: "Lena Vogt", number: "+493023125007", shown: "+49 30 23125007", name: "", note: "caller.lead" },
    {
      id: "okafor",
      who: "Grace Okafor",
      number: "+14155550133",
      shown: "+1 415 555-0133",
      name: "Grace Okafor",
      note: "caller.abroad",
    },
    { id: "unknown", who: "", number: "+493023125999", shown: "+49 30 23125999", name: "", note: "caller.unknown" },
    { id: "withheld", who: "", number: "", shown: "", name: "", note: "caller.withheld" },
  ].map(Object.freeze),
);

/** The caller's name on the page. */
export function callerName(caller, t) {
  return caller.who || t(caller.number === "" ? "withheld" : "caller.unknown_name");
}

/** The caller with this number as a name to read, else the number itself. */
export function partyOutside({ number, name }, t) {
  if (number === "") return t("withheld");
  const known = CALLERS.find((caller) => caller.number === number);
  return name || known?.who || known?.shown || number;
}
