import { LightningElement, api, wire } from "lwc";
import { APPLICATION_SCOPE, MessageContext, publish, subscribe, unsubscribe } from "lightning/messageService";
import CTI_PRESENCE from "@salesforce/messageChannel/CtiPresence__c";
import statuses from "@salesforce/apex/CtiOmniChannel.statuses";

/** How long Omni-Channel may take to set a status, in milliseconds. */
const SET_MS = 10_000;
/** Why a status has changed: a component of the page did it, neither a person nor Omni-Channel itself. */
const BY_COMPONENT = "OmniToolkitStatusChange";

/** Ids have 15 or 18 characters. */
const isSame = (one, other) => String(one).slice(0, 15) === String(other).slice(0, 15);

/**
 * Between the softphone and Omni-Channel: tells on the message channel CtiPresence which status the agent has, and sets
 * the one that the softphone asks for. Only Aura reaches Omni-Channel: c:ctiOmniChannel, which holds this component, hands
 * on its events by the methods here, and carries out `askstatus` and `setstatus`.
 */
export default class CtiOmniBridge extends LightningElement {
  @wire(MessageContext) context;

  /** The status as the agent reads it. */
  label = "";
  /** API name of the status; empty: logged out, null: not known yet. */
  status = null;
  /** API name of the status to set next. */
  wanted = null;
  isSetting = false;
  /** Id of the status that was set last, until another one is in force. */
  ours = null;
  /** Ends the wait for `setstatus`; null: nobody waits. */
  done = null;
  subscription = null;

  connectedCallback() {
    const listener = (message) => this.take(message);
    this.subscription = subscribe(this.context, CTI_PRESENCE, listener, { scope: APPLICATION_SCOPE });
    this.ask();
  }

  disconnectedCallback() {
    unsubscribe(this.subscription);
  }

  /** The answer to `askstatus`; null for whoever is logged out. */
  @api statusIs(status) {
    this.note(status?.statusApiName, status?.statusName);
    this.tell(false);
  }

  /** Parameters of lightning:omniChannelStatusChanged; older releases give no reason. */
  @api statusChanged({ statusId, statusApiName, statusName, reason }) {
    const isOurs = this.ours !== null && isSame(statusId, this.ours);
    const byPerson = reason ? reason !== BY_COMPONENT : !isOurs;
    this.note(statusApiName, statusName);
    if (byPerson) this.ours = null;
    // What was asked for is told once, when it is done.
    if (byPerson || !isOurs || this.done === null) this.tell(byPerson);
  }

  /** Whoever logs in elsewhere has not gone away: Omni-Channel is in that tab from now on. */
  @api loggedOut(reason) {
    this.wanted = null;
    this.note("", "");
    this.tell(!String(reason ?? "").startsWith("DuplicateLogin"));
  }

  @api statusSet(statusId) {
    this.settle(statusId, true);
  }

  @api statusRefused(statusId) {
    this.settle(statusId, false);
  }

  /** Our own messages come back as well. */
  take(message) {
    if (message?.type === "ask_status") this.ask();
    if (message?.type === "set_status" && message.status) void this.want(message.status);
  }

  ask() {
    this.dispatchEvent(new CustomEvent("askstatus"));
  }

  /** One after the other; of those that wait only the last one counts. */
  async want(status) {
    this.wanted = status;
    if (this.isSetting) return;
    this.isSetting = true;
    while (this.wanted !== null) {
      const next = this.wanted;
      this.wanted = null;
      await this.set(next);
    }
    this.isSetting = false;
  }

  /** Setting a status would log in whoever has logged out: that is left to them. */
  async set(status) {
    if (status === this.status || this.status === "") {
      this.tell(false);
      return;
    }
    try {
      const found = (await statuses()).find(({ name }) => name === status);
      if (!found) this.refuse(status, "unknown");
      else if (await this.carriedOut(found.id)) {
        this.note(found.name, found.label);
        this.tell(false);
      } else this.refuse(status, "refused");
    } catch {
      this.refuse(status, "refused");
    }
  }

  /** Whether Omni-Channel has set the status; when it says nothing, it has not. */
  async carriedOut(statusId) {
    this.ours = statusId;
    let timer;
    const answered = new Promise((resolve) => {
      this.done = resolve;
      timer = setTimeout(() => resolve(false), SET_MS);
    });
    this.dispatchEvent(new CustomEvent("setstatus", { detail: { statusId } }));
    const isDone = await answered;
    clearTimeout(timer);
    this.done = null;
    return isDone;
  }

  settle(statusId, isDone) {
    if (this.ours !== null && isSame(statusId, this.ours)) this.done?.(isDone);
  }

  note(status, label) {
    this.status = status ?? "";
    this.label = label ?? "";
  }

  tell(byPerson) {
    this.publish({ type: "status", status: this.status, statusLabel: this.label, byPerson });
  }

  refuse(status, reason) {
    this.publish({ type: "refused", status, reason });
  }

  publish(message) {
    publish(this.context, CTI_PRESENCE, message);
  }
}
