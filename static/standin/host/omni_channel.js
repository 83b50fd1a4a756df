/**
 * Omni-Channel's presence of the user, and the component that joins it with the softphone (`ctiOmniChannel`): the same messages
 * on the same channel. In the utility bar as soon as the call center names a channel.
 */
import { el } from "./dom.js";

/** API names; empty is logged out. */
const STATUSES = ["", "Available", "Available_Chat", "Busy_Call", "Break", "Lunch"];

/** @param {{place: HTMLElement, channel: () => string, publish: (channel: string, message: object) => void}} parts */
export function createOmniChannel({ place, channel, publish }) {
  let status = "Available";
  const options = STATUSES.map((value) => el("option", { value }, value || "Offline"));
  const select = el(
    "select",
    { "aria-label": "Omni-Channel status", onchange: () => become(select.value, true) },
    ...options,
  );
  const item = el("label.utility-item", {}, "Omni-Channel", select);
  select.value = status;
  place.append(item);

  function become(wanted, byPerson) {
    status = wanted;
    select.value = wanted;
    tell({ type: "status", status, byPerson });
  }

  function tell(message) {
    publish(channel(), message);
  }

  function asked({ type, status: wanted = "" }) {
    if (type === "ask_status") tell({ type: "status", status, byPerson: false });
    else if (type !== "set_status" || wanted === status) return;
    else if (STATUSES.includes(wanted)) become(wanted, false);
    else tell({ type: "refused", status: wanted, reason: "unknown_status" });
  }

  return {
    /** A softphone has published something. */
    heard: (name, message) => name === channel() && message && asked(message),
    /** The settings have changed. */
    update: () => item.toggleAttribute("hidden", channel() === ""),
  };
}
