/**
 * The host: whatever page holds the softphone and owns the records. This file describes the interface; it has no code
 * of its own but the choice among them: `salesforce/lightning.js`, `salesforce/classic.js`, and `host_standalone.js` for a page
 * that was opened alone.
 * Another host (Salesforce Voice with partner telephony) is one more file with the same members.
 *
 * Every promise is settled within 10 seconds. Those which may fail reject with a `HostError`.
 *
 * @typedef {object} HostRecord
 * @property {string} id
 * @property {string} name
 * @property {string} type API name of the object: `Contact`, `Account`, …
 * @property {string} [contactId] of a person account: the contact to link calls to
 *
 * @typedef {object} ClickedNumber
 * @property {string} number as shown in the record; never empty
 * @property {HostRecord|null} record the record whose number was clicked
 *
 * @typedef {object} PastCall
 * @property {string} id of the Task
 * @property {string} callId
 * @property {string} subject
 * @property {string} type `Inbound`, `Outbound` or `Internal`
 * @property {string} disposition
 * @property {number} seconds talked
 * @property {number} at seconds since 1970
 * @property {(HostRecord & {phone?: string})|null} who
 * @property {HostRecord|null} what
 *
 * @typedef {object} HostPerson somebody of the own company
 * @property {string} id
 * @property {string} name
 * @property {string} title
 * @property {string} extension empty without one
 * @property {string[]} numbers as they stand in the host, any notation
 *
 * @typedef {object} Host
 * @property {"lightning"|"classic"|"standalone"} kind
 * @property {boolean} canPop can open records
 * @property {boolean} canLog can save a log of calls
 * @property {string|null} problem stable code why it can do less than it should
 * @property {() => Promise<{username: string}|null>} identity who is signed in there; null: cannot be known
 * @property {(nonce: string) => Promise<string>} signInToken what the host has signed to prove who is signed in
 *   there, with `nonce` in it
 * @property {() => Promise<Record<string, string>>} settings value keys of the call center definition
 * @property {() => Promise<void>} enableClickToDial
 * @property {() => Promise<void>} disableClickToDial
 * @property {(listener: (click: ClickedNumber) => void) => void} onClickToDial one listener; a second one replaces it
 * @property {(keys: string[], direction: string) => Promise<{records: HostRecord[], popData: object|null}>} search
 *   records that match the first of `keys` that matches any; opens nothing
 * @property {(target: {recordId: string}|{popData: object}|{search: string}|
 *   {newRecord: string, defaults: object}|{home: string}|{flow: string, values: object[]}) => Promise<void>} pop open
 *   something in the host
 * @property {(search: string) => Promise<HostPerson[]>} findPeople of the own company by a part of their name
 * @property {(recordId: string) => Promise<boolean>} doNotCall whether a contact or lead does not want to be called
 * @property {(callId: string) => Promise<string>} findLog id of the Task of a call; empty: there is none; fails where nobody
 *   can tell
 * @property {(task: object) => Promise<string>} saveLog create or change a Task; resolves with its id
 * @property {() => Promise<void>} refresh show in the open record what was saved
 * @property {() => Promise<PastCall[]>} history calls of the signed-in user in the last 30 days, newest first
 * @property {(callId: string) => Promise<Record<string, string>>} readLog fields of the Task of a call as they are now
 * @property {(listener: (page: {record: HostRecord|null, editing: boolean}) => void) => void} onNavigation the agent opened
 *   another page; `editing`: a record is being edited there, or made
 * @property {() => Promise<{record: HostRecord|null, editing: boolean}>} page the page that is open now
 * @property {(channel: string, listener: (message: object) => void) => Promise<void>} subscribe messages of other components
 *   of the page
 * @property {(channel: string, message: object) => Promise<void>} publish
 * @property {{show: () => void, label: (text: string) => void, icon: (key: string) => void}} panel best effort; never fails
 * @property {() => void} ready the panel is up; the host stops waiting for it
 */

import { HostError } from "./host_error.js";
import { createStandaloneHost } from "./host_standalone.js";
import { createClassicHost } from "./salesforce/classic.js";
import { salesforceFrame } from "./salesforce/frame.js";
import { createLightningHost } from "./salesforce/lightning.js";
import { loadScript } from "./salesforce/script.js";

/** A host could not do what it was asked. `code` is stable: the host's own, or TIMEOUT, UNAVAILABLE. */
export { HostError };

/** Time limit for Salesforce's script to load, in milliseconds. */
const SCRIPT_MS = 10_000;

/** Where each user interface has its script, what it defines, and what is made of that. */
const SALESFORCE = {
  lightning: { file: "lightning/opencti_min.js", api: (sforce) => sforce?.opencti, create: createLightningHost },
  classic: { file: "interaction.js", api: (sforce) => sforce?.interaction, create: createClassicHost },
};

/**
 * The host this page finds itself in. Never rejects: without its host the panel still handles calls.
 * @param {{window: Window, document: Document, apiVersion: string, demo: boolean}} parts
 * @returns {Promise<Host>}
 */
export async function findHost({ window, document, apiVersion, demo }) {
  const { ui, origin, problem } = salesforceFrame(window.location, demo);
  if (origin === null) return createStandaloneHost(problem);
  try {
    return await connectSalesforce({ window, document, ui, origin, apiVersion });
  } catch (error) {
    return createStandaloneHost(error.code ?? "script_failed");
  }
}

/** @returns {Promise<Host>} rejects with a `HostError` when the script cannot be used */
export async function connectSalesforce({ window, document, ui, origin, apiVersion, limitMs = SCRIPT_MS }) {
  const { file, api, create } = SALESFORCE[ui];
  await loadScript({ window, document, url: `${origin}/support/api/${apiVersion}/${file}`, limitMs });
  const found = api(window.sforce);
  if (!found) throw new HostError("script_empty", "The Open CTI script has defined nothing.");
  return create(found);
}
