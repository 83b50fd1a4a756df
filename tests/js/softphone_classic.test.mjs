/** Classic behind promises: JSON text in answers, `false` for what did not work, addresses for everything that opens. */

import assert from "node:assert/strict";
import test from "node:test";

import { createStandaloneHost } from "../../static/js/host_standalone.js";
import { createClassicHost } from "../../static/js/salesforce/classic.js";
import { addressOf, isEditor, popDataOf } from "../../static/js/salesforce/classic_address.js";

/** `sforce.interaction` that answers as told: method -> answer, or a function of the arguments; "silence" never does. */
function interactionOf(answers = {}) {
  const made = [];
  const listeners = {};
  const method =
    (name) =>
    (...values) => {
      const callback = values.pop();
      made.push([name, ...values]);
      const told = answers[name] ?? { result: true };
      if (told !== "silence") setImmediate(() => callback(typeof told === "function" ? told(...values) : told));
    };
  const listen = (name) => (listener) => {
    listeners[name] = listener;
  };
  const names = ["getPageInfo", "isInConsole", "refreshPage", "runApex", "saveLog", "screenPop", "setVisible"];
  const interaction = {
    ...Object.fromEntries([...names, "searchAndGetScreenPopUrl"].map((name) => [name, method(name)])),
    onFocus: listen("onFocus"),
    cti: {
      getCallCenterSettings: method("getCallCenterSettings"),
      enableClickToDial: method("enableClickToDial"),
      disableClickToDial: method("disableClickToDial"),
      onClickToDial: listen("onClickToDial"),
      notifyInitializationComplete: () => made.push(["notifyInitializationComplete"]),
    },
  };
  return { interaction, made, listeners, host: createClassicHost(interaction, 50) };
}

test("settings, who is signed in and the page that is open come as JSON text", async () => {
  const { host } = interactionOf({
    getCallCenterSettings: { result: '{"/reqDialingOptions/reqOutsidePrefix":"0","/reqDialingOptions/label":"x"}' },
    runApex: { result: '{"username":"alice@acme.example"}' },
    getPageInfo: {
      result: '{"url":"https://a.my.salesforce.com/003A/e","objectId":"003A","objectName":"Erika","object":"Contact"}',
    },
  });
  assert.deepEqual(await host.settings(), { "/reqDialingOptions/reqOutsidePrefix": "0" });
  assert.equal((await host.identity()).username, "alice@acme.example");
  assert.deepEqual((await host.page()).record, { id: "003A", name: "Erika", type: "Contact" });
});

test("a click and a step to another page arrive as they do from Lightning", () => {
  const { host, listeners } = interactionOf();
  const heard = [];
  host.onClickToDial((click) => heard.push(click));
  host.onNavigation((page) => heard.push(page));
  listeners.onClickToDial({
    result: '{"number":"+49 30 111222","objectId":"003A","objectName":"E","object":"Contact"}',
  });
  listeners.onClickToDial({ result: '{"number":""}' });
  listeners.onFocus({ result: '{"url":"/003000000000001/e?retURL=x","objectId":"","objectName":"","object":""}' });
  listeners.onFocus({ result: "not JSON" });
  assert.deepEqual(heard, [
    { number: "+49 30 111222", record: { id: "003A", name: "E", type: "Contact" } },
    { record: null, editing: true },
    { record: null, editing: false },
  ]);
});

test("a search tells the records and what the layout would open, and opens nothing", async () => {
  const found = { "003A": { Name: "Erika", object: "Contact", displayName: "Contact" } };
  const { host, made } = interactionOf({
    searchAndGetScreenPopUrl: (key) => ({
      result: JSON.stringify(key === "030111" ? { ...found, screenPopUrl: "/003A" } : { screenPopUrl: "/003/e" }),
    }),
  });
  const { records } = await host.search(["+4930111", "030111"], "inbound");
  assert.deepEqual(records, [{ id: "003A", name: "Erika", type: "Contact" }]);
  assert.deepEqual(made, [
    ["searchAndGetScreenPopUrl", "+4930111", "", "inbound"],
    ["searchAndGetScreenPopUrl", "030111", "", "inbound"],
  ]);
  const { popData } = await host.search(["nobody"], "inbound");
  assert.deepEqual(popData, { type: "newRecord", params: { entityName: "Contact" } });
});

test("everything that opens has an address; a custom object's form has none that could be known", async () => {
  const cases = [
    [{ recordId: "003000000000001" }, "/003000000000001"],
    [{ newRecord: "Lead", defaults: { Phone: "+49 30" } }, "/00Q/e?lea8=%2B49%2030"],
    [{ newRecord: "Case", defaults: { SuppliedPhone: "+4930" } }, "/500/e"],
    [{ home: "Account" }, "/001/o"],
    [{ flow: "Welcome", values: [{ name: "caller", type: "String", value: "+49" }] }, "/flow/Welcome?caller=%2B49"],
    [{ search: "Muster & Co" }, "/_ui/search/ui/UnifiedSearchResults?str=Muster%20%26%20Co"],
    [{ popData: { type: "url", params: { url: "/apex/Caller" } } }, "/apex/Caller"],
  ];
  for (const [target, address] of cases) assert.equal(addressOf(target), address);
  assert.equal(addressOf({ newRecord: "Ticket__c", defaults: {} }), null);
  const { host, made } = interactionOf();
  await host.pop({ recordId: "003000000000001" });
  assert.deepEqual(made, [["screenPop", "/003000000000001", true]]);
  await assert.rejects(host.pop({ home: "Ticket__c" }), { code: "UNAVAILABLE" });
});

test("what a search would open is told apart by its address", () => {
  assert.equal(popDataOf(""), null);
  assert.equal(popDataOf("https://a.my.salesforce.com/003000000000001AAA").type, "sobject");
  assert.equal(popDataOf("/_ui/search/ui/UnifiedSearchResults?str=1").type, "search");
  assert.deepEqual(popDataOf("/apex/Caller?id=1"), { type: "url", params: { url: "/apex/Caller?id=1" } });
  assert.deepEqual(
    [
      "/003/e?con10=1",
      "/003000000000001/e",
      "/003000000000001AAA/e?retURL=%2F",
      "/003000000000001",
      "/home/home.jsp",
    ].map(isEditor),
    [true, true, true, false, false],
  );
});

test("a log is written as a query string, spaces as %20, and a change names its record", async () => {
  const { host, made } = interactionOf({
    saveLog: (_, text) => ({ result: true, ...(text.includes("Id=") ? {} : { id: "00T1" }) }),
  });
  assert.equal(await host.saveLog({ entityApiName: "Task", Subject: "Call A&B", CallDurationInSeconds: 5 }), "00T1");
  assert.equal(await host.saveLog({ Id: "00T1", Description: "ä" }), "00T1");
  assert.deepEqual(made, [
    ["saveLog", "Task", "Subject=Call%20A%26B&CallDurationInSeconds=5"],
    ["saveLog", "Task", "Id=00T1&Description=%C3%A4"],
  ]);
});

test("the page is drawn anew and the panel shown in the console only: elsewhere a refresh would load the softphone", async () => {
  const outside = interactionOf({ isInConsole: { result: false } });
  await outside.host.refresh();
  assert.deepEqual(outside.made, [["isInConsole"]]);
  const inside = interactionOf();
  await inside.host.refresh();
  await inside.host.refresh();
  assert.deepEqual(inside.made, [["isInConsole"], ["refreshPage"], ["refreshPage"]]);
});

test("what goes wrong is an error with a code, and silence ends", async () => {
  const { host } = interactionOf({
    saveLog: { result: false, error: "INVALID_FIELD" },
    screenPop: { result: false },
    getPageInfo: "silence",
    runApex: { error: "no class" },
  });
  await assert.rejects(host.saveLog({}), { code: "GENERIC_ERROR", message: "INVALID_FIELD" });
  await assert.rejects(host.pop({ recordId: "003A" }), { code: "GENERIC_ERROR", message: "screenPop failed" });
  await assert.rejects(host.page(), { code: "TIMEOUT" });
  assert.equal(await host.identity(), null);
  await assert.rejects(host.findLog("c1"), { code: "GENERIC_ERROR" });
});

test("Classic offers what a page alone does", () => {
  assert.deepEqual(Object.keys(interactionOf().host).sort(), Object.keys(createStandaloneHost()).sort());
});
