/** What the agent writes about a call and chooses for it: how the page holds it, and how the relay keeps it. Pure. */

import { deskOf, emptyWrapUp, withDesk } from "./desk.js";

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

/**
 * Work of another tab, of this one before a reload, or of the colleague who has transferred the call; never over what is
 * being written here now.
 */
export function takeWork(state, { work }) {
  const desk = deskOf(state, work.call);
  const told = { ...workOf(state, work.call), ...emptyWork(work.call), ...work };
  const key = workKey(told);
  const mine = workKey(workOf(state, work.call));
  if (key === desk.workKept) return state;
  if (mine !== desk.workKept && !isUntouched(desk)) return withDesk(state, work.call, { workKept: key });
  const record = recordFrom(told.record);
  return withDesk(state, work.call, {
    workKept: key,
    notes: told.notes,
    wrapUp: {
      subject: told.subject,
      disposition: told.disposition,
      followUp: told.follow_up,
      followUpOn: told.follow_up_on,
      related: recordFrom(told.related),
      log: told.log,
      done: told.done,
    },
    ...(record ? withRecord(desk, record) : {}),
  });
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

function emptyWork(call) {
  const { related, log, done, subject, disposition } = emptyWrapUp;
  return { call, notes: "", record: null, related, subject, disposition, follow_up: "", follow_up_on: "", log, done };
}

/** Nothing but a single match of the search is known here. */
function isUntouched(desk) {
  return desk.notes === "" && !desk.chosenByAgent && desk.wrapUp === emptyWrapUp;
}
