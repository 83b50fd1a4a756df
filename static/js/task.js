/** The call log: one Salesforce Task for each ended call (fields of the Task object, Salesforce object reference). Pure. */

const CALL_TYPES = Object.freeze({ inbound: "Inbound", outbound: "Outbound", internal: "Internal" });
/** Longest values that the Task fields take, in characters. */
const SUBJECT = 255;
const DESCRIPTION = 32_000;
/** Fields that the agent may still change when the Task is written; all others are facts of the call. */
const CHANGEABLE = Object.freeze(["Subject", "CallDisposition", "Description", "WhoId", "WhatId"]);

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

/**
 * Whether a call belongs into Salesforce: what the agent says, else internal calls do not (unless the admin wants it), one
 * that a colleague took is logged by them, and one that only rang back is part of the call that it was parked from.
 */
export function isLogged(call, { log = null } = {}, logInternal = false) {
  if (call.cause === "answered_elsewhere" || (call.cause === "conferenced" && call.answered_at === null)) return false;
  return log ?? (call.direction !== "internal" || logInternal);
}

/** The party that the agent talks to. */
export function otherParty(call) {
  const party = call.role === "caller" ? call.called : call.caller;
  return party ?? { number: "", name: "" };
}

/**
 * @param {object} call an ended call, as the relay gives it
 * @param {{record?: {id: string, type: string, contactId?: string}|null, notes?: string, wrapUp?: object}} work the record
 *   that the call belongs to, notes of the agent, and their wrap-up (`emptyWrapUp`)
 * @param {ReturnType<import("./i18n.js").createTexts>} texts
 * @param {string} [timeZone] IANA name; none: the browser's
 * @returns {Record<string, string|number>} the `value` of saveLog; empty references are left out
 */
export function buildTask(call, { record = null, notes = "", wrapUp = {} }, texts, timeZone) {
  return {
    entityApiName: "Task",
    Subject: (wrapUp.subject || subject(call, texts, timeZone)).slice(0, SUBJECT),
    Status: "Completed",
    ActivityDate: localDate(call.started_at, timeZone),
    TaskSubtype: "Call",
    CallType: CALL_TYPES[call.direction] ?? CALL_TYPES.inbound,
    CallDurationInSeconds: talkSeconds(call),
    CallObject: call.id,
    CallDisposition: wrapUp.disposition || texts.t(`cause.${call.cause ?? "normal"}`),
    ...references(record, wrapUp.related),
    ...(notes ? { Description: notes.slice(0, DESCRIPTION) } : {}),
  };
}

/** The Task of what is still to be done. Found again by the call's id, as the log is. */
export function buildFollowUp(call, { record = null, wrapUp }) {
  return {
    entityApiName: "Task",
    Subject: wrapUp.followUp.slice(0, SUBJECT),
    Status: "Not Started",
    ...(wrapUp.followUpOn ? { ActivityDate: wrapUp.followUpOn } : {}),
    CallObject: followUpKey(call.id),
    ...references(record, wrapUp.related),
  };
}

/** What the CallObject of a call's follow-up is. */
export const followUpKey = (callId) => `${callId}#follow-up`;

/**
 * What has to be changed in a Task that exists already: only what the agent has set, and nothing that somebody has changed
 * in Salesforce meanwhile; notes go below theirs.
 * @param {Record<string, string|number>} wanted as `buildTask` makes it
 * @param {Record<string, string>|null} wrote the same as this tab wanted it last; null: another one wrote it
 * @param {Record<string, string>|null} found the Task as it is in Salesforce now; null: cannot be known
 * @returns {{changes: Record<string, string>, keptFields: string[]}} `keptFields` stay as somebody else has set them
 */
export function taskChanges(wanted, wrote, found) {
  const changes = {};
  const keptFields = [];
  for (const field of CHANGEABLE) {
    // What another one has written is theirs, where this tab has nothing to say.
    if (wrote === null && !(field in wanted)) continue;
    const mine = wanted[field] ?? "";
    const now = found === null ? (wrote?.[field] ?? "") : (found[field] ?? "");
    const before = wrote === null ? now : (wrote[field] ?? "");
    if (isSame(field, mine, before) || isSame(field, mine, now)) continue;
    if (field === "Description" && found !== null) changes[field] = merged(now, mine, wrote?.Description ?? null);
    else if (isSame(field, now, before)) changes[field] = mine;
    else keptFields.push(field);
  }
  return { changes, keptFields };
}

/** Ids have 15 characters, or 18 of which the last three only check them. */
function isSame(field, one, other) {
  return field.endsWith("Id") ? String(one).slice(0, 15) === String(other).slice(0, 15) : one === other;
}

/** What a tab that has not written the Task itself may change in it: nothing that is only a default. */
export function onlyTouched(task, { notes, wrapUp, chosenByAgent }) {
  const { Subject, CallDisposition, Description, WhoId, WhatId } = task;
  return {
    ...(wrapUp.subject ? { Subject } : {}),
    ...(wrapUp.disposition ? { CallDisposition } : {}),
    ...(notes ? { Description } : {}),
    ...(chosenByAgent && WhoId ? { WhoId } : {}),
    ...((chosenByAgent || wrapUp.related) && WhatId ? { WhatId } : {}),
  };
}

/** Notes of the agent in place of their earlier ones; below what somebody else has written meanwhile. */
function merged(now, mine, before) {
  if (now === (before ?? "") || mine.startsWith(now)) return mine;
  if (before && now.endsWith(before)) return `${now.slice(0, -before.length)}${mine}`.slice(0, DESCRIPTION);
  const added = before && mine.startsWith(before) ? mine.slice(before.length).trimStart() : mine;
  return `${now}\n${added}`.slice(0, DESCRIPTION);
}

function subject(call, texts, timeZone) {
  const party = otherParty(call).number || otherParty(call).name || texts.t("party.withheld");
  const when = `${localDate(call.started_at, timeZone)} ${texts.time(call.started_at, timeZone)}`;
  return texts.t(`task.subject.${call.direction === "outbound" ? "outbound" : "inbound"}`, { party, when });
}

/** People go into WhoId, everything else into WhatId (Task object). A person account is linked by its contact. */
function references(record, related) {
  const who = [record, related].find((one) => one && isPerson(one));
  // A lead stands alone: Salesforce refuses WhatId beside it (Task object, WhatId).
  const isLead = who && (who.type === "Lead" || who.id.startsWith("00Q"));
  const what = isLead ? null : [related, record].find((one) => one && !isPerson(one));
  return {
    ...(who ? { WhoId: who.contactId ?? who.id } : {}),
    ...(what ? { WhatId: what.id } : {}),
  };
}

/** Whether a record may stand in WhoId: contacts, leads, and person accounts by their contact. */
export function isPerson(record) {
  return Boolean(record.contactId) || ["Contact", "Lead"].includes(record.type) || /^(003|00Q)/.test(record.id);
}

/** `2026-11-23` where the agent is. */
function localDate(at, timeZone) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", timeZone };
  const parts = new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(at * 1000));
  const part = (type) => parts.find((candidate) => candidate.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}
