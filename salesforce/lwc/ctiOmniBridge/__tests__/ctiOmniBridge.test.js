import { createElement } from "lwc";
import { APPLICATION_SCOPE, publish, subscribe, unsubscribe } from "lightning/messageService";
import statuses from "@salesforce/apex/CtiOmniChannel.statuses";
import CTI_PRESENCE from "@salesforce/messageChannel/CtiPresence__c";
import CtiOmniBridge from "c/ctiOmniBridge";

jest.mock("@salesforce/apex/CtiOmniChannel.statuses", () => ({ default: jest.fn() }), { virtual: true });

const BREAK = { name: "Break", id: "0N5000000000001" };
const BUSY = { name: "Busy_Call", id: "0N5000000000002" };

/** The component in a page, as Aura holds it: `asked` is what it wants Omni-Channel to do. */
function inPage() {
  const bridge = createElement("c-cti-omni-bridge", { is: CtiOmniBridge });
  const asked = [];
  for (const name of ["askstatus", "setstatus", "logout"])
    bridge.addEventListener(name, ({ detail }) => asked.push([name, detail ?? null]));
  document.body.appendChild(bridge);
  const [, channel, heard, options] = subscribe.mock.calls.at(-1);
  return { bridge, asked, heard, channel, options };
}

const told = () => publish.mock.calls.map(([, , message]) => message);

describe("c-cti-omni-bridge", () => {
  beforeEach(() => {
    publish.mockClear();
    subscribe.mockClear().mockReturnValue({ id: "subscription" });
    unsubscribe.mockClear();
    statuses.mockReset().mockResolvedValue([BREAK, BUSY]);
  });

  afterEach(() => document.body.replaceChildren());

  it("listens to its channel in the whole application, and asks how things stand", () => {
    const { asked, channel, options } = inPage();
    expect(channel).toBe(CTI_PRESENCE);
    expect(options).toEqual({ scope: APPLICATION_SCOPE });
    expect(asked).toEqual([["askstatus", null]]);
  });

  it("listens no longer once it is gone", () => {
    inPage().bridge.remove();
    expect(unsubscribe).toHaveBeenCalledWith({ id: "subscription" });
  });

  it.each([
    ["OmniManualStatusChange", true],
    ["OmniSupervisorStatusChange", true],
    ["OmniPushTimeout", true],
    ["OmniToolkitStatusChange", false],
    ["", false],
  ])("tells a status; whether a person did it shows by the reason %p", (reason, byPerson) => {
    inPage().bridge.told("Break", reason);
    expect(told()).toEqual([{ type: "status", status: "Break", byPerson }]);
  });

  it("tells of a logout by an empty status", () => {
    inPage().bridge.told(undefined, "OmniManualStatusChange");
    expect(told()).toEqual([{ type: "status", status: "", byPerson: true }]);
  });

  it("sets a status by its id, which is looked up once", async () => {
    const { asked, heard } = inPage();
    await heard({ type: "set_status", status: "Break" });
    await heard({ type: "set_status", status: "Busy_Call" });
    expect(asked.slice(1)).toEqual([
      ["setstatus", { status: "Break", statusId: BREAK.id }],
      ["setstatus", { status: "Busy_Call", statusId: BUSY.id }],
    ]);
    expect(statuses).toHaveBeenCalledTimes(1);
  });

  it("leaves alone what is in force already", async () => {
    const { bridge, asked, heard } = inPage();
    bridge.told("Break", "OmniManualStatusChange");
    await heard({ type: "set_status", status: "Break" });
    expect(asked).toEqual([["askstatus", null]]);
  });

  it("logs out for an empty status", async () => {
    const { bridge, asked, heard } = inPage();
    bridge.told("Break", "");
    await heard({ type: "set_status", status: "" });
    expect(asked.at(-1)).toEqual(["logout", null]);
  });

  it("says that a status does not exist, or is not allowed", async () => {
    const { bridge, heard } = inPage();
    await heard({ type: "set_status", status: "Nowhere" });
    bridge.refused("Break");
    expect(told()).toEqual([
      { type: "refused", status: "Nowhere", reason: "unknown_status" },
      { type: "refused", status: "Break", reason: "not_allowed" },
    ]);
  });

  it("asks for the statuses anew when Salesforce did not answer", async () => {
    const { asked, heard } = inPage();
    statuses.mockRejectedValueOnce(new Error("no answer"));
    await heard({ type: "set_status", status: "Break" });
    await heard({ type: "set_status", status: "Break" });
    expect(asked.at(-1)).toEqual(["setstatus", { status: "Break", statusId: BREAK.id }]);
  });

  it("answers the softphone's question, and hears nothing else", async () => {
    const { asked, heard } = inPage();
    await heard({ type: "ask_status" });
    await heard({ type: "status", status: "Break", byPerson: true });
    await heard(null);
    expect(asked).toEqual([
      ["askstatus", null],
      ["askstatus", null],
    ]);
    expect(told()).toEqual([]);
  });
});
