/** What the stand-in's methods do with their ports: pops, searches, panel, and the small pure parts around them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { frameUrl, newNonce, originOf } from "../../static/standin/host/adapter_url.js";
import { panelOptions, sections } from "../../static/standin/host/call_center.js";
import { createMethods } from "../../static/standin/host/methods.js";
import { popForSearch, readPop } from "../../static/standin/host/pop.js";
import { isAnnounced, parsePath, paths, viewInfo } from "../../static/standin/host/routing.js";
import { createSession } from "../../static/standin/host/session.js";
import { firstState, nextState } from "../../static/standin/host/standby.js";

const ERIKA = "003Ac0000000000IAA";
const MAX = "003Ac0000000001IAA";
const LAYOUT = {
  Inbound: {
    screenPopSettings: {
      NoMatch: { screenPopType: "PopToEntity", screenPopData: "Contact" },
      SingleMatch: { screenPopType: "PopToEntity" },
      MultipleMatches: { screenPopType: "PopToSearch" },
    },
  },
  Outbound: { screenPopSettings: {} },
  Internal: { screenPopSettings: {} },
};

/** Ports that note what was asked of them. */
function fakePorts({ found = {}, pages = true } = {}) {
  const asked = [];
  const note =
    (name, answer) =>
    (...given) => (asked.push([name, ...given]), answer);
  return {
    asked,
    org: {
      search: async (...given) => (asked.push(["search", ...given]), found),
      saveLog: async () => ({ success: true, returnValue: "00T", errors: null }),
      runApex: note("runApex", { success: true }),
    },
    app: {
      viewInfo: () => ({ url: "x" }),
      show: async (path) => (asked.push(["show", path]), pages),
      openNewRecord: (name, defaults) => (asked.push(["new", name, defaults]), name !== "Nope"),
      notice: note("notice"),
      refresh: async () => {},
      setClickToDial: note("dial"),
    },
    panel: { isVisible: () => false, change: note("panel") },
    center: { settings: () => ({ "/label": "C" }), layout: () => LAYOUT, complete: note("complete") },
  };
}

const search = async (found, args) => {
  const ports = fakePorts({ found });
  const response = await createMethods(ports).searchAndScreenPop({
    callType: "inbound",
    searchParams: "+4930111222",
    ...args,
  });
  return { response, shown: ports.asked.filter(([name]) => name !== "search") };
};

test("one match pops the record, several the search page, none a new contact with what the page passed", async () => {
  assert.deepEqual((await search({ [ERIKA]: {} })).shown, [["show", `/${ERIKA}`]]);
  assert.deepEqual((await search({ [ERIKA]: {}, [MAX]: {} })).shown, [["show", paths.search("+4930111222")]]);
  assert.deepEqual((await search({}, { defaultFieldValues: { Phone: "1" } })).shown, [
    ["new", "Contact", { Phone: "1" }],
  ]);
});

test("a deferred search shows nothing and hands over what screenPop takes as it is", async () => {
  const { response, shown } = await search({ [ERIKA]: { Id: ERIKA } }, { deferred: true });
  assert.deepEqual(shown, []);
  assert.deepEqual(Object.keys(response.returnValue), [ERIKA, "SCREEN_POP_DATA"]);
  assert.deepEqual(readPop(response.returnValue.SCREEN_POP_DATA), { kind: "path", path: `/${ERIKA}` });
});

test("outbound and internal calls are searched but do not pop by themselves", async () => {
  for (const callType of ["outbound", "internal"]) {
    const { response, shown } = await search({ [ERIKA]: {} }, { callType });
    assert.deepEqual([Object.keys(response.returnValue), shown], [[ERIKA], []]);
  }
});

for (const [name, args] of [
  ["callType", { callType: undefined }],
  ["callType", { callType: "sideways" }],
  ["searchParams", { searchParams: "12" }],
  ["searchParams", { searchParams: 4930111222 }],
]) {
  test(`a search with a wrong ${name} is INVALID_PARAM`, async () => {
    const [error] = (await search({}, args)).response.errors;
    assert.deepEqual([error.code, error.description.includes(`\`${name}\``)], ["INVALID_PARAM", true]);
  });
}

test("no call type counts as inbound", async () => {
  assert.deepEqual((await search({ [ERIKA]: {} }, { callType: null })).shown, [["show", `/${ERIKA}`]]);
});

test("pops to a Visualforce page and to a flow follow the layout", () => {
  const args = { searchParams: "123", queryParams: "a=1", params: { FLOW: { flowArgs: [{ name: "n" }] } } };
  const page = { NoMatch: { screenPopType: "PopToVisualforce", screenPopData: "Caller" } };
  assert.deepEqual(popForSearch(page, [], args), { type: "url", params: { url: "/apex/Caller?a=1" } });
  const flow = { SingleMatch: { screenPopType: "PopToFlow", screenPopData: "Greet" } };
  assert.deepEqual(popForSearch(flow, [ERIKA], args), {
    type: "flow",
    params: { flowDevName: "Greet", flowArgs: [{ name: "n" }] },
  });
  assert.equal(popForSearch({}, [], args), null);
});

for (const [type, params, pop] of [
  ["sobject", { recordId: ERIKA }, { kind: "path", path: `/${ERIKA}` }],
  ["url", { url: "/lightning/page/home" }, { kind: "path", path: "/lightning/page/home" }],
  ["objecthome", { scope: "Account" }, { kind: "path", path: "/lightning/o/Account/home" }],
  ["list", { listViewId: "00B", scope: "Case" }, { kind: "path", path: "/lightning/o/Case/list?filterName=00B" }],
  ["search", { searchString: "Muster" }, { kind: "path", path: "/lightning/search?term=Muster" }],
  ["newRecord", { entityName: "Lead" }, { kind: "new", object: "Lead", defaults: {} }],
  ["flow", { flowDevName: "F" }, { kind: "flow", name: "F", values: [] }],
]) {
  test(`screenPop understands ${type}`, () => assert.deepEqual(readPop({ type, params }), pop));
}

for (const [type, params] of [
  ["sobject", { recordId: "12" }],
  ["url", { url: "https://evil.example/" }],
  ["url", { url: "//evil.example/" }],
  ["url", { url: "javascript:alert(1)" }],
  ["search", { searchString: "ab" }],
  ["list", { scope: "Case" }],
  ["objecthome", {}],
  ["newRecord", {}],
  ["flow", {}],
  ["window", {}],
  ["toString", {}],
  ["sobject", null],
]) {
  test(`screenPop refuses ${type} ${JSON.stringify(params)}`, async () => {
    const response = await createMethods(fakePorts()).screenPop({ type, params });
    assert.equal(response.errors[0].code, "INVALID_PARAM");
  });
}

test("a record or object that is not there is a GENERIC_ERROR", async () => {
  const pop = createMethods(fakePorts({ pages: false })).screenPop;
  assert.equal((await pop({ type: "sobject", params: { recordId: ERIKA } })).errors[0].code, "GENERIC_ERROR");
  assert.equal((await pop({ type: "newRecord", params: { entityName: "Nope" } })).errors[0].code, "GENERIC_ERROR");
});

test("panel setters pass on what is right and refuse the rest", () => {
  const ports = fakePorts();
  const methods = createMethods(ports);
  assert.equal(methods.setSoftphonePanelHeight({ heightPX: 300 }, "f").success, true);
  assert.equal(methods.setSoftphonePanelWidth({ widthPX: 199 }, "f").errors[0].code, "INVALID_PARAM");
  assert.equal(methods.setSoftphonePanelVisibility({ visible: "yes" }, "f").errors[0].code, "INVALID_PARAM");
  assert.equal(methods.setSoftphoneItemLabel({}, "f").errors[0].code, "INVALID_PARAM");
  assert.deepEqual(ports.asked, [["panel", { height: 300 }, "f"]]);
});

test("the frame's address carries Salesforce's parameters, with or without a query or fragment before", () => {
  const host = { origin: "http://acme.lightning.localhost:8080", nonce: "ab", appId: "06m", console: true };
  const added =
    "mode=Lightning&isdtp=vw&sfdcIframeOrigin=http%3A%2F%2Facme.lightning.localhost%3A8080&nonce=ab&ltn_app_id=06m&clc=1";
  assert.equal(frameUrl("http://p/softphone", host), `http://p/softphone?${added}`);
  assert.equal(
    frameUrl("http://p/softphone?a=1#x", { ...host, console: false }),
    `http://p/softphone?a=1&${added.replace("clc=1", "clc=0")}#x`,
  );
  assert.match(
    newNonce((bytes) => bytes.fill(10)),
    /^(0a){32}$/,
  );
  assert.deepEqual(["http://a:1/x", "javascript:1", "/relative"].map(originOf), ["http://a:1", null, null]);
});

test("standby takes over once, and only while loading", () => {
  const settings = { url: "http://b/", timeoutMs: 10 };
  assert.equal(firstState({ url: "", timeoutMs: 10 }, true), "ready");
  assert.equal(firstState({ url: "http://b/", timeoutMs: 0 }, false), "ready");
  assert.equal(firstState(settings, true), "standby");
  assert.equal(firstState(settings, false), "loading");
  assert.deepEqual([nextState("loading", "complete"), nextState("loading", "timeout")], ["ready", "standby"]);
  assert.deepEqual([nextState("ready", "timeout"), nextState("standby", "complete")], ["ready", "standby"]);
});

test("addresses of pages are understood, foreign ones kept", () => {
  assert.deepEqual(parsePath("/"), { page: "home" });
  assert.deepEqual(parsePath(`/${ERIKA}`), { page: "record", id: ERIKA });
  assert.deepEqual(parsePath(paths.record("Contact", ERIKA)), { page: "record", id: ERIKA });
  assert.deepEqual(parsePath(paths.search("a & b")), { page: "search", term: "a & b" });
  assert.deepEqual(parsePath("/lightning/o/Lead/home"), { page: "list", object: "Lead" });
  assert.deepEqual(parsePath("/lightning/o/Lead/new"), { page: "new", object: "Lead", defaults: {} });
  assert.deepEqual(parsePath("/apex/Page?x=1"), { page: "other", path: "/apex/Page?x=1" });
});

test("a list tells only its address, and in a console nothing", () => {
  const list = parsePath(paths.list("Contact"));
  assert.deepEqual(viewInfo(list, "http://h/l", null), { url: "http://h/l" });
  assert.deepEqual(
    [isAnnounced(list, false), isAnnounced(list, true), isAnnounced({ page: "record" }, true)],
    [true, false, true],
  );
  assert.deepEqual(viewInfo({ page: "record" }, "u", { id: ERIKA, name: "E", objectType: "Contact", fields: [] }), {
    url: "u",
    recordId: ERIKA,
    recordName: "E",
    objectType: "Contact",
  });
});

test("panel size and addresses follow the settings in force", () => {
  const boot = { adapterUrl: "http://a/", standbyUrl: "", standbyTimeoutMs: 0 };
  const settings = {
    "/reqGeneralInfo/reqSoftphoneHeight": "9999",
    "/reqGeneralInfo/reqSoftphoneWidth": "x",
    "/reqGeneralInfo/reqAdapterUrl": "http://definition/",
  };
  assert.deepEqual(panelOptions(settings, boot, {}), {
    adapterUrl: "http://a/",
    standby: { url: "", timeoutMs: 0 },
    height: 2560,
    width: 400,
    label: "Phone",
  });
  const tried = { "/reqGeneralInfo/reqAdapterUrl": "http://tried/" };
  assert.equal(panelOptions({ ...settings, ...tried }, boot, tried).adapterUrl, "http://tried/");
});

test("the setup page lists sections and items in their sort order", () => {
  const listed = sections({
    "/b/label": "B",
    "/b/sortOrder": "1.0",
    "/b/y": "2",
    "/b/y/sortOrder": "1.0",
    "/b/x": "1",
    "/b/x/sortOrder": "0.0",
    "/b/x/label": "X",
    "/reqGeneralInfo/sortOrder": "0.0",
    "/reqGeneralInfo/reqDisplayName": "D",
    "/reqGeneralInfo/reqInternalName": "I",
    "/internalNameLabel": "Internal",
  });
  assert.deepEqual(
    listed.map(({ label, items }) => [label, items.map((item) => item.label)]),
    [
      ["reqGeneralInfo", ["Internal", "reqDisplayName"]],
      ["B", ["X", "y"]],
    ],
  );
});

test("a session keeps values with storage, and without", () => {
  const area = new Map();
  const storage = {
    getItem: (k) => area.get(k) ?? null,
    setItem: (k, v) => area.set(k, v),
    removeItem: (k) => area.delete(k),
  };
  const denied = () => {
    throw new Error("denied");
  };
  for (const session of [createSession(() => storage), createSession(denied)]) {
    assert.equal(session.get("a", 1), 1);
    session.set("a", { b: 2 });
    assert.deepEqual(session.get("a"), { b: 2 });
    session.set("a", undefined);
    assert.equal(session.get("a", 3), 3);
  }
});
