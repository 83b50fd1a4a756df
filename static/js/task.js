/** The call log: one Salesforce Task for each ended call (fields of the Task object, Salesforce object reference). Pure. */

const CALL_TYPES = Object.freeze({ inbound: "Inbound", outbound: "Outbound", internal: "Internal" });
/** Longest values that the Task fields take, in characters. */
const SUBJECT = 255;
const DESCRIPTION = 32_000;

/** Seconds talked; 0 for a call that nobody answered. Never negative: two clocks may disagree. */
export function talkSeconds(call) {
  if (
    call.answered_at === null ||
    call.answered_at === undefined ||
    call.ended_at === null ||
    call.ended_at === undefined
  )
    return 0;
  return Math.max(0, Math.round(call.ended_at - call.answered_at));
}

/** Whether a call belongs into Salesforce: internal calls do not, and one that a colleague took is logged by them. */
export function isLogged(call) {
  return call.direction !== "internal" && call.cause !== "answered_elsewhere";
}

/** The party that the agent talks to. */
export function otherParty(call) {
  const party = call.role === "caller" ? call.called : call.caller;
  return party ?? { number: "", name: "" };
}

/**
 * @param {object} call an ended call, as the relay gives it
 * @param {{record?: {id: string, type: string, contactId?: string}|null, notes?: string, taskId?: string|null}} extra
 *   the record that the call belongs to, notes of the agent, and the Task's id when it is to be changed
 * @param {ReturnType<import("./i18n.js").createTexts>} texts
 * @param {string} [timeZone] IANA name; none: the browser's
 * @returns {Record<string, string|number>} the `value` of saveLog; empty references are left out
 */
export function buildTask(call, { record = null, notes = "", taskId = null }, texts, timeZone) {
  return {
    ...(taskId ? { Id: taskId } : {}),
    entityApiName: "Task",
    Subject: subject(call, texts, timeZone).slice(0, SUBJECT),
    Status: "Completed",
    ActivityDate: localDate(call.started_at, timeZone),
    TaskSubtype: "Call",
    CallType: CALL_TYPES[call.direction] ?? CALL_TYPES.inbound,
    CallDurationInSeconds: talkSeconds(call),
    CallObject: call.id,
    CallDisposition: texts.t(`cause.${call.cause ?? "normal"}`),
    ...reference(record),
    // A change may empty the notes; a new Task without notes does not need the field.
    ...(notes || taskId ? { Description: notes.slice(0, DESCRIPTION) } : {}),
  };
}

function subject(call, texts, timeZone) {
  const party = otherParty(call).number || otherParty(call).name || texts.t("party.withheld");
  const when = `${localDate(call.started_at, timeZone)} ${texts.time(call.started_at, timeZone)}`;
  return texts.t(`task.subject.${call.direction === "outbound" ? "outbound" : "inbound"}`, { party, when });
}

/** People go into WhoId, everything else into WhatId (Task object). A person account is linked by its contact. */
function reference(record) {
  if (!record?.id) return {};
  if (record.contactId) return { WhoId: record.contactId };
  const person = ["Contact", "Lead"].includes(record.type) || /^(003|00Q)/.test(record.id);
  return person ? { WhoId: record.id } : { WhatId: record.id };
}

/** `2026-11-23` where the agent is. */
function localDate(at, timeZone) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", timeZone };
  const parts = new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(at * 1000));
  const part = (type) => parts.find((candidate) => candidate.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}
