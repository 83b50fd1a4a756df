/** Mounts every panel into its place of the skeleton and draws them together. */

import { setAttribute } from "../lib/dom.js";
import { mountActiveCall } from "./active_call.js";
import { mountBanner } from "./banner.js";
import { mountCallList } from "./call_list.js";
import { mountDialpad } from "./dialpad.js";
import { mountEnded } from "./ended.js";
import { mountHealth } from "./health.js";
import { mountHistory } from "./history.js";
import { mountIncoming } from "./incoming.js";
import { mountPresence } from "./presence.js";
import { mountSettings } from "./settings.js";
import { mountSignIn } from "./sign_in.js";
import { mountTabs } from "./tabs.js";
import { mountUnlogged } from "./unlogged.js";

const PANELS = {
  presence: mountPresence,
  banner: mountBanner,
  sign_in: mountSignIn,
  incoming: mountIncoming,
  unlogged: mountUnlogged,
  active_call: mountActiveCall,
  call_list: mountCallList,
  ended: mountEnded,
  dialpad: mountDialpad,
  history: mountHistory,
  settings: mountSettings,
  health: mountHealth,
  tabs: mountTabs,
};

/** @param {Document} document @param {object} actions what the agent's clicks mean */
export function mountPanels(document, actions) {
  const roots = Object.fromEntries(
    Object.keys(PANELS).map((name) => [name, document.querySelector(`[data-panel="${name}"]`)]),
  );
  const panels = Object.fromEntries(Object.entries(PANELS).map(([name, mount]) => [name, mount(roots[name], actions)]));
  const softphone = document.getElementById("softphone");
  let ringing = new Set();

  return {
    update(vm) {
      setAttribute(softphone, "data-tab", vm.tab);
      setAttribute(softphone, "data-call", vm.active !== null && "true");
      Object.values(panels).forEach((panel) => panel.update(vm));
      const now = new Set(vm.incoming.map((call) => call.id));
      const rings = [...now].some((id) => !ringing.has(id));
      ringing = now;
      if (rings && mayTakeFocus(document))
        roots.incoming.querySelector('[data-testid="answer"]')?.focus({ preventScroll: true });
    },
    focusNumber: () => panels.dialpad.focus(),
    unmount: () => Object.values(panels).forEach((panel) => panel.unmount()),
  };
}

/** Answer gets the focus, but never from somebody who types: here, or in the Salesforce page around us. */
export function mayTakeFocus(document) {
  if (!document.hasFocus()) return false;
  const focused = document.activeElement;
  return !focused?.matches("input, textarea, select");
}
