/** The component between softphone and Omni-Channel: what it tells, what it sets, and what it does not. */

import { createElement } from "lwc";
import { publish, subscribe, unsubscribe } from "lightning/messageService";
import statuses from "@salesforce/apex/CtiOmniChannel.statuses";
import CtiOmniBridge from "c/ctiOmniBridge";

jest.mock("@salesforce/apex/CtiOmniChannel.statuses", () => ({ default: jest.fn() }), { virtual: true });

const AVAILABLE = { id: "0N5000000000001AAA", name: "Available", label: "Frei" };
const BUSY = { id: "0N5000000000002AAA", name: "Busy_Call", label: "Im Gespräch" };
const KNOWN = [AVAILABLE, BUSY];

const changed = ({ id, name, label }, reason) => ({ statusId: id, statusApiName: name, statusName: label, reason });
const told = ({ name, label }, byPerson) => ({ type: "status", status: name, statusLabel: label, byPerson });
const published = () => publish.mock.calls.map(([, , message]) => message);
const settled = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

/** The component in the page; `omni` answers as Omni-Channel would, as soon as `answers` lets it. */
function bridge({ status = AVAILABLE, answers = (set) => set.accept() } = {}) {
  const element = createElement("c-cti-omni-bridge", { is: CtiOmniBridge });
  const asked = [];
  element.addEventListener("askstatus", () =>
    element.statusIs(status && { statusId: status.id, statusApiName: status.name, statusName: status.label }),
  );
  element.addEventListener("setstatus", ({ detail: { statusId } }) => {
    asked.push(statusId);
    answers({ accept: () => element.statusSet(statusId), refuse: () => element.statusRefused(statusId), statusId });
  });
  document.body.appendChild(element);
  const [, , listener] = subscribe.mock.calls.at(-1);
  return { element, asked, say: listener };
}

beforeEach(() => {
  statuses.mockResolvedValue(KNOWN);
});

afterEach(() => {
  document.body.replaceChildren();
  jest.clearAllMocks();
  jest.useRealTimers();
});

test("it tells the status at its start and whenever it is asked, also in other parts of the app", () => {
  const { say } = bridge();
  say({ type: "ask_status" });
  expect(published()).toEqual([told(AVAILABLE, false), told(AVAILABLE, false)]);
  expect(subscribe.mock.calls[0][3].scope).toBeDefined();
});

test("whoever is logged out has no status", () => {
  bridge({ status: null });
  expect(published()).toEqual([told({ name: "", label: "" }, false)]);
});

test.each([
  "OmniManualStatusChange",
  "OmniSupervisorStatusChange",
  "OmniPushTimeout",
  "OmniDeclineWork",
  "OmniLoginStatusChange",
])("%s is the doing of somebody else", (reason) => {
  const { element } = bridge();
  element.statusChanged(changed(BUSY, reason));
  expect(published().at(-1)).toEqual(told(BUSY, true));
});

test("what the softphone asks for is set and told once, not as a person's doing", async () => {
  const { element, asked, say } = bridge({
    answers({ accept }) {
      element.statusChanged(changed(BUSY, "OmniToolkitStatusChange"));
      accept();
    },
  });
  say({ type: "set_status", status: "Busy_Call" });
  await settled();
  expect(asked).toEqual([BUSY.id]);
  expect(published().slice(1)).toEqual([told(BUSY, false)]);
  await settled();
  expect(element.shadowRoot.textContent).toBe("Im Gespräch");
});

test("an older release gives no reason: what was asked for is known all the same", async () => {
  const { element, say } = bridge();
  say({ type: "set_status", status: "Busy_Call" });
  await settled();
  element.statusChanged({ ...changed(BUSY), statusId: BUSY.id.slice(0, 15) });
  expect(published().at(-1)).toEqual(told(BUSY, false));
  element.statusChanged(changed(AVAILABLE));
  expect(published().at(-1)).toEqual(told(AVAILABLE, true));
  element.statusChanged(changed(BUSY));
  expect(published().at(-1)).toEqual(told(BUSY, true));
});

test("a status in force is not set again, but told", async () => {
  const { asked, say } = bridge();
  say({ type: "set_status", status: "Available" });
  await settled();
  expect(asked).toEqual([]);
  expect(published().slice(1)).toEqual([told(AVAILABLE, false)]);
});

test("whoever is logged out is not logged in", async () => {
  const { asked, say } = bridge({ status: null });
  say({ type: "set_status", status: "Available" });
  await settled();
  expect(asked).toEqual([]);
  expect(published().at(-1)).toEqual(told({ name: "", label: "" }, false));
});

test("one after the other; of those that wait the last one counts", async () => {
  const waiting = [];
  const { asked, say } = bridge({ answers: (set) => waiting.push(set) });
  for (const status of ["Busy_Call", "Nowhere", "Available", "Busy_Call", "Available"])
    say({ type: "set_status", status });
  await settled();
  expect(asked).toEqual([BUSY.id]);
  waiting.shift().accept();
  await settled();
  expect(asked).toEqual([BUSY.id, AVAILABLE.id]);
  waiting.shift().accept();
  await settled();
  expect(published().slice(1)).toEqual([told(BUSY, false), told(AVAILABLE, false)]);
});

test("what cannot be set is refused with the reason, and the next one is set", async () => {
  const { asked, say } = bridge({
    answers: ({ statusId, accept, refuse }) => (statusId === BUSY.id ? refuse() : accept()),
  });
  say({ type: "set_status", status: "Lunch" });
  await settled();
  say({ type: "set_status", status: "Busy_Call" });
  await settled();
  statuses.mockRejectedValueOnce(new Error("no access to the class"));
  say({ type: "set_status", status: "Busy_Call" });
  await settled();
  expect(published().slice(1)).toEqual([
    { type: "refused", status: "Lunch", reason: "unknown" },
    { type: "refused", status: "Busy_Call", reason: "refused" },
    { type: "refused", status: "Busy_Call", reason: "refused" },
  ]);
  expect(asked).toEqual([BUSY.id]);
});

test("no answer is a refusal, and a late one does not count for the next status", async () => {
  jest.useFakeTimers();
  const late = [];
  const { element, say } = bridge({ answers: (set) => late.push(set) });
  say({ type: "set_status", status: "Busy_Call" });
  await settled();
  jest.advanceTimersByTime(10_000);
  await settled();
  expect(published().at(-1)).toEqual({ type: "refused", status: "Busy_Call", reason: "refused" });
  element.statusChanged(changed(BUSY, "OmniManualStatusChange"));
  say({ type: "set_status", status: "Available" });
  await settled();
  late[0].accept();
  await settled();
  expect(published().at(-1)).toEqual(told(BUSY, true));
  late[1].accept();
  await settled();
  expect(published().at(-1)).toEqual(told(AVAILABLE, false));
});

test("logging out counts, but not when Omni-Channel only moves to another tab", () => {
  const { element } = bridge();
  element.loggedOut("OmniSupervisorLogout");
  expect(published().at(-1)).toEqual(told({ name: "", label: "" }, true));
  element.loggedOut("DuplicateLoginInSameBrowser");
  expect(published().at(-1)).toEqual(told({ name: "", label: "" }, false));
  element.loggedOut(undefined);
  expect(published().at(-1)).toEqual(told({ name: "", label: "" }, true));
});

test("messages that mean nothing here, and those that come back, change nothing", async () => {
  const { asked, say } = bridge();
  for (const message of [null, {}, { type: "set_status" }, told(BUSY, true), { type: "refused", status: "Busy_Call" }])
    say(message);
  await settled();
  expect(asked).toEqual([]);
  expect(published()).toHaveLength(1);
});

test("it stops listening when it goes", () => {
  const { element } = bridge();
  element.remove();
  expect(unsubscribe).toHaveBeenCalledTimes(1);
});
