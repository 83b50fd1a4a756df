/** What the agent writes about a call and chooses for it: how the page holds it, and how the relay keeps it. Pure. */

import { deskOf, emptyWork, withDesk } from "./desk.js";

const FIELDS = Object.freeze(Object.keys(emptyWork));

/** The record that the call belongs to, with its name; null: none. */
export function recordOf(desk) {
  return desk.records.find((record) => record.id === desk.chosen) ?? null;
}

/** As `POST /v1/work` takes it. */
export function workOf(state, callId) {
  const desk = deskOf(state, callId);
  const { subject, disposition, followUp, followUpOn, related, log, done } = desk.wrapUp;
  return {
    call: callId,
    notes: desk.notes,
    record: reference(recordOf(desk)),
    related: reference(related),
    subject,
    disposition,
    follow_up: followUp,
    follow_up_on: followUpOn,
    log,
    done,
  };
}

/** One text that is the same for the same work. */
export function workKey(work) {
  return JSON.stringify(work);
}

function reference(record) {
  if (!record || !/^[A-Za-z0-9]{15,18}$/.test(record.id)) return null;
  const { id, type = "", name = "", contactId = "" } = record;
  return { id, type: type.slice(0, 80), name: name.slice(0, 255), contact_id: contactId };
}

function recordFrom(told) {
  if (!told) return null;
  const { id, type = "", name = "", contact_id: contactId = "" } = told;
  return { id, type, name, ...(contactId ? { contactId } : {}) };
}

/** What the relay does not have yet, field by field, as `POST /v1/work` takes it; null: nothing. */
export function unsent(state, callId) {
  const { workKept } = deskOf(state, callId);
  const work = workOf(state, callId);
  const fields = FIELDS.filter((field) => !isSame(work[field], workKept[field]));
  return fields.length === 0 ? null : { call: callId, ...pick(work, fields) };
}

/**
 * Work of another tab, of this one before a reload, or of the colleague who has transferred the call. Each field by itself:
 * what was written here and is not sent yet stays.
 */
export function takeWork(state, { work }) {
  const desk = deskOf(state, work.call);
  const told = { ...emptyWork, ...pick(work, Object.keys(work)) };
  const mine = workOf(state, work.call);
  const isNewer = (field) => !isSame(mine[field], desk.workKept[field]) && !isGuess(field, desk, told);
  const { notes, record, related, log, done, ...texts } = pick(
    { ...told, ...pick(mine, FIELDS.filter(isNewer)) },
    FIELDS,
  );
  return withDesk(state, work.call, {
    workKept: told,
    notes,
    wrapUp: {
      subject: texts.subject,
      disposition: texts.disposition,
      followUp: texts.follow_up,
      followUpOn: texts.follow_up_on,
      related: recordFrom(related),
      log,
      done,
    },
    ...(told.record && isSame(record, told.record) ? withRecord(desk, recordFrom(record)) : {}),
  });
}

/** The only match of a search gives way to what somebody knows. */
function isGuess(field, desk, told) {
  return field === "record" && !desk.chosenByAgent && told.record !== null;
}

const isSame = (one, other) => workKey(one) === workKey(other);

function pick(work, fields) {
  return Object.fromEntries(fields.filter((field) => FIELDS.includes(field)).map((field) => [field, work[field]]));
}

/** The record is chosen, and listed if it was not. */
export function withRecord(desk, record) {
  const listed = desk.records.some(({ id }) => id === record.id);
  return {
    records: listed ? desk.records : [record, ...desk.records],
    chosen: record.id,
    chosenByAgent: true,
    probable: false,
    remembered: false,
    lookup: "found",
  };
}
