/**
 * What the agent asks of the phone system: one POST for one command, its outcome comes back through the poll.
 *
 * Hold, retrieve and mute are states to reach: asked twice they do no harm, so a lost answer is asked for again with the
 * same id. Dial and transfer are at most once: when nobody knows whether they happened, only the agent may repeat them.
 */

import { ApiProblem } from "./api.js";
import { newId as randomId } from "./lib/ids.js";
import { FINAL, presenceKey } from "./state/commands.js";
import { outboundNumber } from "./state/line.js";

const AT_MOST_ONCE = new Set([
  "MakeCall",
  "SingleStepTransferCall",
  "ConsultationCall",
  "TransferCall",
  "ConferenceCall",
  "GenerateDigits",
]);
/** The relay lets a command wait 5 s; after that and the way back its outcome is unknown. In milliseconds. */
const OUTCOME_MS = 8_000;
/** How long a new call waits for the one before it to be held, in milliseconds. */
const HOLD_MS = 2_500;

/** Command name -> does it take a number, to which the dial plan applies? */
const DIALS = new Set(["MakeCall", "SingleStepTransferCall", "ConsultationCall", "SetForwarding"]);

/**
 * @param {{api: object, store: object, newId?: () => string}} parts
 */
export function createCommands({ api, store, newId = randomId }) {
  /**
   * Send one command and wait for its outcome.
   * @param {string} verb ECMA-269 service: MakeCall, HoldCall, …
   * @param {object} fields of the command, without id and verb
   * @param {{raw?: boolean, record?: object|null}} [how] `raw`: dial exactly what was typed
   * @returns {Promise<"done"|"failed"|"expired"|"unknown">}
   */
  async function send(verb, fields, { raw = false, record = null } = {}) {
    const id = newId();
    store.dispatch({
      type: "command_sent",
      id,
      verb,
      call: fields.call ?? null,
      target: targetOf(fields),
      record,
    });
    const dialing = DIALS.has(verb) ? { settings: store.state.settings.raw, raw } : null;
    const body = { command: { verb, id, ...fields }, ...(dialing ? { dialing } : {}) };
    try {
      const answer = await post(body, verb);
      const { state, dialled = null, extension = "" } = answer;
      store.dispatch({ type: "command_answered", id, state, dialled, extension });
    } catch (error) {
      store.dispatch(refusalOf(id, error));
    }
    return outcome(id);
  }

  async function post(body, verb) {
    try {
      return await api.post("/v1/commands", body);
    } catch (error) {
      if (error instanceof ApiProblem || AT_MOST_ONCE.has(verb)) throw error;
      return api.post("/v1/commands", body);
    }
  }

  async function outcome(id) {
    const settled = await store.until(
      (state) => !state.commands[id] || FINAL.has(state.commands[id].state),
      OUTCOME_MS,
    );
    if (settled === null) store.dispatch({ type: "command_unknown", id });
    return store.state.commands[id]?.state ?? "unknown";
  }

  /** Desk phones have one voice: whoever is talked to is put on hold before another call takes their place. */
  async function holdOthers(except) {
    const talking = Object.values(store.state.calls).filter(
      (call) => call.state === "connected" && call.id !== except && !("HoldCall" in call.unsupported),
    );
    for (const call of talking) {
      const sent = send("HoldCall", { call: call.id });
      await Promise.race([sent, store.until((state) => state.calls[call.id]?.state !== "connected", HOLD_MS)]);
    }
  }

  return {
    async dial(number, { name = "", raw = false, record = null } = {}) {
      await holdOthers(null);
      const shown = outboundNumber(store.state);
      const fields = { number: number.trim(), name: name.slice(0, 200), ...(shown ? { outbound_number: shown } : {}) };
      return send("MakeCall", fields, { raw, record });
    },
    async answer(call) {
      await holdOthers(call);
      return send("AnswerCall", { call });
    },
    async retrieve(call) {
      await holdOthers(call);
      return send("RetrieveCall", { call });
    },
    park: (call) => send("ParkCall", { call }),
    forward: (kind, number, { raw = false } = {}) => send("SetForwarding", { kind, number }, { raw }),
    hold: (call) => send("HoldCall", { call }),
    clear: (call) => send("ClearConnection", { call }),
    mute: (call, muted) => send("SetMicrophoneMute", { call, muted }),
    record: (call, state) => send("SetRecording", { call, state }),
    digits: (call, digits) => send("GenerateDigits", { call, digits }),
    transfer: (call, number, { raw = false } = {}) =>
      send("SingleStepTransferCall", { call, number: number.trim() }, { raw }),
    consult: (call, number, { raw = false } = {}) => send("ConsultationCall", { call, number: number.trim() }, { raw }),
    join: (call, consultation) => send("TransferCall", { call, consultation }),
    conference: (call, consultation) => send("ConferenceCall", { call, consultation }),
    /** Give up asking, and go back to whoever waits (ECMA-269, Reconnect Call). */
    async reconnect(call, consultation) {
      const ended = await send("ClearConnection", { call: consultation });
      return ended === "done" ? send("RetrieveCall", { call }) : ended;
    },
    presence: (state, reason = "") => send("SetAgentState", { state, reason }),
    queue: (queue, loggedIn, paused, reason = "") =>
      send("SetQueueMembership", { queue, logged_in: loggedIn, paused, ...(paused && reason ? { reason } : {}) }),
  };
}

/** What is wanted, to be shown until it is reached. */
function targetOf({ number, state, reason, queue }) {
  return state ? presenceKey(state, reason) : (number ?? queue ?? null);
}

/** A refusal says that nothing was done; a lost answer says nothing. */
function refusalOf(id, error) {
  if (error instanceof ApiProblem && error.status < 500) {
    return { type: "command_refused", id, errorId: error.errorId, field: error.field };
  }
  if (error instanceof ApiProblem && error.errorId !== "internal_error" && !error.errorId.startsWith("http_")) {
    return { type: "command_refused", id, errorId: error.errorId, field: error.field };
  }
  return { type: "command_unknown", id };
}

/** Characters a keypad sends (DTMF, ITU-T Q.23). */
export function keypadDigits(text) {
  return text.replace(/[^0-9*#A-Da-d]/g, "").slice(0, 32);
}
