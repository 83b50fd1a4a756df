/** Omni-Channel behind its message channel, as `salesforce/lwc/ctiOmniBridge` speaks for it, and the phone's presence. */

import { initialState, reduce } from "../../static/js/state.js";
import { startOmniChannel } from "../../static/js/omni/sync.js";
import { createStore } from "../../static/js/store.js";
import { answer, snapshot } from "./softphone.mjs";

/** Rules as the server tells them. */
export const rulesOf = (text) =>
  text
    .split(";")
    .map((rule) => rule.split("->").map((side) => side.trim()))
    .filter(([condition]) => condition)
    .map(([condition, target]) => ({ condition, target }));

export const settings = ({ channel = "CtiPresence__c", to = "", from = "", ...panel } = {}) => ({
  type: "settings_checked",
  problems: [],
  effective: {},
  panel: {
    omni_channel: channel,
    to_omni: rulesOf(to),
    from_omni: rulesOf(from),
    message_channel: "",
    wrap_up: "off",
    dispositions: [],
    log_internal: false,
    ...panel,
  },
});

/** What lasts as long as the tab. */
export function tabStorage() {
  const held = new Map();
  return { get: (name) => held.get(name) ?? null, set: (name, value) => void held.set(name, value) };
}

/**
 * Everything that is under way between panel, Omni-Channel and phone waits in `lanes` until `step` lets one thing happen;
 * within a lane in order, among them as `pick` chooses.
 */
export class World {
  constructor({ to = "", from = "", status = "Available", presence = "available", panels = 1, pick = () => 0 } = {}) {
    Object.assign(this, { status, presence, pick, from, to });
    /** All that was asked of Omni-Channel and of the phone. */
    this.asked = [];
    this.commanded = [];
    this.refusals = {};
    this.logins = 0;
    this.lanes = { omni: [], phone: [] };
    this.panels = Array.from({ length: panels }, () => this.#panel());
    this.#settle();
  }

  #panel(kept = tabStorage()) {
    const store = createStore(reduce, initialState);
    for (const event of [
      { type: "host_ready", host: { kind: "lightning", canPop: true, canLog: true, problem: null } },
      { type: "sign_in_started", agent: "alice" },
      { type: "signed_in", agent: "alice" },
      { type: "relay_online" },
      snapshot({ presence: this.presence.split("|")[0], calls: Object.values(this.calls ?? {}) }),
    ])
      store.dispatch(event);
    const panel = { store, kept, hear: null };
    const host = {
      subscribe: async (_channel, listener) => void (panel.hear = listener),
      publish: async (_channel, message) => this.#published(message),
    };
    const commands = { presence: (state, reason) => this.#commanded(state, reason) };
    startOmniChannel({ store, host, commands, kept });
    store.dispatch(settings({ to: this.to, from: this.from }));
    return panel;
  }

  /** The page of the first panel is loaded anew. */
  reload() {
    const [{ kept }] = this.panels;
    this.panels[0].hear = null;
    this.panels[0] = this.#panel(kept);
    return this.settle();
  }

  #published(message) {
    if (message.type === "ask_status") this.#later("omni", () => this.#tell(false));
    if (message.type !== "set_status") return;
    this.asked.push(message.status);
    const { logins } = this;
    this.#later("omni", () => {
      // What was asked for before somebody logged out is not done when they come back.
      if (logins !== this.logins) return this.#tell(false);
      const reason = this.refusals[message.status];
      if (reason) return this.#say({ type: "refused", status: message.status, reason });
      if (this.status !== "") this.status = message.status;
      return this.#tell(false);
    });
  }

  async #commanded(state, reason) {
    this.commanded.push(reason ? `${state}|${reason}` : state);
    return new Promise((resolve) => {
      this.#later("phone", () => {
        this.#nowPresent(state, reason);
        resolve("done");
      });
    });
  }

  #nowPresent(state, reason) {
    this.presence = reason ? `${state}|${reason}` : state;
    const event = { type: "presence", state, reason, queues: [] };
    for (const { store } of this.panels) store.dispatch(answer(event));
  }

  #tell(byPerson) {
    const { status } = this;
    this.#say({ type: "status", status, statusLabel: status, byPerson });
  }

  #say(message) {
    for (const panel of this.panels) panel.hear?.(message);
  }

  #later(lane, work) {
    this.lanes[lane].push(work);
  }

  /** Somebody sets a status in Omni-Channel. */
  choose(status) {
    if (status === this.status) return;
    if (status === "") this.logins += 1;
    this.status = status;
    this.#tell(true);
  }

  /** Somebody sets the presence, in the panel or at the phone. */
  present(key) {
    if (key === this.presence) return;
    const [state, reason = ""] = key.split("|");
    this.#nowPresent(state, reason);
  }

  /** A call as the relay tells it. */
  call(call) {
    this.calls = { ...this.calls, [call.id]: call };
    for (const { store } of this.panels) store.dispatch(answer({ type: "call", event: "Told", at: call.started_at, call }));
  }

  /** Let one of the things happen that are under way. @returns {Promise<boolean>} false: nothing is */
  async step() {
    await this.#ready();
    const busy = Object.values(this.lanes).filter((lane) => lane.length > 0);
    if (busy.length === 0) return false;
    busy[this.pick(busy.length)].shift()();
    await this.#ready();
    return true;
  }

  /** Until nothing is under way any more; fails where that does not come. */
  async settle(most = 500) {
    for (let steps = 0; steps < most; steps += 1) if (!(await this.step())) return;
    throw new Error(`still not at rest: ${this.asked.slice(-6)} / ${this.commanded.slice(-6)}`);
  }

  async #ready() {
    await new Promise((resolve) => setImmediate(resolve));
  }

  #settle() {
    this.started = this.settle();
  }
}

export async function world(parts) {
  const made = new World(parts);
  await made.started;
  return made;
}
