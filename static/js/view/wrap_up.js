/** What the agent fills in about a call, while they talk and afterwards: notes, result, related record, follow-up. Pure. */

import { deskOf } from "../state.js";
import { recordOf } from "../state/work.js";
import { isPerson } from "../task.js";
import { typeLabel } from "./call.js";

const WRITTEN = new Set(["saved", "elsewhere"]);
const WRITTEN_SOON = new Set([...WRITTEN, "claiming", "saving"]);

/**
 * @param {object} state
 * @param {object} call
 * @param {ReturnType<import("../i18n.js").createTexts>} texts
 */
export function wrapUpView(state, call, texts) {
  const { t } = texts;
  const desk = deskOf(state, call.id);
  const { panel } = state.settings;
  const { wrapUp } = desk;
  const usual = call.direction !== "internal" || panel.log_internal;
  const logged = wrapUp.log ?? usual;
  const full = panel.wrap_up !== "off" && logged;
  const written = WRITTEN.has(desk.log);
  return {
    shown: state.host.canLog && panel.log_calls && (logged || call.state !== "cleared"),
    logged: {
      shown: call.state !== "cleared",
      label: t("wrap_up.log"),
      value: logged,
      usual,
    },
    notes: { shown: logged, label: t("notes.label"), hint: t("notes.hint"), text: desk.notes },
    disposition: {
      shown: full && panel.dispositions.length > 0,
      label: t(panel.wrap_up === "required" ? "wrap_up.disposition_required" : "wrap_up.disposition"),
      none: t("wrap_up.disposition_none"),
      value: wrapUp.disposition,
      options: optionsOf(panel.dispositions, wrapUp.disposition),
    },
    more: { shown: full, label: t("wrap_up.more") },
    subject: { label: t("wrap_up.subject"), hint: t("wrap_up.subject_hint"), text: wrapUp.subject },
    followUp: {
      label: t("wrap_up.follow_up"),
      hint: t("wrap_up.follow_up_hint"),
      text: wrapUp.followUp,
      onLabel: t("wrap_up.follow_up_on"),
      on: wrapUp.followUpOn,
      done: desk.followUpId !== null,
    },
    related: relatedView(state, desk, full, t),
    kept:
      desk.keptFields.length > 0
        ? t("wrap_up.kept", { fields: desk.keptFields.map((f) => t(`field.${f}`)).join(", ") })
        : "",
    save: { shown: written && desk.logStale, label: t("ended.save") },
  };
}

/** A result that was chosen stays to be seen, also when the admin has taken it from the list meanwhile. */
function optionsOf(dispositions, chosen) {
  return chosen === "" || dispositions.includes(chosen) ? dispositions : [...dispositions, chosen];
}

/** The record on the screen can be taken for the call: a person for whom it is, anything else for what it is about. */
function relatedView(state, desk, full, t) {
  const { record: onScreen } = state.page;
  const record = recordOf(desk);
  const { related } = desk.wrapUp;
  const known = [record, related].some((one) => one?.id.slice(0, 15) === onScreen?.id.slice(0, 15));
  const asPerson = Boolean(onScreen && isPerson(onScreen));
  const takes = full && onScreen !== null && !known && onScreen.type !== "Task";
  const name = (one) => `${one.name || one.id} (${typeLabel(one.type || "?", t)})`;
  return {
    text: related ? t("wrap_up.about", { record: name(related) }) : "",
    clear: t("wrap_up.about_clear"),
    assign: {
      shown: takes,
      label: takes
        ? t(asPerson || record === null ? "wrap_up.assign" : "wrap_up.relate", { record: name(onScreen) })
        : "",
      as: asPerson || record === null ? "record" : "related",
      record: onScreen,
    },
  };
}

/** Whether the call still has to be finished: the admin wants a result, and there is none. */
export function needsResult(state, call) {
  return lacksResult(state, call, WRITTEN);
}

/** The same from the end of the call on, while its log is still being written. */
export function awaitsResult(state, call) {
  return lacksResult(state, call, WRITTEN_SOON);
}

function lacksResult(state, call, logs) {
  const desk = deskOf(state, call.id);
  const { panel } = state.settings;
  if (panel.wrap_up !== "required" || panel.dispositions.length === 0) return false;
  return call.state === "cleared" && logs.has(desk.log) && desk.wrapUp.disposition === "" && !desk.wrapUp.done;
}
