/**
 * Keeps availability at the phone and Omni-Channel's presence status in step, by the admin's rules. Salesforce's toolkit is
 * not for softphones: a component of the page (`ctiOmniChannel`) hears and tells by a message channel.
 *
 * Each change of one side makes at most one change of the other, whatever the rules: what Omni-Channel does because it was
 * asked comes back as not by a person, and what the phone does because Omni-Channel was changed is known here.
 */

import { factsOf, presenceFor, statusFor } from "./rules.js";

/** @param {{store: object, host: import("../host.js").Host, commands: {presence: Function}}} parts */
export function startOmniChannel({ store, host, commands }) {
  let channel = "";
  /** The status in force; null: nobody has told. */
  let status = null;
  /** The availability that was seen last; null: none yet. */
  let presence = null;
  /** The availability that Omni-Channel's change leads to, until it is reached. */
  let expected = null;
  /** While the agent is on a call: the status before, the one for now, and the availability before. */
  let passing = null;

  function follow(state) {
    const { omni_channel: named } = state.settings.panel;
    if (named !== channel) listen(named);
    if (channel === "" || !state.known) return;
    const facts = factsOf(state);
    const wanted = statusFor(facts, state.settings.panel.to_omni);
    if (wanted?.passing) begin(wanted.status, facts.presence);
    else if (passing !== null) end(wanted, facts.presence);
    else changed(wanted, facts.presence);
  }

  function begin(wanted, now) {
    // Nobody is logged in to Omni-Channel because a phone rings.
    if (status)
      passing ??= { before: status === wanted ? null : status, now: null, presence: presence ?? now, left: false };
    if (passing !== null && isEcho(now)) passing.left = true;
    presence = now;
    if (passing === null || passing.left || wanted === null || wanted === passing.now) return;
    passing.now = wanted;
    ask(wanted);
  }

  /** Whether the availability has just become what Omni-Channel's change leads to. */
  function isEcho(now) {
    if (now === presence) return false;
    const echo = now === expected;
    expected = null;
    return echo;
  }

  /** The call is over: back to the status before, unless a person has changed something meanwhile. */
  function end(wanted, now) {
    const { before, presence: was, left, now: ours } = passing;
    passing = null;
    const isChosen = now !== was && !isEcho(now);
    presence = now;
    if (left || ours === null) return;
    ask((isChosen ? wanted?.status : before) ?? wanted?.status ?? null);
  }

  function changed(wanted, now) {
    if (now === presence) return;
    // What was there before us is nobody's change.
    const isNobodys = presence === null || isEcho(now);
    presence = now;
    if (!isNobodys) ask(wanted?.status ?? null);
  }

  /** Who is logged out of Omni-Channel is left alone. */
  function ask(wanted) {
    if (wanted === null || !status || wanted === status) return;
    tell({ type: "set_status", status: wanted });
  }

  function tell(message) {
    host.publish(channel, message).catch(() => {});
  }

  function listen(named) {
    channel = named;
    [status, presence, expected, passing] = [null, null, null, null];
    if (named === "") return;
    host
      .subscribe(named, (message) => named === channel && take(message))
      .then(() => tell({ type: "ask_status" }))
      .catch(({ code }) => code === "UNAVAILABLE" || refuse("channel", named, "no_such_channel"));
  }

  function take(message) {
    if (message?.type === "status") told(String(message.status ?? ""), message.byPerson === true);
    else if (message?.type === "refused") refuse("toOmni", String(message.status ?? ""), `omni_${message.reason}`);
  }

  function told(now, byPerson) {
    status = now;
    if (!byPerson) return void follow(store.state);
    if (passing !== null) passing.left = true;
    const { panel } = store.state.settings;
    const wanted = presenceFor(now, panel.from_omni);
    if (wanted !== "" && wanted !== factsOf(store.state).presence) void choose(wanted);
  }

  async function choose(wanted) {
    expected = wanted;
    const [state, ...reason] = wanted.split("|");
    const outcome = await commands.presence(state, reason.join("|"));
    if (outcome !== "done" && expected === wanted) expected = null;
  }

  function refuse(item, value, rule) {
    store.dispatch({ type: "panel_problem", setting: `/ctiOmniChannel/${item}`, value, rule });
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return { stop: unsubscribe };
}
