/**
 * Omni-Channel in the utility bar: a status that the user chooses, and that the softphone sets by a message channel, as the
 * component `salesforce/lwc/ctiOmniBridge` does in an org. It shows where the call center names a channel.
 */
import { el } from "./dom.js";

const CHANNEL = "/ctiOmniChannel/channel";
/** API name -> label; empty: logged out. */
const STATUSES = {
  Available: "Available",
  Available_Chat: "Available for chats",
  Busy: "Busy",
  Busy_Call: "On a call",
  Break: "Break",
  "": "Offline",
};

/**
 * @param {{place: HTMLElement, settings: () => Object<string, string>, session: object,
 *   publish: (channel: string, message: object) => void}} parts
 * @returns {{update: () => void, hear: (channel: string, message: object|null) => void}}
 */
export function createOmniChannel({ place, settings, session, publish }) {
  const channel = () => settings()[CHANNEL] ?? "none";
  const options = Object.entries(STATUSES).map(([value, label]) => el("option", { value }, label));
  const change = () => become(select.value, true);
  const select = el("select", { "aria-label": "Omni-Channel status", onchange: change }, ...options);
  const item = el("label.utility-item", { hidden: true }, "Omni-Channel", select);
  place.append(item);
  select.value = session.get("omni", "Available");

  function become(status, byPerson) {
    select.value = status;
    session.set("omni", status);
    tell(byPerson);
  }

  function tell(byPerson) {
    const status = select.value;
    publish(channel(), { type: "status", status, statusLabel: STATUSES[status], byPerson });
  }

  function set(status) {
    if (!Object.hasOwn(STATUSES, status)) publish(channel(), { type: "refused", status, reason: "unknown" });
    else if (select.value === "") tell(false);
    else become(status, false);
  }

  return {
    /** Idempotent. */
    update() {
      item.hidden = channel() === "none";
    },
    /** What is published on any channel; our own messages mean nothing here. */
    hear(name, message) {
      if (item.hidden || name !== channel()) return;
      if (message?.type === "ask_status") tell(false);
      if (message?.type === "set_status" && message.status) set(String(message.status));
    },
  };
}
