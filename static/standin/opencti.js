/**
 * Open CTI client script of the Salesforce stand-in, for the page inside the softphone frame.
 *
 * Offers `sforce.opencti` with the names, arguments and messages of the Open CTI guide for Lightning Experience and
 * speaks its window-message protocol. Written for this project from that description; not Salesforce's script.
 * A classic script on purpose, because softphone pages load the original with <script src>. Its API version is the NN
 * of the address it was loaded from: /support/api/NN.0/lightning/opencti_min.js.
 */
(function () {
  "use strict";

  const API_TYPE = "opencti";
  const NEWEST_KNOWN = 57; // used where the script's own address cannot be found out
  const START_FAILED =
    "Failed to initialize Open CTI. Ensure that it is loaded from the right frame with correct URL parameters";
  const SALESFORCE_HOSTS = [
    ".force.com",
    ".visualforce.com",
    ".my-visualforce.com",
    ".my-lightning.com",
    ".salesforce.com",
    ".my-salesforce.com",
    ".salesforce.mil",
    ".salesforce.ms",
    ".crmforce.mil",
    ".crmforce.ms",
  ];

  const apiVersion = ownVersion();
  const callbacks = new Map(); // "methodName_callId" -> function, each used once
  const listeners = new Map(); // methodName -> functions, in order of registration
  const channels = new Map(); // Lightning message channel -> functions
  const subscriptions = new WeakMap(); // opaque object handed to the page -> {channelName, listener}
  let hostOrigin = null;
  let nextCallId = 0;

  // ---- start: the address of the page is the handshake

  function ownVersion() {
    const candidates = [document.currentScript, ...Array.from(document.scripts || []).reverse()];
    for (const script of candidates) {
      const match = /\/support\/api\/(\d+)\.0\/lightning\//.exec(script?.src || "");
      if (match) return Number(match[1]);
    }
    return NEWEST_KNOWN;
  }

  function isSalesforceHost(hostname) {
    return SALESFORCE_HOSTS.some((end) => hostname.endsWith(end) && hostname.length > end.length);
  }

  // The stand-in itself is reached under loopback names; Salesforce's own script would refuse these.
  function isLoopbackHost(hostname) {
    return (
      hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\./.test(hostname)
    );
  }

  function acceptedOrigin(text) {
    let url;
    try {
      url = new URL(text);
    } catch {
      return null;
    }
    const plain = url.origin === text; // no path, not even a trailing slash
    const known = isSalesforceHost(url.hostname) || isLoopbackHost(url.hostname);
    return plain && known && url.protocol === window.location.protocol ? url.origin : null;
  }

  function initialize() {
    const query = new URLSearchParams(window.location.search);
    const origins = query.getAll("sfdcIframeOrigin");
    const origin = origins.length === 1 ? acceptedOrigin(origins[0]) : null;
    if (!origin || !query.get("mode")) throw START_FAILED;
    hostOrigin = origin;
    window.addEventListener("message", receive);
  }

  // ---- messages

  function post(methodName, args, callback, listens) {
    const callId = nextCallId++;
    if (typeof callback === "function") callbacks.set(`${methodName}_${callId}`, callback);
    const message = {
      methodName,
      callId,
      apiVersion,
      apiType: API_TYPE,
      isCallbackRegistered: typeof callback === "function",
      isListenerRegistered: Boolean(listens),
      args: args || {},
    };
    window.parent.postMessage(message, hostOrigin || "/");
  }

  function receive(event) {
    const data = event.data;
    if (event.origin !== hostOrigin || !data || data.apiType !== API_TYPE || data.apiVersion !== apiVersion) return;
    if (data.shouldExecuteCallback === true) answer(data);
    if (data.shouldExecuteListener === true) notify(data);
  }

  function answer(data) {
    const key = `${data.methodName}_${data.callId}`;
    const callback = callbacks.get(key);
    callbacks.delete(key);
    if (callback) callback(data.response);
  }

  function notify(data) {
    const source = data.methodName === "subscribe" ? channels.get(data.eventName) : listeners.get(data.methodName);
    for (const listener of [...(source || [])]) listener(data.response);
  }

  // ---- what a page may pass in

  function single(given) {
    const value = given[0];
    if (given.length !== 1 || typeof value !== "object" || value === null || Object.keys(value).length === 0) {
      throw new Error("Must pass in only one object which holds arguments to this API method call.");
    }
    return value;
  }

  function optional(given) {
    return given.length === 0 ? {} : single(given);
  }

  function needed(value, name) {
    if (typeof value !== "function") throw new Error(`Missing the required argument \`${name}\`!`);
    return value;
  }

  function channelName(value) {
    if (typeof value !== "string" || value === "") {
      throw new Error("The argument `channelName` must be a non-empty string!");
    }
    return value;
  }

  function serializable(message) {
    if (!message) return message;
    let copy;
    try {
      copy = JSON.parse(JSON.stringify(message));
    } catch {
      copy = undefined;
    }
    if (typeof copy !== "object") throw new Error("The argument `message` must be a serializable object or null!");
    return message;
  }

  // ---- methods that differ only in what they pass on

  const pick = (source, names) => Object.fromEntries(names.map((name) => [name, source[name]]));

  function simple(methodName, names = []) {
    return (...given) => {
      const wanted = single(given);
      post(methodName, pick(wanted, names), wanted.callback);
    };
  }

  function withoutArguments(methodName) {
    return (...given) => post(methodName, {}, optional(given).callback);
  }

  function getter(methodName) {
    return (...given) => post(methodName, {}, needed(single(given).callback, "callback"));
  }

  function event(methodName) {
    return (...given) => {
      const listener = needed(single(given).listener, "listener");
      listeners.set(methodName, [...(listeners.get(methodName) || []), listener]);
      post(methodName, {}, undefined, true);
    };
  }

  // ---- methods of their own shape

  function notifyInitializationComplete(...given) {
    const wanted = given.length === 0 || (given[0] && Object.keys(given[0]).length === 0) ? {} : single(given);
    post("notifyInitializationComplete", {}, wanted.callback);
  }

  function saveLog(...given) {
    const wanted = single(given);
    if (typeof wanted.value !== "object") throw new Error("Missing the required argument `value object`!");
    post("saveLog", { object: wanted.value }, wanted.callback);
  }

  function subscribe(...given) {
    const wanted = single(given);
    const channel = channelName(wanted.channelName);
    const listener = needed(wanted.listener, "listener");
    const subscription = Object.freeze({});
    subscriptions.set(subscription, { channel, listener });
    channels.set(channel, [...(channels.get(channel) || []), listener]);
    const done = (response) => {
      if (response?.success !== true) forget(subscription);
      if (wanted.callback) wanted.callback({ ...response, subscription });
    };
    post("subscribe", { eventName: channel, subscription: {} }, done, true);
  }

  function unsubscribe(...given) {
    const wanted = single(given);
    if (typeof wanted.subscription !== "object" || wanted.subscription === null) {
      throw new Error("The argument `subscription` must be an object!");
    }
    const channel = forget(wanted.subscription);
    if (channel && !channels.has(channel)) post("unsubscribe", { eventName: channel }, wanted.callback);
  }

  function forget(subscription) {
    const known = subscriptions.get(subscription);
    if (!known) return null;
    subscriptions.delete(subscription);
    const left = [...(channels.get(known.channel) || [])];
    left.splice(left.indexOf(known.listener), 1);
    if (left.length) channels.set(known.channel, left);
    else channels.delete(known.channel);
    return known.channel;
  }

  function publish(...given) {
    const wanted = single(given);
    const eventName = channelName(wanted.channelName);
    post("publish", { eventName, message: serializable(wanted.message) }, wanted.callback);
  }

  const SEARCH = ["searchParams", "callType", "queryParams", "defaultFieldValues", "deferred", "params"];

  window.sforce = window.sforce || {};
  window.sforce.opencti = {
    SCREENPOP_TYPE: {
      URL: "url",
      SOBJECT: "sobject",
      OBJECTHOME: "objecthome",
      LIST: "list",
      SEARCH: "search",
      NEW_RECORD_MODAL: "newRecord",
      FLOW: "flow",
    },
    CALL_TYPE: { INBOUND: "inbound", OUTBOUND: "outbound", INTERNAL: "internal" },
    initialize,
    enableClickToDial: withoutArguments("enableClickToDial"),
    disableClickToDial: withoutArguments("disableClickToDial"),
    refreshView: withoutArguments("refreshView"),
    notifyInitializationComplete,
    onClickToDial: event("onClickToDial"),
    onNavigationChange: event("onNavigationChange"),
    getAppViewInfo: getter("getAppViewInfo"),
    getCallCenterSettings: getter("getCallCenterSettings"),
    getSoftphoneLayout: getter("getSoftphoneLayout"),
    isSoftphonePanelVisible: getter("isSoftphonePanelVisible"),
    setSoftphonePanelVisibility: simple("setSoftphonePanelVisibility", ["visible"]),
    setSoftphonePanelHeight: simple("setSoftphonePanelHeight", ["heightPX"]),
    setSoftphonePanelWidth: simple("setSoftphonePanelWidth", ["widthPX"]),
    setSoftphoneItemLabel: simple("setSoftphoneItemLabel", ["label"]),
    setSoftphoneItemIcon: simple("setSoftphoneItemIcon", ["key"]),
    setSoftphonePanelLabel: simple("setSoftphonePanelLabel", ["label"]),
    setSoftphonePanelIcon: simple("setSoftphonePanelIcon", ["key"]),
    screenPop: simple("screenPop", ["type", "params"]),
    searchAndScreenPop: simple("searchAndScreenPop", SEARCH),
    runApex: simple("runApex", ["apexClass", "methodName", "methodParams"]),
    saveLog,
    subscribe,
    unsubscribe,
    publish,
    hvs: {
      onWorkStart: event("onWorkStart"),
      completeWork: simple("completeWork", ["workId", "attributes"]),
    },
  };

  initialize();
})();
