/**
 * What follows from a call at the agent's desk: search its record, open it once over all tabs, dial what was clicked.
 *
 * Several tabs are several copies of this page. Each finds the records by itself, so that all show the same; the right to
 * open one (a claim) is granted once for each call, and the tab in view asks first.
 */

import { sleep as realSleep } from "./lib/waiting.js";
import { createNumbers } from "./numbers.js";
import { deskOf } from "./state.js";
import { unconfirmed } from "./state/calls.js";
import { otherParty } from "./task.js";

/** Head start of the tab in view when several ask for the same claim, in milliseconds. */
const HIDDEN_TAB_MS = 400;
/** How long calls may stay unconfirmed after the phone system is back, in milliseconds. */
const CONFIRM_MS = 6_000;
/** The same number clicked again within this time is a double click, in milliseconds. */
const DOUBLE_CLICK_MS = 1_500;

/**
 * @param {{store: object, host: import("./host.js").Host, api: object, commands: object, isVisible: () => boolean,
 *   now?: () => number, sleep?: typeof realSleep}} parts `now` in milliseconds
 * @returns {object} what the agent can ask for at the desk, and `stop`
 */
export function startDesk({ store, host, api, commands, isVisible, now = Date.now, sleep = realSleep }) {
  const numbers = createNumbers({ api, settings: () => store.state.settings.raw });
  const seen = new Map();
  let confirming = false;
  let lastClick = { number: "", at: 0 };

  function follow(state) {
    for (const call of Object.values(state.calls)) {
      const before = seen.get(call.id);
      if (before === undefined || handedOver(before, call)) meet(state, call, before !== undefined);
    }
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
      if (offered && !popped) void present(call, [{ id: chosen }]);
    } else if (otherParty(call).number === "") {
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
    await (offered ? present(call, found) : found);
  }

  /** Open the record of a call that is offered, in one tab; `found`: the records, or a promise of them. */
  async function present(call, found) {
    if (call.direction !== "inbound") return void (await found);
    // Asked for side by side: the right to pop must not cost the caller's record a round trip.
    const [records, granted] = await Promise.all([found, claimPop(call)]);
    if (granted && records.length === 1) await open(call.id, { recordId: records[0].id });
  }

  async function search(call) {
    const number = otherParty(call).number;
    const told = (action) => {
      // The answer of a search for the colleague who has handed the call over comes too late.
      if (seen.get(call.id) === call) store.dispatch({ ...action, call: call.id });
    };
    const { e164, display, keys, probable } = await numbers.recognise(number);
    told({ type: "number_recognised", number, e164, display });
    try {
      const found = await host.search(keys, call.direction);
      if (found.records.length > 0 || probable.length === 0) {
        told({ type: "lookup_done", ...found });
        return found.records;
      }
      const headOffice = await host.search(probable, call.direction);
      // The search that is opened by hand is the one for the number itself.
      const popData = headOffice.records.length > 0 ? headOffice.popData : found.popData;
      told({ type: "lookup_done", records: headOffice.records, popData, probable: headOffice.records.length > 0 });
    } catch {
      told({ type: "lookup_failed", lookup: "failed" });
    }
    return [];
  }

  async function claimPop(call) {
    if (!isVisible()) await sleep(HIDDEN_TAB_MS);
    try {
      return (await api.post("/v1/claims", { call: call.id, purpose: "pop" })).granted;
    } catch {
      return false;
    }
  }

  async function open(callId, target) {
    try {
      await host.pop(target);
      store.dispatch({ type: "popped", call: callId });
    } catch {
      // The record stays named in the panel, where a click opens it.
    }
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

  async function dial({ number, record = null, raw = false }) {
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
    /** The agent picks one of several records: it is opened, and the call is logged there. */
    choose(callId, recordId) {
      store.dispatch({ type: "record_chosen", call: callId, id: recordId });
      return open(callId, { recordId });
    },
    /** Show Salesforce's own search result for the number. */
    searchInHost: (callId, number) => open(callId, { search: number }),
    newContact: (callId, number) => open(callId, { newRecord: "Contact", defaults: { Phone: number } }),
    stop: unsubscribe,
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
