/**
 * What follows from a call at the agent's desk: search its record, open it once over all tabs, dial what was clicked.
 *
 * Several tabs are several copies of this page. Each finds the records by itself, so that all show the same; the right to
 * open one (a claim) is granted once for each call, and the tab in view asks first.
 */

import { forgetGone } from "./lib/forgetting.js";
import { sleep as realSleep, within } from "./lib/waiting.js";
import { createNumbers } from "./numbers.js";
import { dataOf, newRecord, ruleFor } from "./pop_target.js";
import { createPopping } from "./popping.js";
import { deskOf } from "./state.js";
import { unconfirmed } from "./state/calls.js";
import { isPerson, otherParty } from "./task.js";

/** How long calls may stay unconfirmed after the phone system is back, in milliseconds. */
const CONFIRM_MS = 6_000;
/** The same number clicked again within this time is a double click, in milliseconds. */
const DOUBLE_CLICK_MS = 1_500;
/** How long a call that rings while the page loads waits for the admin's wishes, in milliseconds. */
const SETTINGS_MS = 2_000;
/** How long Salesforce may take to say that somebody does not want to be called, in milliseconds. */
const DO_NOT_CALL_MS = 1_500;

/**
 * @param {{store: object, host: import("./host.js").Host, api: object, commands: object, isVisible: () => boolean,
 *   now?: () => number, sleep?: typeof realSleep}} parts `now` in milliseconds
 * @returns {object} what the agent can ask for at the desk, and `stop`
 */
export function startDesk({ store, host, api, commands, isVisible, now = Date.now, sleep = realSleep }) {
  const popping = createPopping({ store, host, api, isVisible, sleep });
  const { open } = popping;
  const numbers = createNumbers({ api, settings: () => store.state.settings.raw });
  const seen = new Map();
  let confirming = false;
  let lastClick = { number: "", at: 0 };

  function follow(state) {
    for (const call of Object.values(state.calls)) {
      const before = seen.get(call.id);
      if (before === undefined || handedOver(before, call)) meet(state, call, before !== undefined);
    }
    forgetGone(seen, state.calls);
    if (!confirming && state.relay.status === "online" && state.link.reachable && unconfirmed(state).length > 0)
      void confirm();
  }

  function meet(state, call, handed) {
    seen.set(call.id, call);
    if (call.state === "alerting") host.panel.show();
    // A call that is told of only after its end is looked up, too: it will be logged.
    if (call.direction === "internal" || call.cause === "answered_elsewhere") return;
    const offered = handed || call.state === "alerting";
    const { chosen, chosenByAgent, popped } = deskOf(state, call.id);
    // The record is known: from a click, from before a reload, or from the colleague who has transferred the call.
    if (chosen && (chosenByAgent || !handed)) {
      if (offered && !popped) void popping.offer(call, { records: [], popData: null, chosen });
    } else if (otherParty(call).number === "" && Object.keys(call.data ?? {}).length === 0) {
      store.dispatch({ type: "lookup_failed", call: call.id, lookup: "withheld" });
    } else if (!host.canPop) {
      store.dispatch({ type: "lookup_failed", call: call.id, lookup: "unavailable" });
    } else {
      void identify(call, offered);
    }
  }

  async function identify(call, offered) {
    store.dispatch({ type: "lookup_started", call: call.id });
    const found = search(call);
    await (offered ? popping.offer(call, found) : found);
  }

  async function search(call) {
    const number = otherParty(call).number;
    const told = (action) => {
      // The answer of a search for the colleague who has handed the call over comes too late.
      if (seen.get(call.id) === call) store.dispatch({ ...action, call: call.id });
    };
    const [known, byData] = await Promise.all([
      number === "" ? null : numbers.recognise(number),
      searchByData(call).catch(() => null),
    ]);
    if (known) told({ type: "number_recognised", number, e164: known.e164, display: known.display });
    const [only = null, ...others] = byData?.records ?? [];
    if (only && (others.length > 0 || isPerson(only))) {
      told({ type: "lookup_done", ...byData, byData: true });
      return withRemembered(call, byData);
    }
    // A case is not who calls, but what the call is about.
    if (only) told({ type: "wrap_up_changed", changes: { related: only } });
    const found = known ? await searchByNumber(call, known, told) : withheld(told);
    return only ? { records: [], popData: null, ...found, chosen: only.id } : found;
  }

  /** Who hides their number may have entered another one: the admin's rules count all the same. */
  function withheld(told) {
    told({ type: "lookup_failed", lookup: "withheld" });
    return { records: [], popData: null };
  }

  async function searchByNumber(call, { keys, probable }, told) {
    try {
      const found = await host.search(keys, call.direction);
      if (found.records.length > 0 || probable.length === 0) {
        told({ type: "lookup_done", ...found });
        return withRemembered(call, found);
      }
      const headOffice = await host.search(probable, call.direction);
      // The search that is opened by hand is the one for the number itself.
      const popData = headOffice.records.length > 0 ? headOffice.popData : found.popData;
      const probably = { records: headOffice.records, popData, probable: headOffice.records.length > 0 };
      told({ type: "lookup_done", ...probably });
      return withRemembered(call, probably);
    } catch {
      told({ type: "lookup_failed", lookup: "failed" });
    }
    return null;
  }

  /** What the admin's rule for this call searches instead of the number; null where it says nothing or finds nothing. */
  async function searchByData(call) {
    if (Object.keys(call.data ?? {}).length === 0) return null;
    await store.until((state) => state.settings.status === "checked", SETTINGS_MS);
    const { target, name } = ruleFor(call, store.state.settings.panel.pop_rules);
    const value = target === "search" ? dataOf(call, name) : "";
    const found = value === "" ? null : await host.search([value], call.direction);
    return found?.records.length > 0 ? found : null;
  }

  /** Salesforce's search is behind by minutes: whom this number was a moment ago is known here. */
  function withRemembered(call, found) {
    const { chosen } = deskOf(store.state, call.id);
    return { ...found, chosen: found.records.length <= 1 && !found.probable ? chosen : null };
  }

  /** After a new start of the relay the connector tells its calls again; what it does not tell is over. */
  async function confirm() {
    confirming = true;
    await sleep(CONFIRM_MS);
    confirming = false;
    const { relay, link, clockOffset } = store.state;
    if (relay.status === "online" && link.reachable)
      store.dispatch({ type: "unconfirmed_gone", at: now() / 1000 + clockOffset });
  }

  function clicked({ number, record }) {
    host.panel.show();
    if (number === lastClick.number && now() - lastClick.at < DOUBLE_CLICK_MS) return;
    lastClick = { number, at: now() };
    const { session, relay, link, settings } = store.state;
    store.dispatch({ type: "dial_filled", number, record });
    // With settings that are wrong only the agent decides whether to dial as typed; nothing is dialled behind their back.
    if (session.status !== "in" || relay.status !== "online" || !link.reachable || settings.problems.length > 0) return;
    void dial({ number, record });
  }

  /** Whether the person of the record does not want it. Nobody waits long for that, and no answer is none. */
  async function isUnwanted(record) {
    const told = host.doNotCall(record.contactId ?? record.id);
    return within(DO_NOT_CALL_MS, told, () => new Error("no answer")).catch(() => false);
  }

  async function dial({ number, record = null, raw = false, anyway = false }) {
    const { do_not_call: rule } = store.state.settings.panel;
    const asks = !anyway && rule !== "off" && record !== null && isPerson(record);
    if (asks && (await isUnwanted(record))) {
      return void store.dispatch({ type: "dial_unwanted", number, record, rule });
    }
    const outcome = await commands.dial(number, { name: record?.name ?? "", raw, record });
    if (store.state.problems.dial?.errorId === "several_numbers") {
      store.dispatch({ type: "dial_choices", text: number, choices: await numbers.alternatives(number) });
    }
    if (outcome === "done" && store.state.dial.text === number) store.dispatch({ type: "dial_cleared" });
  }

  host.onClickToDial(clicked);
  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return {
    dial,
    open,
    /** A number was clicked, in a record or in another component of the page. */
    clicked,
    /** The agent picks one of several records: it is opened, and the call is logged there. */
    choose(callId, recordId) {
      store.dispatch({ type: "record_chosen", call: callId, id: recordId });
      return open(callId, { recordId });
    },
    /** Show Salesforce's own search result for the number. */
    searchInHost: (callId, number) => open(callId, { search: number }),
    /** Show a record that no call of now is about. */
    openPage: (recordId) => host.pop({ recordId }).catch(() => {}),
    /** Make a record for an unknown caller; when it is saved, the call belongs to it. */
    create: (callId, object, number) => open(callId, newRecord(object, number)),
    /** Open what had to wait because a record was being edited. */
    openDeferred(callId) {
      const { deferred } = deskOf(store.state, callId);
      return deferred ? open(callId, deferred) : undefined;
    },
    stop() {
      popping.stop();
      unsubscribe();
    },
  };
}

/**
 * Whether the agent has got another caller in the same call: by taking a colleague's call at their own phone, which
 * begins as a call to the pickup code, or when the colleague who has announced a caller transfers them.
 */
function handedOver(before, call) {
  if (call.direction !== "inbound" || call.ended_at !== null || otherParty(call).number === "") return false;
  return before.direction !== "inbound" || otherParty(before).number !== otherParty(call).number;
}
