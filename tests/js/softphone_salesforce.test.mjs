/** Lightning behind promises: both shapes of errors, silence, a script that throws, payloads old and new. */

import assert from "node:assert/strict";
import test from "node:test";

import { createStandaloneHost } from "../../static/js/host_standalone.js";
import { connectSalesforce } from "../../static/js/host.js";
import { valueKeys } from "../../static/js/salesforce/call_center_settings.js";
import { salesforceFrame } from "../../static/js/salesforce/frame.js";
import { createLightningHost } from "../../static/js/salesforce/lightning.js";

/** `sforce.opencti` that answers as told: method -> response, or a function of the arguments; "silence" never answers. */
class Opencti {
  constructor(answers = {}) {
    this.answers = answers;
    this.made = [];
    this.listeners = {};
    const methods = [
      "enableClickToDial",
      "disableClickToDial",
      "getCallCenterSettings",
      "searchAndScreenPop",
      "screenPop",
      "saveLog",
      "runApex",
      "refreshView",
      "setSoftphonePanelVisibility",
      "setSoftphoneItemLabel",
      "setSoftphoneItemIcon",
      "notifyInitializationComplete",
    ];
    for (const method of methods) this[method] = (fields) => this.#call(method, fields);
    for (const event of ["onClickToDial", "onNavigationChange"]) {
      this[event] = ({ listener }) => (this.listeners[event] = [...(this.listeners[event] ?? []), listener]);
    }
  }

  #call(method, { callback, ...fields }) {
    this.made.push([method, fields]);
    const told = this.answers[method] ?? { success: true, returnValue: null, errors: null };
    if (told === "silence") return;
    const response = typeof told === "function" ? told(fields) : told;
    setImmediate(() => callback(response));
  }
}

const good = (returnValue) => ({ success: true, returnValue, errors: null });
const host = (answers, limitMs) => {
  const opencti = new Opencti(answers);
  return { opencti, host: createLightningHost(opencti, limitMs) };
};
const location = (search, protocol = "https:") => ({ search, protocol });
const framed = (origin, mode = "Lightning") =>
  `?mode=${mode}&sfdcIframeOrigin=${encodeURIComponent(origin)}&nonce=1&clc=0`;

for (const [origin, demo, protocol, expected] of [
  ["https://acme.lightning.force.com", false, "https:", null],
  ["https://acme.my.salesforce.com", false, "https:", null],
  ["https://acme.vf.force.com", false, "https:", null],
  ["https://acme.my-lightning.com", false, "https:", null],
  ["https://acme.salesforce.mil", false, "https:", null],
  ["http://acme.lightning.localhost.force.com:6109", false, "http:", null],
  ["http://acme.lightning.localhost:8080", true, "http:", null],
  ["http://acme.lightning.localhost:8080", false, "http:", "foreign_origin"],
  ["http://localhost:8080", true, "http:", "foreign_origin"],
  ["https://acme.lightning.force.com/", false, "https:", "foreign_origin"],
  ["https://force.com.evil.example", false, "https:", "foreign_origin"],
  ["https://evil.example?.force.com", false, "https:", "foreign_origin"],
  ["https://evil.example#.force.com", false, "https:", "foreign_origin"],
  ["https://evil.example/x.force.com", false, "https:", "foreign_origin"],
  ["https://user@acme.lightning.force.com", false, "https:", "foreign_origin"],
  ["https://evilforce.com", false, "https:", "foreign_origin"],
  ["javascript:alert(1)//.force.com", false, "https:", "foreign_origin"],
  ["https://acme.lightning.force.com", false, "http:", "protocol_differs"],
  ["http://acme.lightning.force.com", false, "https:", "protocol_differs"],
]) {
  test(`the script ${expected ? "is not" : "is"} loaded from ${origin} by a page of ${protocol}${demo ? " in the demonstration" : ""}`, () => {
    assert.deepEqual(salesforceFrame(location(framed(origin), protocol), demo), {
      ui: "lightning",
      ...(expected ? { origin: null, problem: expected } : { origin, problem: null }),
    });
  });
}

test("a page opened alone has no host and no problem; one with half the parameters has a problem", () => {
  assert.deepEqual(salesforceFrame(location(""), true), { ui: null, origin: null, problem: null });
  const half = "?sfdcIframeOrigin=https%3A%2F%2Fa.lightning.force.com";
  assert.equal(salesforceFrame(location(half), false).problem, "mode_missing");
  const classic = "?sfdcIFrameOrigin=https%3A%2F%2Fa.my.salesforce.com";
  assert.equal(salesforceFrame(location(classic), false).problem, "nonce_missing");
  assert.deepEqual(salesforceFrame(location(`${classic}&nonce=1&mode=Classic`), false), {
    ui: "classic",
    origin: "https://a.my.salesforce.com",
    problem: null,
  });
});

for (const [name, response, code, message] of [
  [
    "errors as a list",
    { success: false, errors: [{ code: "SERVER_ERROR", description: "down" }] },
    "SERVER_ERROR",
    /down/,
  ],
  [
    "error as a list",
    { success: false, error: [{ code: "INVALID_PARAM", description: "bad" }] },
    "INVALID_PARAM",
    /bad/,
  ],
  [
    "error as one object",
    { success: false, error: { code: "GENERIC_ERROR", description: "no" } },
    "GENERIC_ERROR",
    /no/,
  ],
  ["error as a text", { success: false, error: "broken" }, "GENERIC_ERROR", /broken/],
  [
    "details of saveLog",
    {
      success: false,
      errors: [{ code: "GENERIC_ERROR", description: "see", details: [{ message: "Subject too long" }] }],
    },
    "GENERIC_ERROR",
    /see Subject too long/,
  ],
  ["no reason at all", { success: false }, "GENERIC_ERROR", /saveLog failed/],
  ["no response at all", undefined, "GENERIC_ERROR", /saveLog failed/],
]) {
  test(`a failure with ${name} becomes one error`, async () => {
    const { host: lightning } = host({ saveLog: () => response });
    await assert.rejects(lightning.saveLog({ Subject: "x" }), { name: "HostError", code, message });
  });
}

test("silence ends after the limit, a refusal of the script at once", async () => {
  const { host: silent } = host({ saveLog: "silence" }, 5);
  await assert.rejects(silent.saveLog({}), { code: "TIMEOUT" });
  const { opencti, host: strict } = host();
  opencti.saveLog = () => {
    throw new Error("Missing the required argument `value object`!");
  };
  await assert.rejects(strict.saveLog({}), { code: "REFUSED_BY_SCRIPT" });
  delete opencti.screenPop;
  opencti.screenPop = undefined;
  await assert.rejects(strict.pop({ recordId: "1" }), { code: "REFUSED_BY_SCRIPT" });
});

test("who is signed in: JSON text and object; everything else is null", async () => {
  const who = (response) => host({ runApex: response }).host.identity();
  assert.equal(
    (await who(good({ runApex: '{"username":"alice@acme.example","userId":"005"}' }))).username,
    "alice@acme.example",
  );
  assert.equal((await who(good({ runApex: { username: "bob" } }))).username, "bob");
  for (const wrong of [
    good({ runApex: "not json" }),
    good({ runApex: "{}" }),
    good({}),
    good(null),
    { success: false, errors: [{ code: "SERVER_ERROR" }] },
  ]) {
    assert.equal(await who(wrong), null);
  }
  const { opencti, host: lightning } = host();
  await lightning.identity();
  assert.deepEqual(opencti.made[0], ["runApex", { apexClass: "CtiIdentity", methodName: "whoAmI", methodParams: "" }]);
});

test("settings are the value keys only, as texts", () => {
  assert.deepEqual(
    valueKeys({
      "/label": "Center",
      "/displayNameLabel": "x",
      "/internalNameLabel": "y",
      "/reqDialingOptions/label": "Dial",
      "/reqDialingOptions/sortOrder": "1.0",
      "/reqDialingOptions/reqOutsidePrefix": "0",
      "/reqDialingOptions/reqOutsidePrefix/label": "z",
      "/reqDialingOptions/reqOutsidePrefix/sortOrder": "0.0",
      "/reqGeneralInfo/reqSoftphoneWidth": 400,
      "/reqGeneralInfo/empty": null,
      reqInternalName: "n",
    }),
    { "/reqDialingOptions/reqOutsidePrefix": "0", "/reqGeneralInfo/reqSoftphoneWidth": "400" },
  );
  assert.deepEqual(valueKeys(null), {});
});

test("a click: number as text or number, old form with returnValue, person account; without a number nothing", () => {
  const { opencti, host: lightning } = host();
  const clicks = [];
  lightning.onClickToDial((click) => clicks.push(click));
  const [fire] = opencti.listeners.onClickToDial;
  for (const payload of [
    { number: 49891234567 },
    { number: " 089 ", recordId: "003A", recordName: "Anna", objectType: "Contact" },
    { returnValue: { number: "1" } },
    { number: "2", recordId: "001P", recordName: "Pia", objectType: "Account", contactId: "003P" },
    { number: "" },
    {},
    null,
    undefined,
  ])
    fire(payload);
  assert.deepEqual(clicks, [
    { number: "49891234567", record: null },
    { number: "089", record: { id: "003A", name: "Anna", type: "Contact" } },
    { number: "1", record: null },
    { number: "2", record: { id: "001P", name: "Pia", type: "Account", contactId: "003P" } },
  ]);
});

test("the script is given one listener for good", () => {
  const { opencti, host: lightning } = host();
  const heard = [];
  lightning.onClickToDial(() => heard.push("first"));
  lightning.onClickToDial(() => heard.push("second"));
  assert.equal(opencti.listeners.onClickToDial.length, 1);
  opencti.listeners.onClickToDial[0]({ number: "1" });
  assert.deepEqual(heard, ["second"]);
  lightning.onNavigation((page) => heard.push(page));
  opencti.listeners.onNavigationChange[0]({ url: "/x", recordId: "001A", recordName: "Acme", objectType: "Account" });
  opencti.listeners.onNavigationChange[0]({ url: "/lightning/r/Contact/003A/edit?count=1" });
  assert.deepEqual(heard.slice(1), [
    { record: { id: "001A", name: "Acme", type: "Account" }, editing: false },
    { record: null, editing: true },
  ]);
});

test("a search tries its keys in order until one matches, and opens nothing", async () => {
  const POP = { type: "search", params: { searchString: "x" } };
  const hit = {
    "003A": { Id: "003A", Name: "Anna", RecordType: "Contact", Phone: "1" },
    "001P": { Name: "Pia", RecordType: "Account", PersonContactId: "003P" },
    SCREEN_POP_DATA: POP,
  };
  const { opencti, host: lightning } = host({
    searchAndScreenPop: ({ searchParams }) => good(searchParams === "second" ? hit : { SCREEN_POP_DATA: POP }),
  });
  const found = await lightning.search(["first", "second", "third"], "inbound");
  assert.deepEqual(found, {
    records: [
      { id: "003A", name: "Anna", type: "Contact" },
      { id: "001P", name: "Pia", type: "Account", contactId: "003P" },
    ],
    popData: POP,
  });
  assert.deepEqual(
    opencti.made.map(([, fields]) => [fields.searchParams, fields.callType, fields.deferred]),
    [
      ["first", "inbound", true],
      ["second", "inbound", true],
    ],
  );
  assert.deepEqual(await lightning.search([], "inbound"), { records: [], popData: null });
  const classic = host({ searchAndScreenPop: good({ "001A": { Name: "Acme", Type: "Account" } }) }).host;
  assert.deepEqual((await classic.search(["x"], "inbound")).records, [{ id: "001A", name: "Acme", type: "Account" }]);
});

test("what is opened, with and without the script's constants", async () => {
  const { opencti, host: lightning } = host();
  await lightning.pop({ recordId: "001A" });
  await lightning.pop({ search: "089" });
  await lightning.pop({ newRecord: "Contact", defaults: { Phone: "089" } });
  await lightning.pop({ popData: { type: "search", params: { a: 1 } } });
  assert.deepEqual(
    opencti.made.map(([, fields]) => fields),
    [
      { type: "sobject", params: { recordId: "001A" } },
      { type: "search", params: { searchString: "089" } },
      { type: "newRecord", params: { entityName: "Contact", defaultFieldValues: { Phone: "089" } } },
      { type: "search", params: { a: 1 } },
    ],
  );
});

test("saveLog creates with the entity's name and changes with the id alone", async () => {
  const { opencti, host: lightning } = host({ saveLog: good("00T1") });
  assert.equal(await lightning.saveLog({ entityApiName: "Task", Subject: "a" }), "00T1");
  await lightning.saveLog({ Id: "00T1", entityApiName: "Task", Subject: "b" });
  assert.deepEqual(
    opencti.made.map(([, { value }]) => value),
    [
      { entityApiName: "Task", Subject: "a" },
      { Id: "00T1", Subject: "b" },
    ],
  );
});

test("the panel's label, icon and visibility never fail", async () => {
  const { opencti, host: lightning } = host(
    { setSoftphoneItemLabel: { success: false }, setSoftphonePanelVisibility: "silence" },
    5,
  );
  lightning.panel.label("x");
  lightning.panel.icon("call");
  lightning.panel.show();
  lightning.ready();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(
    opencti.made.map(([method]) => method),
    ["setSoftphoneItemLabel", "setSoftphoneItemIcon", "setSoftphonePanelVisibility", "notifyInitializationComplete"],
  );
});

/** Just enough of a window and a document to load a script into. */
function page(onAppend) {
  const window = Object.assign(new EventTarget(), { sforce: undefined });
  const document = {
    createElement: () => ({}),
    head: { append: (script) => setImmediate(() => onAppend(window, script)) },
  };
  return {
    window,
    document,
    ui: "lightning",
    origin: "https://acme.lightning.force.com",
    apiVersion: "66.0",
    limitMs: 50,
  };
}
const thrown = (filename) => Object.assign(new Event("error"), { filename });

test("the script comes from the host's own address and gives a host", async () => {
  let address;
  const lightning = await connectSalesforce(
    page((window, script) => {
      address = script.src;
      window.sforce = { opencti: new Opencti() };
      script.onload();
    }),
  );
  assert.equal(address, "https://acme.lightning.force.com/support/api/66.0/lightning/opencti_min.js");
  assert.equal(lightning.kind, "lightning");
});

test("a script that throws is refused although it has defined its API; errors of others do not matter", async () => {
  const throwing = (filename) =>
    page((window, script) => {
      window.sforce = { opencti: new Opencti() };
      window.dispatchEvent(thrown(filename));
      script.onload();
    });
  await assert.rejects(connectSalesforce(throwing("")), { code: "script_refused" });
  await assert.rejects(
    connectSalesforce(throwing("https://acme.lightning.force.com/support/api/66.0/lightning/opencti_min.js")),
    { code: "script_refused" },
  );
  assert.equal((await connectSalesforce(throwing("https://softphone.example/static/js/other.js"))).kind, "lightning");
});

test("a script that does not come, is empty or hangs leaves a panel without Salesforce", async () => {
  await assert.rejects(connectSalesforce(page((_, script) => script.onerror())), { code: "script_failed" });
  await assert.rejects(connectSalesforce(page((_, script) => script.onload())), { code: "script_empty" });
  await assert.rejects(connectSalesforce(page(() => {})), { code: "script_failed" });
});

test("the page alone does not pretend", async () => {
  const alone = createStandaloneHost("script_failed");
  assert.deepEqual(
    [alone.canPop, alone.canLog, alone.problem, await alone.identity()],
    [false, false, "script_failed", null],
  );
  await assert.rejects(alone.saveLog({}), { code: "UNAVAILABLE" });
  await assert.rejects(alone.search([], "inbound"), { code: "UNAVAILABLE" });
  const lightning = host().host;
  assert.deepEqual(Object.keys(alone).sort(), Object.keys(lightning).sort(), "both have the same members");
});
