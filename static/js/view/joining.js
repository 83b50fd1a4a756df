/** Two calls side by side: swap them, connect the two people, make a conference, or go back. Pure. */

import { deskOf } from "../state.js";
import { pendingCommand } from "../state/commands.js";
import { otherParty } from "../task.js";
import { outOfReach, shownNumber, unsupported } from "./call.js";

const TALKS = new Set(["connected", "held"]);

/**
 * @param {object} state
 * @param {object|null} active the call in front
 * @param {object[]} waiting the other calls that do not ring
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 * @returns {object|null} none unless exactly one other call is on hold
 */
export function joiningView(state, active, waiting, texts) {
  const { t } = texts;
  const held = waiting.filter((call) => call.state === "held" && !call.parked_at);
  if (active === null || held.length !== 1 || active.state === "failed") return null;
  const pair = pairOf(active, held[0]);
  const [call, consultation] = [pair.call, pair.consultation];
  const name = (one) => nameOf(state, one, t);
  const ready = TALKS.has(consultation.state) && TALKS.has(call.state);
  const asks = consultation.consultation_of === call.id;
  const button = (verb, label, usable, why) => ({
    label,
    reason: refusal(state, call, texts, verb) || (usable ? "" : why),
    pending: Boolean(pendingCommand(state, verb, call.id)),
  });
  return {
    call: call.id,
    consultation: consultation.id,
    number: consultation.called.number,
    answered: ready,
    title: asks
      ? t("joining.asking", { asked: name(consultation), party: name(call) })
      : t("joining.two", { one: name(active), other: name(held[0]) }),
    swapTo: held[0].id,
    swap: {
      ...button("RetrieveCall", t("joining.swap"), active.state === "connected", t("reason.not_connected")),
      reason:
        refusal(state, held[0], texts, "RetrieveCall") ||
        (active.state === "connected" ? "" : t("reason.not_connected")),
      pending: Boolean(pendingCommand(state, "RetrieveCall", held[0].id)),
    },
    complete: button(
      ready ? "TransferCall" : "SingleStepTransferCall",
      t("joining.complete", { party: name(call), asked: name(consultation) }),
      ready || asks,
      t("reason.not_connected"),
    ),
    conference: button("ConferenceCall", t("joining.conference"), ready, t("reason.not_connected")),
    back: { ...button("ClearConnection", t("joining.back"), true, ""), shown: asks },
  };
}

/** The earlier call is the one that goes on; the one made for it, or the later one, is the consultation. */
function pairOf(one, other) {
  const made =
    one.consultation_of === other.id || (other.consultation_of !== one.id && one.started_at > other.started_at);
  return made ? { call: other, consultation: one } : { call: one, consultation: other };
}

function nameOf(state, call, t) {
  const desk = deskOf(state, call.id);
  const record = desk.records.find((candidate) => candidate.id === desk.chosen);
  const party = otherParty(call);
  return record?.name || party.name || shownNumber(desk, party) || t("party.withheld");
}

function refusal(state, call, texts, verb) {
  const away = outOfReach(state, texts);
  if (away) return away;
  if (verb in call.unsupported) return unsupported(call.unsupported[verb], texts);
  return pendingCommand(state, verb, call.id) ? texts.t("reason.pending") : "";
}
