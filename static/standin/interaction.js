/**
 * Open CTI client script of the Salesforce stand-in for Salesforce Classic, for the page inside the softphone frame.
 *
 * Offers `sforce.interaction` with the names and positional arguments of the Open CTI guide for Classic and speaks its
 * text messages. Written for this project from that description; not Salesforce's script. Without the two parameters
 * that Salesforce appends to the page's address it stays inert, as the original does.
 */
(() => {
  const PREFIX = "interactionApi/";
  const query = new URLSearchParams(window.location.search);
  const hostOrigin = (query.get("sfdcIFrameOrigin") || "").toLowerCase();
  const nonce = query.get("nonce") || "";
  const apiVersion = Number(/\/support\/api\/(\d+)\.0\//.exec(document.currentScript?.src || "")?.[1] || 66);
  const callbacks = new Map();
  let nextCall = 0;

  const encoded = encodeURIComponent;

  function post(method, fields, callback) {
    let name = method;
    if (typeof callback === "function") {
      name = `${method}_${nextCall++}`;
      callbacks.set(name, callback);
    }
    const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
    const pairs = [
      ["method", name],
      ...given.map(([key, value]) => [key, encoded(value)]),
      ["nonce", nonce],
      ["apiVersion", apiVersion],
    ];
    const text = PREFIX + pairs.map(([key, value]) => `${key}=${value}`).join("&");
    if (hostOrigin && nonce) window.parent.postMessage(text, hostOrigin);
  }

  /** A listener keeps its plain name and is called as often as the host says so. */
  function listen(method, listener) {
    callbacks.set(method, listener);
    post(method, {});
  }

  const bare = (value) => (value === "true" ? true : value === "false" ? false : value === "" ? null : value);

  window.addEventListener("message", ({ origin, data }) => {
    if (origin.toLowerCase() !== hostOrigin || typeof data !== "string" || !data.startsWith(PREFIX)) return;
    const pairs = data
      .slice(PREFIX.length)
      .split("&")
      .map((pair) => pair.split("="));
    const answer = Object.fromEntries(pairs.map(([key, value = ""]) => [key, bare(decodeURIComponent(value))]));
    const callback = callbacks.get(answer.method);
    if (/_\d+$/.test(answer.method)) callbacks.delete(answer.method);
    callback?.(answer);
  });

  const search = (method) => (searchParams, queryParams, callType, callback) =>
    post(method, { searchParams, queryParams, callType }, callback);

  window.sforce = window.sforce || {};
  window.sforce.interaction = {
    isInConsole: (callback) => post("isInConsole", {}, callback),
    getPageInfo: (callback) => post("getPageInfo", {}, callback),
    onFocus: (listener) => listen("onFocus", listener),
    screenPop: (targetUrl, force, callback) => post("screenPop", { targetUrl, force }, callback),
    searchAndScreenPop: search("searchAndScreenPop"),
    searchAndGetScreenPopUrl: search("searchAndGetScreenPopUrl"),
    // The text is already a query string; as a value of another one it is encoded once more.
    saveLog: (objectName, saveParams, callback) =>
      post("saveLog", { objectName, saveParams: encoded(saveParams) }, callback),
    runApex: (apexClass, methodName, methodParams, callback) =>
      post("runApex", { apexClass, methodName, methodParams }, callback),
    setVisible: (value, callback) => post("setVisible", { value }, callback),
    isVisible: (callback) => post("isVisible", {}, callback),
    refreshPage: (callback) => post("refreshPage", {}, callback),
    refreshRelatedList: (listName, callback) => post("refreshRelatedList", { listName }, callback),
    cti: {
      getCallCenterSettings: (callback) => post("getCallCenterSettings", {}, callback),
      getSoftphoneLayout: (callback) => post("getSoftphoneLayout", {}, callback),
      setSoftphoneHeight: (height, callback) => post("setSoftphoneHeight", { height }, callback),
      setSoftphoneWidth: (width, callback) => post("setSoftphoneWidth", { width }, callback),
      enableClickToDial: (callback) => post("enableClickToDial", {}, callback),
      disableClickToDial: (callback) => post("disableClickToDial", {}, callback),
      onClickToDial: (listener) => listen("onClickToDial", listener),
      notifyInitializationComplete: () => post("notifyInitializationComplete", {}),
    },
  };
})();
