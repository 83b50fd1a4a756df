/**
 * Carries the agent's presence between the softphone, by a message channel, and Omni-Channel, whose toolkit exists in Aura only:
 * the component around this one calls `told` and `refused`, and does what `setstatus`, `logout` and `askstatus` ask for.
 */

import { LightningElement, api, wire } from "lwc";
import { APPLICATION_SCOPE, MessageContext, publish, subscribe, unsubscribe } from "lightning/messageService";
import statuses from "@salesforce/apex/CtiOmniChannel.statuses";
import CTI_PRESENCE from "@salesforce/messageChannel/CtiPresence__c";

/** Why a status changed, where the softphone asked for it (Console Developer Guide, omniChannelStatusChanged). */
const BY_TOOLKIT = "OmniToolkitStatusChange";

export default class CtiOmniBridge extends LightningElement {
  @wire(MessageContext) messageContext;

  _subscription = null;
  /** API name of the status in force; null before anybody has told. */
  _status = null;
  /** API name -> id of the statuses that this agent may have. */
  _ids = null;

  connectedCallback() {
    this._subscription = subscribe(this.messageContext, CTI_PRESENCE, (message) => this._take(message), {
      scope: APPLICATION_SCOPE,
    });
    this._ask("askstatus");
  }

  disconnectedCallback() {
    unsubscribe(this._subscription);
    this._subscription = null;
  }

  /**
   * Omni-Channel has a status from now on.
   * @param {string} status its API name; empty for logged out
   * @param {string} [reason] as Omni-Channel gives it; none: it was only asked for
   */
  @api
  told(status, reason = "") {
    this._status = status ?? "";
    this._tell({ type: "status", status: this._status, byPerson: reason !== "" && reason !== BY_TOOLKIT });
  }

  /** Salesforce did not take the status that was asked for. */
  @api
  refused(status) {
    this._tell({ type: "refused", status, reason: "not_allowed" });
  }

  async _take(message) {
    if (message?.type === "ask_status") this._ask("askstatus");
    else if (message?.type === "set_status") await this._set(String(message.status ?? ""));
  }

  async _set(status) {
    if (status === this._status) return;
    if (status === "") return this._ask("logout");
    const statusId = await this._idOf(status);
    if (statusId) this._ask("setstatus", { status, statusId });
    else this._tell({ type: "refused", status, reason: "unknown_status" });
  }

  async _idOf(status) {
    try {
      this._ids ??= new Map((await statuses()).map(({ name, id }) => [name, id]));
    } catch {
      return null; // Asked anew the next time.
    }
    return this._ids.get(status) ?? null;
  }

  _ask(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  _tell(message) {
    publish(this.messageContext, CTI_PRESENCE, message);
  }
}
