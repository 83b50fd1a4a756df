/** The agent's line apart from calls: where calls are forwarded, messages that wait, which number others see. Pure. */

import { pendingCommand } from "../state/commands.js";
import { outboundNumber } from "../state/line.js";
import { outOfReach, problemText } from "./call.js";

/** @param {object} state @param {ReturnType<import("../i18n.js").createTexts>} texts */
export function lineView(state, texts) {
  const { t } = texts;
  const { forwarding } = state.features;
  const active = forwarding.filter(({ number }) => number !== "");
  const always = active.find(({ kind }) => kind === "immediate");
  return {
    shown: forwarding.length > 0,
    open: state.line.open,
    active: active.length > 0,
    label: always ? always.number : "",
    fullName: active.length === 0 ? t("forward.none") : active.map((one) => sentence(one, t)).join(" "),
    list: t("forward.list"),
    items: forwarding.map((one) => itemView(one, state, texts)),
    problem: problemText(state.problems.line, texts),
    voicemail: voicemailView(state, texts),
  };
}

function sentence({ kind, number }, t) {
  return t(`forward.told.${kind}`, { number });
}

function itemView({ kind, number }, state, texts) {
  const { t } = texts;
  const typed = state.line.typed[kind] ?? number;
  const pending = Boolean(pendingCommand(state, "SetForwarding"));
  // What stands there already can only be ended.
  const ends = number !== "" && typed.trim() === number;
  const missing = typed.trim() === "" ? t("reason.empty") : "";
  const ending = ends || (number !== "" && typed.trim() === "");
  return {
    kind,
    name: t(`forward.${kind}`),
    field: t("forward.field", { when: t(`forward.${kind}`) }),
    value: typed,
    target: ending ? "" : typed.trim(),
    button: {
      label: t(ending ? "forward.end" : "forward.begin"),
      fullName: t(ending ? "forward.end_of" : "forward.begin_of", { when: t(`forward.${kind}`) }),
      reason: outOfReach(state, texts) ?? (pending ? t("reason.pending") : ending ? "" : missing),
      pending,
    },
  };
}

function voicemailView(state, texts) {
  const { t } = texts;
  const box = state.features.voicemail;
  const count = box?.new ?? 0;
  return {
    shown: count > 0,
    number: box?.number ?? "",
    label: String(count),
    fullName: t("voicemail.new", { count }),
    reason: outOfReach(state, texts) ?? (box?.number ? "" : t("voicemail.at_phone")),
  };
}

/** Which number the called side shall see: a choice where the line has several. */
export function outboundView(state, { t }) {
  const numbers = state.features.outbound_numbers;
  return {
    shown: numbers.length > 0,
    label: t("outbound.label"),
    value: outboundNumber(state),
    options: [
      { value: "", label: t("outbound.usual") },
      ...numbers.map(({ number, name }) => ({ value: number, label: name ? `${name} (${number})` : number })),
    ],
  };
}
