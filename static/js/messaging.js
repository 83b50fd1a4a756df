/**
 * Other components of the Salesforce page: they hear what happens with calls, and may ask for a number to be dialled, by a
 * channel of the Lightning Message Service that the admin names. Nothing is told where no channel is named.
 */

import { forgetGone } from "./lib/forgetting.js";
import { recordOf } from "./state/work.js";
import { deskOf } from "./state.js";

/** @param {{store: object, host: import("./host.js").Host, desk: {clicked: (click: object) => void}}} parts */
export function startMessaging({ store, host, desk }) {
  const told = new Map();
  let channel = "";

  function follow(state) {
    const named = state.settings.panel.message_channel;
    if (named !== channel) listen(named);
    if (channel === "") return;
    forgetGone(told, state.calls);
    for (const call of Object.values(state.calls)) {
      const message = messageOf(state, call);
      const key = JSON.stringify(message);
      if (told.get(call.id) === key) continue;
      told.set(call.id, key);
      host.publish(channel, message).catch(() => {});
    }
  }

  function listen(named) {
    channel = named;
    told.clear();
    if (named === "") return;
    host
      .subscribe(named, (message) => named === channel && take(message))
      .catch(({ code }) => code === "UNAVAILABLE" || store.dispatch(refusal(named)));
  }

  /** Our own messages come back as well; only a request to dial means anything here. */
  function take(message) {
    if (message?.type !== "dial") return;
    const number = String(message.number ?? "")
      .trim()
      .slice(0, 64);
    if (number !== "") desk.clicked({ number, record: recordFrom(message) });
  }

  const unsubscribe = store.subscribe(follow);
  follow(store.state);
  return { stop: unsubscribe };
}

const refusal = (channel) => ({ type: "channel_refused", channel, setting: "/ctiMessages/channel" });

function recordFrom({ recordId, recordName = "", objectType = "" }) {
  return /^[A-Za-z0-9]{15,18}$/.test(recordId ?? "")
    ? { id: recordId, name: String(recordName), type: String(objectType) }
    : null;
}

/** Flat, since fields of message channels have no structure. Times in milliseconds since 1970, as Salesforce has them. */
function messageOf(state, call) {
  const record = recordOf(deskOf(state, call.id));
  const at = (seconds) => (seconds === null || seconds === undefined ? null : Math.round(seconds * 1000));
  return {
    type: "call",
    callId: call.id,
    state: call.state,
    direction: call.direction,
    caller: call.caller.number,
    called: call.called.number,
    queue: call.queue ?? "",
    cause: call.cause ?? "",
    recordId: record?.id ?? "",
    startedAt: at(call.started_at),
    answeredAt: at(call.answered_at),
    endedAt: at(call.ended_at),
  };
}
