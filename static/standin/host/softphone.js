/** Loads the softphone page into its frame, waits for it, and lets the standby address take over. Joins panel and host. */
import { frameUrl, newNonce, originOf } from "./adapter_url.js";
import { firstState, nextState } from "./standby.js";

const NO_ADDRESS = "The adapter URL of the call center is not a complete http or https address. See Setup.";

export class Softphone {
  #panel;
  #host;
  #frame;
  #context;
  #session;
  #state = "ready";
  #timer = null;

  /**
   * @param {{panel: import("./panel.js").SoftphonePanel, host: import("./host.js").OpenCtiHost, name: string,
   *   session: object, context: {ui: string, origin: string, appId: string, console: boolean}}} parts
   */
  constructor({ panel, host, name, session, context }) {
    this.#panel = panel;
    this.#host = host;
    this.#session = session;
    this.#context = context;
    this.#frame = host.addFrame(name, panel.frame.contentWindow, "");
  }

  get panel() {
    return this.#panel;
  }

  get protocolFrame() {
    return this.#frame;
  }

  /** @param {{adapterUrl: string, standby: {url: string, timeoutMs: number}}} options */
  start({ adapterUrl, standby }) {
    clearTimeout(this.#timer);
    this.#state = firstState(standby, this.#session.get("standby", false));
    this.#load(this.#state === "standby" ? standby.url : adapterUrl);
    if (this.#state === "loading")
      this.#timer = setTimeout(() => this.#advance("timeout", standby.url), standby.timeoutMs);
  }

  /** The page called notifyInitializationComplete. */
  complete() {
    this.#advance("complete");
  }

  #advance(event, standbyUrl = "") {
    const before = this.#state;
    this.#state = nextState(before, event);
    clearTimeout(this.#timer);
    if (before === "loading" && this.#state === "standby") {
      this.#session.set("standby", true);
      this.#load(standbyUrl);
    }
    this.#show();
  }

  #load(address) {
    const origin = originOf(address);
    const nonce = newNonce((bytes) => crypto.getRandomValues(bytes));
    this.#host.resetFrame(this.#frame, origin ?? "", nonce);
    this.#panel.frame.src = origin ? frameUrl(address, { ...this.#context, nonce }) : "about:blank";
    this.#panel.change({ problem: origin ? "" : NO_ADDRESS });
    this.#show();
  }

  #show() {
    this.#panel.change({ loading: this.#state === "loading", standby: this.#state === "standby" });
  }
}
