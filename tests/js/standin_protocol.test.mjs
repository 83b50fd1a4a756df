/** The stand-in's Open CTI host: messages in both dialects, errors, faults, who may speak. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseFaults, formatFaults } from "../../static/standin/host/faults.js";
import { OpenCtiHost } from "../../static/standin/host/host.js";
import { documentedFailure, rangeFault, readRequest, success } from "../../static/standin/host/protocol.js";

const ORIGIN = "https://phone.example";

/** A window that keeps what is posted to it. */
class FakeWindow {
  posted = [];

  postMessage(message, origin) {
    this.posted.push({ message, origin });
  }

  get messages() {
    return this.posted.map(({ message }) => message);
  }
}

/** A host with one frame; `later` keeps delayed work instead of a clock. */
function setUp(methods = {}, faults = "") {
  const delayed = [];
  const log = [];
  const host = new OpenCtiHost({
    methods,
    log: (entry) => log.push(entry),
    later: (work, ms) => delayed.push({ work, ms }),
  });
  host.faults = parseFaults(faults).faults;
  const window = new FakeWindow();
  const frame = host.addFrame("softphone", window, ORIGIN);
  const send = (data, origin = ORIGIN, source = window) => host.receive({ data, origin, source });
  return { host, window, frame, send, delayed, log };
}

const v57 = (methodName, callId, extra = {}) => ({
  methodName,
  callId,
  apiVersion: 57,
  apiType: "opencti",
  isCallbackRegistered: true,
  isListenerRegistered: false,
  args: {},
  ...extra,
});
const v43 = (methodName, callId, args = {}) => ({ methodName, callId, apiVersion: 43, apiType: "opencti", args });

const visible = { isSoftphonePanelVisible: () => success({ visible: true }) };

test("an answer echoes method, call id and version and says that the callback shall run", async () => {
  const { send, window } = setUp(visible);
  await send(v57("isSoftphonePanelVisible", 7));
  assert.deepEqual(window.posted, [
    {
      origin: ORIGIN,
      message: {
        methodName: "isSoftphonePanelVisible",
        callId: 7,
        apiVersion: 57,
        apiType: "opencti",
        shouldExecuteCallback: true,
        response: { success: true, returnValue: { visible: true }, errors: null },
      },
    },
  ]);
});

test("nobody waits, nobody is answered, but the work is done", async () => {
  const done = [];
  const { send, window } = setUp({ setSoftphoneItemLabel: (args) => void done.push(args) });
  await send(v57("setSoftphoneItemLabel", 0, { isCallbackRegistered: false, args: { label: "x" } }));
  assert.deepEqual(done, [{ label: "x" }]);
  assert.deepEqual(window.posted, []);
});

test("a v43 request, which has no flags, is answered with its own version", async () => {
  const { send, window } = setUp(visible);
  await send(v43("isSoftphonePanelVisible", 0));
  assert.equal(window.messages.length, 1);
  assert.equal(window.messages[0].apiVersion, 43);
});

for (const method of ["onClickToDial", "onNavigationChange", "onWorkStart"]) {
  test(`the registration of ${method} is never acknowledged, in either dialect`, async () => {
    const { host, send, window } = setUp();
    await send(v43(method, 0));
    await send(v57(method, 1, { isCallbackRegistered: false, isListenerRegistered: true }));
    assert.deepEqual(window.posted, []);
    host.emit(method, { number: "1" });
    assert.equal(window.messages.length, 1);
  });
}

test("an event carries the bare payload in the version of the page, only to who listens", async () => {
  const { host, send, window } = setUp();
  assert.equal(host.emit("onClickToDial", { number: "+49" }), 0);
  await send(v57("onClickToDial", 0, { isCallbackRegistered: false, isListenerRegistered: true }));
  assert.equal(host.emit("onClickToDial", { number: "+49" }), 1);
  assert.deepEqual(window.messages, [
    {
      methodName: "onClickToDial",
      apiVersion: 57,
      apiType: "opencti",
      shouldExecuteListener: true,
      response: { number: "+49" },
    },
  ]);
});

test("a page loaded anew into the frame starts without listeners", async () => {
  const { host, frame, send } = setUp();
  await send(v57("onClickToDial", 0, { isListenerRegistered: true }));
  host.resetFrame(frame, ORIGIN);
  assert.equal(host.emit("onClickToDial", {}), 0);
});

test("messages of another origin, another window or a wrong shape do nothing", async () => {
  const done = [];
  const { send, window, log } = setUp({ saveLog: () => void done.push(1) });
  await send(v57("saveLog", 0), "https://evil.example");
  await send(v57("saveLog", 0), ORIGIN, new FakeWindow());
  await send({ ...v57("saveLog", 0), apiType: "other" });
  await send("saveLog");
  await send(null);
  assert.deepEqual([done, window.posted], [[], []]);
  assert.deepEqual(
    log.map((entry) => entry.direction),
    Array(5).fill("ignored"),
  );
});

for (const [name, change] of [
  ["methodName", { methodName: 5 }],
  ["apiVersion", { apiVersion: "57" }],
  ["callId", { callId: -1 }],
  ["args", { args: [] }],
]) {
  test(`a request with a wrong ${name} is not a request`, () => {
    const { request, ignored } = readRequest({ ...v57("saveLog", 0), ...change });
    assert.equal(request, undefined);
    assert.match(ignored, new RegExp(name));
  });
}

test("an unknown method, even one that every object has, is a GENERIC_ERROR", async () => {
  const { send, window } = setUp();
  await send(v57("constructor", 0));
  assert.equal(window.messages[0].response.errors[0].code, "GENERIC_ERROR");
});

test("a method that fails is a SERVER_ERROR, and the next call works", async () => {
  const { send, window } = setUp({ ...visible, runApex: () => Promise.reject(new Error("gone")) });
  await send(v57("runApex", 0));
  await send(v57("isSoftphonePanelVisible", 1));
  assert.deepEqual(
    window.messages.map((m) => m.response.errors?.[0].code ?? "ok"),
    ["SERVER_ERROR", "ok"],
  );
});

test("faults are read, refused by part, and written back", () => {
  const { faults, unknown } = parseFaults(
    "saveLog:GENERIC_ERROR, screenPop:silent,runApex:late-20,x:swap,bad,y:never,z:silent:1",
  );
  assert.deepEqual(unknown, ["bad", "y:never", "z:silent:1"]);
  assert.equal(formatFaults(faults), "saveLog:GENERIC_ERROR,screenPop:silent,runApex:late-20,x:swap");
  assert.deepEqual(parseFaults("").faults.size, 0);
});

test("silent: no answer; the work is done all the same", async () => {
  const done = [];
  const { send, window } = setUp({ saveLog: () => void done.push(1) }, "saveLog:silent");
  await send(v57("saveLog", 0));
  assert.deepEqual([done, window.posted], [[1], []]);
});

test("late: the answer comes after the delay, once", async () => {
  const { send, window, delayed } = setUp(visible, "*:late-1500");
  await send(v57("isSoftphonePanelVisible", 0));
  assert.equal(window.posted.length, 0);
  assert.equal(delayed[0].ms, 1500);
  delayed[0].work();
  assert.equal(window.posted.length, 1);
});

test("late: an answer for a page that was replaced by one of another origin is dropped", async () => {
  const { host, frame, send, window, delayed } = setUp(visible, "*:late");
  await send(v57("isSoftphonePanelVisible", 0));
  host.resetFrame(frame, "https://standby.example");
  delayed[0].work();
  assert.deepEqual(window.posted, []);
});

test("swap: the next answer overtakes", async () => {
  const { send, window } = setUp({ ...visible, saveLog: () => success("00T") }, "saveLog:swap");
  await send(v57("saveLog", 0));
  await send(v57("isSoftphonePanelVisible", 1));
  assert.deepEqual(
    window.messages.map((message) => message.callId),
    [1, 0],
  );
});

test("each error code comes with its documented description, and nothing is done", async () => {
  const done = [];
  for (const [code, description] of [
    [
      "INVALID_PARAM",
      /^An invalid value was passed to the parameter `value`\. A numeric value was expected, but undefined was found/,
    ],
    ["GENERIC_ERROR", /^An error occurred while calling the saveLog\(\) API method\. Review the Details field/],
    ["SERVER_ERROR", /^A problem was encountered on the server\.$/],
    [
      "SOFTPHONE_CONTAINER_ERROR",
      /^Unable to execute sendPostMessage because the softphone container hasn't initialized yet\.$/,
    ],
  ]) {
    const { send, window } = setUp({ saveLog: () => void done.push(1) }, `saveLog:${code}`);
    await send(v57("saveLog", 0));
    const [error] = window.messages[0].response.errors;
    assert.equal(error.code, code);
    assert.match(error.description, description);
  }
  assert.deepEqual(done, []);
  assert.equal(documentedFailure("GENERIC_ERROR", "saveLog").errors[0].details.length, 1);
});

test("numbers out of range and no numbers are INVALID_PARAM with the parameter's name", () => {
  assert.equal(rangeFault("heightPX", 240, [240, 2560]), null);
  assert.equal(rangeFault("heightPX", 2560, [240, 2560]), null);
  for (const [value, found] of [
    [239, "239"],
    [2561, "2561"],
    ["x", '"x"'],
    [undefined, "undefined"],
    [NaN, "NaN"],
  ]) {
    const [error] = rangeFault("heightPX", value, [240, 2560]).errors;
    assert.equal(error.code, "INVALID_PARAM");
    assert.match(
      error.description,
      new RegExp(`parameter \`heightPX\`\\. A numeric value.* was expected, but ${found} was found instead\\.`),
    );
  }
});

test("a message channel reaches its subscribers only, until the last one leaves", async () => {
  const { host, send, window } = setUp();
  const other = new FakeWindow();
  host.addFrame("second", other, ORIGIN);
  await send(v57("subscribe", 0, { isListenerRegistered: true, args: { eventName: "News__c", subscription: {} } }));
  assert.equal(window.messages[0].response.success, true);
  await host.receive({
    source: other,
    origin: ORIGIN,
    data: v57("publish", 0, { args: { eventName: "News__c", message: { a: 1 } } }),
  });
  assert.deepEqual(window.messages[1], {
    methodName: "subscribe",
    eventName: "News__c",
    apiVersion: 57,
    apiType: "opencti",
    shouldExecuteListener: true,
    response: { a: 1 },
  });
  assert.deepEqual(
    other.messages.map((m) => m.methodName),
    ["publish"],
  );
  await send(v57("unsubscribe", 1, { args: { eventName: "News__c" } }));
  assert.equal(host.publish("News__c", null), 0);
});
