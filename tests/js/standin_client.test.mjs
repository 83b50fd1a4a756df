/** The stand-in's client script, run as a browser would: start conditions, argument checks, messages, answers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../static/standin/opencti.js", import.meta.url), "utf8");
const HOST = "http://acme.lightning.localhost:8080";
const START_FAILED =
  "Failed to initialize Open CTI. Ensure that it is loaded from the right frame with correct URL parameters";

/** Loads the script into an empty window whose parent keeps what is posted. */
function load({
  origin = HOST,
  search,
  protocol = "http:",
  version = 57,
  source = `${HOST}/support/api/${version}.0/lightning/opencti_min.js`,
} = {}) {
  const posted = [];
  const listeners = [];
  const location = {
    search: search ?? `?mode=Lightning&isdtp=vw&sfdcIframeOrigin=${encodeURIComponent(origin)}&nonce=1`,
    protocol,
  };
  const window = {
    location,
    parent: { postMessage: (message, target) => posted.push({ message, target }) },
    addEventListener: (type, listener) => type === "message" && listeners.push(listener),
  };
  let thrown = null;
  try {
    vm.runInNewContext(SOURCE, {
      window,
      document: { currentScript: { src: source }, scripts: [] },
      URL,
      URLSearchParams,
    });
  } catch (fault) {
    thrown = fault;
  }
  const receive = (data, from = origin) => listeners.forEach((listener) => listener({ data, origin: from }));
  return { api: window.sforce?.opencti, posted, receive, thrown, last: () => posted.at(-1).message };
}

const plain = (value) => JSON.parse(JSON.stringify(value));

for (const origin of [
  "http://acme.lightning.localhost.force.com:6109",
  "http://acme.my.salesforce.com",
  "http://x.visualforce.com",
  HOST,
  "http://127.0.0.1:1",
]) {
  test(`starts under ${origin}`, () => assert.equal(load({ origin }).thrown, null));
}

for (const [name, options] of [
  ["another host", { origin: "http://evil.example" }],
  ["a look-alike", { origin: "http://force.com.evil.example" }],
  ["a trailing slash", { origin: `${HOST}/` }],
  ["https host, http page", { origin: "https://acme.my.salesforce.com" }],
  ["http host, https page", { origin: HOST, protocol: "https:" }],
  ["no mode", { search: `?sfdcIframeOrigin=${HOST}` }],
  ["the Classic spelling", { search: `?mode=Lightning&sfdcIFrameOrigin=${HOST}` }],
  ["no parameters", { search: "" }],
  ["two origins", { search: `?mode=Lightning&sfdcIframeOrigin=${HOST}&sfdcIframeOrigin=${HOST}` }],
]) {
  test(`throws the documented string with ${name}, yet defines its object`, () => {
    const { thrown, api } = load(options);
    assert.equal(thrown, START_FAILED);
    assert.equal(typeof api.screenPop, "function");
  });
}

test("a call posts the documented message to the host's origin, numbered from 0", () => {
  const { api, posted } = load({ version: 66 });
  api.enableClickToDial();
  api.setSoftphonePanelHeight({ heightPX: 300, callback: () => {} });
  assert.deepEqual(plain(posted), [
    {
      target: HOST,
      message: {
        methodName: "enableClickToDial",
        callId: 0,
        apiVersion: 66,
        apiType: "opencti",
        isCallbackRegistered: false,
        isListenerRegistered: false,
        args: {},
      },
    },
    {
      target: HOST,
      message: {
        methodName: "setSoftphonePanelHeight",
        callId: 1,
        apiVersion: 66,
        apiType: "opencti",
        isCallbackRegistered: true,
        isListenerRegistered: false,
        args: { heightPX: 300 },
      },
    },
  ]);
});

test("the whole of the guide's method list is there", () => {
  const { api } = load();
  const names = [
    "enableClickToDial",
    "disableClickToDial",
    "onClickToDial",
    "onNavigationChange",
    "getAppViewInfo",
    "getCallCenterSettings",
    "getSoftphoneLayout",
    "screenPop",
    "searchAndScreenPop",
    "saveLog",
    "runApex",
    "refreshView",
    "isSoftphonePanelVisible",
    "setSoftphonePanelVisibility",
    "setSoftphonePanelHeight",
    "setSoftphonePanelWidth",
    "setSoftphoneItemLabel",
    "setSoftphonePanelLabel",
    "setSoftphoneItemIcon",
    "setSoftphonePanelIcon",
    "notifyInitializationComplete",
    "subscribe",
    "unsubscribe",
    "publish",
    "initialize",
  ];
  assert.deepEqual(
    names.filter((name) => typeof api[name] !== "function"),
    [],
  );
  assert.deepEqual(plain(api.CALL_TYPE), { INBOUND: "inbound", OUTBOUND: "outbound", INTERNAL: "internal" });
  assert.equal(api.SCREENPOP_TYPE.NEW_RECORD_MODAL, "newRecord");
});

const ONE_OBJECT = /^Must pass in only one object which holds arguments to this API method call\.$/;
for (const [call, message] of [
  [(api) => api.screenPop(), ONE_OBJECT],
  [(api) => api.screenPop({}), ONE_OBJECT],
  [(api) => api.screenPop({ type: "url" }, {}), ONE_OBJECT],
  [(api) => api.saveLog(null), ONE_OBJECT],
  [(api) => api.refreshView({}), ONE_OBJECT],
  [(api) => api.getAppViewInfo({ x: 1 }), /^Missing the required argument `callback`!$/],
  [(api) => api.onClickToDial({ callback: () => {} }), /^Missing the required argument `listener`!$/],
  [(api) => api.hvs.onWorkStart({ x: 1 }), /^Missing the required argument `listener`!$/],
  [(api) => api.saveLog({ value: "x" }), /^Missing the required argument `value object`!$/],
  [
    (api) => api.subscribe({ channelName: "", listener: () => {} }),
    /^The argument `channelName` must be a non-empty string!$/,
  ],
  [(api) => api.publish({ channelName: 5 }), /^The argument `channelName` must be a non-empty string!$/],
  [
    (api) => api.publish({ channelName: "c", message: "text" }),
    /^The argument `message` must be a serializable object or null!$/,
  ],
  [
    (api) => api.publish({ channelName: "c", message: () => {} }),
    /^The argument `message` must be a serializable object or null!$/,
  ],
  [(api) => api.unsubscribe({ subscription: 1 }), /^The argument `subscription` must be an object!$/],
]) {
  test(`refuses ${String(call).slice(9)}`, () => {
    const { api, posted } = load();
    assert.throws(() => call(api), { message });
    assert.deepEqual(posted, []);
  });
}

test("optional arguments may be left out, and a log of null passes", () => {
  const { api, posted, last } = load();
  api.refreshView();
  api.disableClickToDial();
  api.notifyInitializationComplete();
  api.notifyInitializationComplete({});
  assert.equal(posted.length, 4);
  api.saveLog({ value: null });
  assert.deepEqual(plain(last().args), { object: null });
});

const answer = (callId, extra = {}) => ({
  methodName: "getAppViewInfo",
  callId,
  apiVersion: 57,
  apiType: "opencti",
  shouldExecuteCallback: true,
  response: { success: true },
  ...extra,
});

test("a callback runs once, for its own call, and only for a proper answer", () => {
  const { api, receive } = load();
  const got = [];
  api.getAppViewInfo({ callback: (response) => got.push(response) });
  receive(answer(0), "http://evil.example");
  receive(answer(0, { apiVersion: 56 }));
  receive(answer(0, { apiType: "x" }));
  receive(answer(0, { shouldExecuteCallback: 1 }));
  receive(answer(1));
  assert.deepEqual(got, []);
  receive(answer(0));
  receive(answer(0));
  assert.deepEqual(got, [{ success: true }]);
});

test("every listener gets each event, in order of registration", () => {
  const { api, receive, last } = load();
  const got = [];
  api.onClickToDial({ listener: (payload) => got.push(["a", payload.number]) });
  api.onClickToDial({ listener: (payload) => got.push(["b", payload.number]) });
  assert.deepEqual([last().isCallbackRegistered, last().isListenerRegistered], [false, true]);
  receive({
    methodName: "onClickToDial",
    apiVersion: 57,
    apiType: "opencti",
    shouldExecuteListener: true,
    response: { number: "1" },
  });
  assert.deepEqual(got, [
    ["a", "1"],
    ["b", "1"],
  ]);
});

test("subscriptions: own object, delivery by channel, the last listener to leave tells the host", () => {
  const { api, posted, receive, last } = load();
  const got = [];
  const held = [];
  for (const name of ["a", "b"]) {
    api.subscribe({
      channelName: "News__c",
      listener: (message) => got.push([name, message.text]),
      callback: (response) => held.push(response.subscription),
    });
    assert.deepEqual(
      [last().isCallbackRegistered, last().isListenerRegistered, plain(last().args)],
      [true, true, { eventName: "News__c", subscription: {} }],
    );
    receive({
      methodName: "subscribe",
      callId: last().callId,
      apiVersion: 57,
      apiType: "opencti",
      shouldExecuteCallback: true,
      response: { success: true },
    });
  }
  const deliver = (text) =>
    receive({
      methodName: "subscribe",
      eventName: "News__c",
      apiVersion: 57,
      apiType: "opencti",
      shouldExecuteListener: true,
      response: { text },
    });
  deliver("one");
  api.unsubscribe({ subscription: held[0] });
  api.unsubscribe({ subscription: {} }); // unknown: nothing
  assert.equal(posted.length, 2);
  deliver("two");
  api.unsubscribe({ subscription: held[1] });
  assert.deepEqual(plain(last()).methodName, "unsubscribe");
  deliver("three");
  assert.deepEqual(got, [
    ["a", "one"],
    ["b", "one"],
    ["b", "two"],
  ]);
});

test("a refused subscription is forgotten, and its callback told", () => {
  const { api, receive } = load();
  const got = [];
  api.subscribe({
    channelName: "C",
    listener: (message) => got.push(message),
    callback: (response) => got.push(response.success),
  });
  receive({
    methodName: "subscribe",
    callId: 0,
    apiVersion: 57,
    apiType: "opencti",
    shouldExecuteCallback: true,
    response: { success: false },
  });
  receive({
    methodName: "subscribe",
    eventName: "C",
    apiVersion: 57,
    apiType: "opencti",
    shouldExecuteListener: true,
    response: {},
  });
  assert.deepEqual(got, [false]);
});

test("hvs methods travel under their bare names", () => {
  const { api, last } = load();
  api.hvs.completeWork({ workId: "1", attributes: { wasConnected: true } });
  assert.deepEqual(
    [last().methodName, plain(last().args)],
    ["completeWork", { workId: "1", attributes: { wasConnected: true } }],
  );
});
