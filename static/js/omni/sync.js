/**
 * Keeps the phone's presence and the agent's status in Salesforce's Omni-Channel in step, by the admin's rules. A component
 * of the Salesforce page (`salesforce/lwc/ctiOmniBridge`) tells of Omni-Channel, and sets a status there, by a message channel.
 *
 * A change is carried over once and never back: what we have set comes back as not done by a person and changes nothing here,
 * and a presence that a person's status has brought about changes nothing there. So no rules can make the two chase each other.
 */

import { FINAL, presenceKey } from "../state/commands.js";
import { callStatuses, isReached, presenceFor, situationOf, statusOfCalls, statusOfPresence } from "./rules.js";

/** How long after its command a presence may still arrive, in milliseconds. */
const ARRIVES_MS = 2_000;
/** Where the status before a call is kept over a reload. */
const KEPT = "omniBefore";

/**
 * @param {{store: object, host: import("../host.js").Host, commands: object, kept: object}} parts `kept`: preferences that
 *   last as long as the tab
 */
export function startOmniChannel({ store, host, commands, kept }) {
  let channel = "";
  /** Status as Omni-Channel told it last; empty: logged out, null: it was never heard. */
  let status = null;
  /** What counts without calls: the status to go back to. */
  let base = "";
  /** What a rule of calls has set last; empty: nothing. */
  let lent = "";
  /** The status has to become `base` as soon as no rule of calls counts. */
  let owed = false;
  /** Somebody has chosen a status during this call: it is theirs until the end of the call. */
  let taken = false;
  /** Statuses asked for and not answered yet, oldest first. */
  let asked = [];
  /** Presences on their way because of a person's status, oldest first. */
  let coming = [];
  let presence = null;

  function follow(state) {
    const { omni_channel: named } = state.settings.panel;
    if (named !== channel) listen(named);
    if (channel === "") return;
    if (!state.known) {
      presence = null;
      return;
    }
    const situation = situationOf(state);
    if (presenceMoved(situation)) {
      const next = statusOfPresence(state.settings.panel.to_omni, situation);
      base = next || base;
      owed ||= next !== "";
    }
    if (status !== null) settle(statusOfCalls(state.settings.panel.to_omni, situation));
  }

  /** Whether the phone's presence is another one, by other means than Omni-Channel. */
  function presenceMoved(situation) {
    // With the phone system out of reach nobody knows it.
    if (situation.presence === "") return false;
    const before = presence;
    presence = presenceKey(situation.presence, situation.reason);
    if (status === null || before === null || before === presence) return false;
    // A phone system that keeps no reasons has reached the presence all the same.
    const at = coming.findIndex(({ state }) => state === situation.presence);
    if (at >= 0) coming = coming.slice(at + 1);
    return at < 0;
  }

  /** @param {string|null} wanted status for calls; empty to leave things as they are, null without calls */
  function settle(wanted) {
    if (wanted === null) {
      if (owed) ask(base);
      if (lent || owed || taken) kept.set(KEPT, null);
      lent = "";
      owed = false;
      taken = false;
      return;
    }
    if (!taken && wanted !== "" && wanted !== lent) {
      lent = wanted;
      owed = true;
      ask(wanted);
    }
    if (owed || taken) kept.set(KEPT, JSON.stringify({ base, taken }));
  }

  /**
   * Who is logged out of Omni-Channel is not logged in by us. Whether the status is there already is known better on the
   * other side, where another request may still be under way.
   */
  function ask(wanted) {
    if (status === "" || wanted === "") return;
    asked.push(wanted);
    publish({ type: "set_status", status: wanted });
  }

  function publish(message) {
    host.publish(channel, message).catch(() => {});
  }

  function listen(named) {
    channel = named;
    status = null;
    base = "";
    lent = "";
    owed = false;
    taken = false;
    asked = [];
    coming = [];
    if (named === "") return;
    host
      .subscribe(named, (message) => named === channel && take(message))
      .then(
        () => named === channel && publish({ type: "ask_status" }),
        ({ code }) =>
          code === "UNAVAILABLE" ||
          store.dispatch({ type: "channel_refused", channel: named, setting: "/ctiOmniChannel/channel" }),
      );
  }

  /** Our own messages come back as well. */
  function take(message) {
    if (message?.type === "status") told(String(message.status ?? ""), message.byPerson === true);
    else if (message?.type === "refused") refused(String(message.status ?? ""), message.reason);
  }

  function told(next, byPerson) {
    const { to_omni: rules } = store.state.settings.panel;
    const isInCall = statusOfCalls(rules, situationOf(store.state)) !== null;
    const isOfCall = callStatuses(rules).has(next);
    if (status === null) begin(next, isInCall, isOfCall);
    status = next;
    if (!byPerson) asked = asked.slice(asked.indexOf(next) + 1);
    if (byPerson || (asked.length === 0 && !isOfCall)) base = next;
    if (byPerson) {
      taken ||= isInCall;
      void carryOver(next);
    }
    follow(store.state);
  }

  /** The first that is heard of Omni-Channel; the page may have been loaded anew during a call. */
  function begin(found, isInCall, isOfCall) {
    const before = JSON.parse(kept.get(KEPT) ?? "null");
    base = before?.base ?? (isInCall ? "" : found);
    taken = before !== null && (before.taken || !isOfCall);
    owed = before !== null;
  }

  async function carryOver(next) {
    const { settings, commands: sent } = store.state;
    const wanted = presenceFor(settings.panel.from_omni, next);
    const pending = Object.values(sent).findLast(({ verb, state }) => verb === "SetAgentState" && !FINAL.has(state));
    const ahead = pending?.target ?? coming.at(-1)?.key ?? presence;
    if (wanted === null || ahead === null || isReached(wanted, ahead)) return;
    coming.push(wanted);
    const outcome = await commands.presence(wanted.state, wanted.reason);
    if (outcome === "done") await store.until(() => !coming.includes(wanted), ARRIVES_MS);
    coming = coming.filter((one) => one !== wanted);
  }

  function refused(wanted, reason) {
    const { to_omni: rules } = store.state.settings.panel;
    asked = asked.slice(asked.indexOf(wanted) + 1);
    if (wanted === base && status !== null && !callStatuses(rules).has(status)) base = status;
    store.dispatch({
      type: "status_refused",
      status: wanted,
      rule: reason === "unknown" ? "no_such_status" : "status_refused",
    });
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return { stop: unsubscribe };
}
