/**
 * What each Open CTI method does, in terms of four ports: org (server), app (pages), panel (utility bar), center
 * (call center). No DOM. Each entry takes the arguments and answers with a response object, or nothing for success.
 */
import { layoutFor, notFound, popForSearch, readPop, searchFault } from "./pop.js";
import { HEIGHT_RANGE, invalidParameter, rangeFault, success, WIDTH_RANGE } from "./protocol.js";

/**
 * @typedef {object} Ports
 * @property {{search: Function, saveLog: Function, runApex: Function}} org promises of JSON
 * @property {{viewInfo: () => object, show: (path: string) => Promise<boolean>, openNewRecord: Function,
 *   notice: (text: string) => void, refresh: () => Promise<void>, setClickToDial: (on: boolean, frame: object) => void}} app
 * @property {{isVisible: (frame: object) => boolean, change: (patch: object, frame: object) => void}} panel
 * @property {{settings: () => object, layout: () => object, complete: (frame: object) => void}} center
 */

/** @param {Ports} ports */
export function createMethods(ports) {
  return { ...viewMethods(ports), ...dataMethods(ports), ...panelMethods(ports) };
}

function viewMethods({ app, center }) {
  return {
    enableClickToDial: (_args, frame) => void app.setClickToDial(true, frame),
    disableClickToDial: (_args, frame) => void app.setClickToDial(false, frame),
    getAppViewInfo: () => success(app.viewInfo()),
    getCallCenterSettings: () => success(center.settings()),
    getSoftphoneLayout: () => success(center.layout()),
    notifyInitializationComplete: (_args, frame) => void center.complete(frame),
    refreshView: async () => void (await app.refresh()),
    screenPop: (args) => perform(app, args),
  };
}

async function perform(app, args) {
  const pop = readPop(args);
  if (pop.fault) return pop.fault;
  if (pop.kind === "flow") return void app.notice(`Flow ${pop.name} would start here. ${JSON.stringify(pop.values)}`);
  const opened = pop.kind === "new" && app.openNewRecord(pop.object, pop.defaults);
  if (pop.kind === "new") return opened ? success() : notFound(`no object ${pop.object}`);
  return (await app.show(pop.path)) ? success() : notFound(`nothing to show at ${pop.path}`);
}

function dataMethods({ org, app, center }) {
  return {
    searchAndScreenPop: async (args) => {
      const fault = searchFault(args);
      if (fault) return fault;
      const { screenPopSettings = {} } = layoutFor(center.layout(), args.callType);
      const found = await org.search(args.searchParams, args.callType);
      const pop = popForSearch(screenPopSettings, Object.keys(found), args);
      if (args.deferred === true) return success({ ...found, SCREEN_POP_DATA: pop });
      // Call types whose layout has no pop settings are searched only.
      if (pop && Object.keys(screenPopSettings).length) await perform(app, pop);
      return success(found);
    },
    saveLog: async ({ object }) => {
      const response = await org.saveLog(object ?? null);
      if (response.success) app.notice("Task saved.");
      return response;
    },
    runApex: (args) => org.runApex(args),
    completeWork: ({ workId }) => {
      if (typeof workId !== "string" || workId === "") return invalidParameter("workId", "A work ID", workId);
      return void app.notice(`Work ${workId} completed.`);
    },
  };
}

function panelMethods({ panel }) {
  const setter = (key, name, check) => (args, frame) => {
    const fault = check(name, args[name]);
    if (!fault) panel.change({ [key]: args[name] }, frame);
    return fault ?? success();
  };
  const text = (name, value) => (typeof value === "string" ? null : invalidParameter(name, "A text value", value));
  const flag = (name, value) => (typeof value === "boolean" ? null : invalidParameter(name, "A boolean value", value));
  return {
    isSoftphonePanelVisible: (_args, frame) => success({ visible: panel.isVisible(frame) }),
    setSoftphonePanelVisibility: setter("visible", "visible", flag),
    setSoftphonePanelHeight: setter("height", "heightPX", (name, value) => rangeFault(name, value, HEIGHT_RANGE)),
    setSoftphonePanelWidth: setter("width", "widthPX", (name, value) => rangeFault(name, value, WIDTH_RANGE)),
    setSoftphoneItemLabel: setter("itemLabel", "label", text),
    setSoftphoneItemIcon: setter("itemIcon", "key", text),
    setSoftphonePanelLabel: setter("panelLabel", "label", text),
    setSoftphonePanelIcon: setter("panelIcon", "key", text),
  };
}
