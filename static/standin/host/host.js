/**
 * The Open CTI host: takes a frame's messages, checks them, has them done, answers. No DOM: windows are only posted to.
 */
import { faultFor } from "./faults.js";
import { documentedFailure, failure, lightning, success } from "./protocol.js";

/**
 * One framed page. `origin` changes when another address is loaded into the frame.
 * @typedef {{id: string, window: {postMessage: Function}, origin: string, nonce: string, apiVersion: number|null,
 *   listening: Set<string>, channels: Set<string>}} Frame
 * @typedef {{direction: "in"|"out"|"ignored"|"note", frame: string, text: string, data: unknown}} Traffic
 */

export class OpenCtiHost {
  #frames = [];
  #methods;
  #dialect;
  #faults = new Map();
  #log;
  #heard;
  #later;
  #held = []; // answers that wait for another to overtake them

  /**
   * @param {{methods: Object<string, (args: object, frame: Frame) => unknown>, log?: (entry: Traffic) => void,
   *   heard?: (channel: string, message: object|null) => void, later?: (work: () => void, ms: number) => void,
   *   dialect?: typeof lightning}} parts `methods` answer with a response object or a promise of one; `dialect` says how
   *   messages are read and written; `heard` is told what is published on any channel
   */
  constructor({
    methods,
    log = () => {},
    heard = () => {},
    later = (work, ms) => setTimeout(work, ms),
    dialect = lightning,
  }) {
    this.#methods = methods;
    this.#dialect = dialect;
    this.#log = log;
    this.#heard = heard;
    this.#later = later;
  }

  set faults(faults) {
    this.#faults = faults;
  }

  get faults() {
    return this.#faults;
  }

  /** @returns {Frame} */
  addFrame(id, window, origin) {
    const frame = { id, window, origin, nonce: "", apiVersion: null, listening: new Set(), channels: new Set() };
    this.#frames.push(frame);
    return frame;
  }

  /** Forget what a frame registered, because a new page is loaded into it. */
  resetFrame(frame, origin, nonce = "") {
    Object.assign(frame, { origin, nonce, apiVersion: null, listening: new Set(), channels: new Set() });
  }

  /** @param {{source: unknown, origin: string, data: unknown}} event a MessageEvent of the host page */
  async receive(event) {
    const frame = this.#frames.find((candidate) => candidate.window === event.source);
    const ignored = (reason) => {
      const text = `${reason} (from ${event.origin})`;
      this.#log({ direction: "ignored", frame: frame?.id ?? "?", text, data: event.data });
    };
    if (!frame) return ignored("not from a softphone frame");
    if (event.origin !== frame.origin) return ignored(`origin is not ${frame.origin}`);
    const { request, ignored: reason } = this.#dialect.readRequest(event.data, frame);
    if (!request) return ignored(reason);
    this.#log({ direction: "in", frame: frame.id, text: request.methodName, data: event.data });
    await this.#serve(frame, request);
  }

  async #serve(frame, request) {
    frame.apiVersion = request.apiVersion;
    if (this.#dialect.listeners.has(request.methodName)) frame.listening.add(request.methodName);
    const fault = faultFor(this.#faults, request.methodName);
    const refused = fault?.kind === "error" && documentedFailure(fault.code, request.methodName);
    const response = refused || (await this.#done(frame, request));
    if (request.wantsAnswer) this.#answer(frame, request, response, fault);
  }

  async #done(frame, request) {
    if (this.#dialect.listeners.has(request.methodName)) return success();
    const own = { subscribe: this.#subscribe, unsubscribe: this.#unsubscribe, publish: this.#publish };
    const name = request.methodName;
    const method = Object.hasOwn(own, name)
      ? own[name].bind(this)
      : Object.hasOwn(this.#methods, name) && this.#methods[name];
    if (!method) return failure("GENERIC_ERROR", `An error occurred while calling the API method. (no ${name})`);
    try {
      return (await method(request.args, frame)) ?? success();
    } catch (error) {
      const text = `${name} failed: ${error?.message ?? error}`;
      this.#log({ direction: "note", frame: frame.id, text, data: null });
      return failure("SERVER_ERROR", "A problem was encountered on the server.");
    }
  }

  #answer(frame, request, response, fault) {
    const { origin } = frame;
    const send = () => {
      // The page that asked may have been replaced meanwhile; its answer is nobody else's.
      if (frame.origin === origin)
        this.#post(frame, this.#dialect.answerMessage(request, response), request.methodName);
    };
    if (fault?.kind === "silent") return;
    if (fault?.kind === "swap") return void this.#held.push(send);
    if (fault?.kind === "late") return this.#later(send, fault.ms);
    send();
    for (const held of this.#held.splice(0)) held();
  }

  /** Tell every frame that listens. @returns {number} how many were told */
  emit(methodName, payload) {
    const told = this.#frames.filter((frame) => frame.listening.has(methodName));
    for (const frame of told)
      this.#post(frame, this.#dialect.eventMessage(methodName, frame.apiVersion, payload), methodName);
    return told.length;
  }

  /** Bring a message to the subscribers of a channel. @returns {number} how many frames were told */
  publish(channel, message) {
    const told = this.#frames.filter((frame) => frame.channels.has(channel));
    for (const frame of told)
      this.#post(frame, this.#dialect.channelMessage(channel, frame.apiVersion, message), `subscribe ${channel}`);
    this.#heard(channel, message);
    return told.length;
  }

  #subscribe({ eventName }, frame) {
    frame.channels.add(String(eventName));
    return success();
  }

  #unsubscribe({ eventName }, frame) {
    frame.channels.delete(String(eventName));
    return success();
  }

  // A page that publishes on a channel it subscribes to hears itself, as subscribers of Lightning Message Service do.
  #publish({ eventName, message }) {
    this.publish(String(eventName), message ?? null);
    return success();
  }

  #post(frame, message, text) {
    frame.window.postMessage(message, frame.origin);
    this.#log({ direction: "out", frame: frame.id, text, data: message });
  }
}
