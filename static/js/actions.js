/** What happens when the agent clicks: from the verbs of the panels to commands, desk and store. No DOM. */

import { deskOf } from "./state.js";
import { otherParty } from "./task.js";

/**
 * @param {{store: object, commands: object, desk: object, logbook: object, session: object, ringer: object}} parts
 *   `session`: signIn(typed), openWindow(), showWindow(), cancelWindow(), signOut(), retry(), takeOver()
 */
export function createActions({ store, commands, desk, logbook, session, ringer, preferences, report }) {
  const { dispatch } = store;
  /** The number as it can be dialled and stored anywhere, where it is known. */
  function numberOf(call) {
    const { number } = otherParty(store.state.calls[call]);
    const { recognised } = deskOf(store.state, call);
    return recognised?.number === number ? (recognised.e164 ?? number) : number;
  }

  async function preference(name, value) {
    const allowed = name === "notify" && value ? await ringer.askToNotify() : value;
    dispatch({ type: "preference_set", name, value: allowed });
    preferences.set(name, allowed ? "on" : null);
  }

  return {
    answer: (call) => void commands.answer(call),
    clear: (call) => void commands.clear(call),
    hold: (call) => void commands.hold(call),
    retrieve: (call) => void commands.retrieve(call),
    mute: (call, muted) => void commands.mute(call, muted),
    record: (call, state) => void commands.record(call, state),
    digits(call, digits) {
      dispatch({ type: "digits_sent", call, digits });
      void commands.digits(call, digits);
    },
    async transfer(call, number) {
      const outcome = await commands.transfer(call, number, { raw: store.state.settings.problems.length > 0 });
      if (outcome === "done") dispatch({ type: "drawer_closed" });
    },
    async consult(call, number) {
      const outcome = await commands.consult(call, number, { raw: store.state.settings.problems.length > 0 });
      if (outcome === "done") dispatch({ type: "drawer_closed" });
    },
    /** Nobody has answered there yet: whoever waits is sent after, so that they hear it ring. */
    async complete({ call, consultation, answered, number }) {
      if (answered) return void commands.join(call, consultation);
      const ended = await commands.clear(consultation);
      if (ended === "done") await commands.transfer(call, number, { raw: true });
      return undefined;
    },
    conference: (call, consultation) => void commands.conference(call, consultation),
    reconnect: (call, consultation) => void commands.reconnect(call, consultation),
    /** `chosen`: a state, or a state and why, such as `away|Lunch`. */
    presence(chosen) {
      const [state, ...reason] = chosen.split("|");
      void commands.presence(state, reason.join("|"));
    },
    /** Who is away stays away in a queue that they join. */
    queue: (queue, loggedIn, paused, reason = "") =>
      void commands.queue(queue, loggedIn, loggedIn && (paused || store.state.presence === "away"), reason),
    park: (call) => void commands.park(call),
    toggleLine: () => dispatch({ type: "line_toggled" }),
    typeForwarding: (kind, text) => dispatch({ type: "forwarding_typed", kind, text }),
    async forward(kind, number) {
      const outcome = await commands.forward(kind, number, { raw: store.state.settings.problems.length > 0 });
      if (outcome === "done") dispatch({ type: "forwarding_set", kind });
    },
    /** What is dialled to hear one's messages is a code of the phone system. */
    hearMessages: (number) => void desk.dial({ number, raw: true }),
    toggleQueues: () => dispatch({ type: "queues_toggled" }),
    dial: (number, { raw = false } = {}) => void desk.dial({ number, record: store.state.dial.record, raw }),
    /** The report that helps whoever is asked for help. */
    report,
    /** The agent has read that the person does not want to be called. */
    dialAnyway() {
      const { text, record } = store.state.dial;
      void desk.dial({ number: text, record, anyway: true });
    },
    /** Call a number of the history, which may be of last week. */
    callBack(number, record) {
      dispatch({ type: "dial_filled", number, record });
      if (store.state.settings.problems.length === 0) void desk.dial({ number, record });
    },
    openPage: (recordId) => void desk.openPage(recordId),
    missedOnly: (value) => dispatch({ type: "missed_only", value }),
    dialChoice: (number) => void desk.dial({ number, record: store.state.dial.record }),
    choose: (call, record) => void desk.choose(call, record),
    search: (call) => void desk.searchInHost(call, numberOf(call)),
    create: (call, object) => void desk.create(call, object, numberOf(call)),
    openDeferred: (call) => void desk.openDeferred(call),
    openRecord(call) {
      const { chosen } = deskOf(store.state, call);
      if (chosen) void desk.open(call, { recordId: chosen });
    },
    note: (call, text) => dispatch({ type: "note_typed", call, text }),
    wrapUp: (call, changes) => dispatch({ type: "wrap_up_changed", call, changes }),
    assign: (call, record) => dispatch({ type: "record_assigned", call, record }),
    /** Back to a call that ended a while ago. */
    finish: (call) => dispatch({ type: "wrap_up_opened", call }),
    /** What was filled in is saved before the call goes out of sight. */
    closeEnded(call) {
      const { logStale } = deskOf(store.state, call);
      dispatch({ type: "wrap_up_opened", call: null });
      dispatch({ type: "banner_dismissed", key: `ended:${call}` });
      if (logStale) void logbook.saveAgain(call);
    },
    retryLog: (call) => void logbook.retry(call),
    saveAgain: (call) => void logbook.saveAgain(call),
    typeNumber: (text) => dispatch({ type: "dial_typed", text }),
    toggleDirectory: () => dispatch({ type: "directory_toggled" }),
    /** Somebody from the directory: their number is dialled as if it had been typed. */
    callPerson({ number }) {
      dispatch({ type: "dial_typed", text: number });
      void desk.dial({ number, raw: store.state.settings.problems.length > 0 });
    },
    /** Take a colleague's ringing call: what the phone system's code and their extension make is dialled as it is. */
    pickup: (number) => void desk.dial({ number, raw: true }),
    toggleDialpad: () => dispatch({ type: "dialpad_toggled" }),
    toggleDrawer: (kind, call) => dispatch({ type: "drawer_toggled", kind, call }),
    typeDrawer: (text) => dispatch({ type: "drawer_typed", text }),
    closeDrawer: () => dispatch({ type: "drawer_closed" }),
    tab: (tab) => dispatch({ type: "tab_chosen", tab }),
    dismiss: (key) => dispatch({ type: "banner_dismissed", key }),
    act: (name) => ({ retry: session.retry, take_over: session.takeOver })[name]?.(),
    language(language) {
      dispatch({ type: "language_chosen", language });
      preferences.set("language", language);
    },
    preference: (name, value) => void preference(name, value),
    /** One of several: tone, volume, theme, the number that others see. */
    setPreference(name, value) {
      dispatch({ type: "preference_set", name, value });
      preferences.set(name, String(value));
      if (["tone", "volume"].includes(name)) ringer.preview(store.state.preferences);
    },
    previewTone: () => ringer.preview(store.state.preferences),
    signIn: session.signIn,
    openSignInWindow: () => void session.openWindow(),
    showSignInWindow: session.showWindow,
    cancelSignInWindow: session.cancelWindow,
    signOut: session.signOut,
  };
}

/** What a shortcut means now; nothing when its control is refused. */
export function runShortcut(action, vm, actions) {
  const ringing = vm.incoming[0];
  const active = vm.active;
  const usable = (call, name) => call?.controls[name].shown && call.controls[name].enabled;
  if (action === "answer" && usable(ringing, "answer")) actions.answer(ringing.id);
  else if (action === "end" && usable(active, "hangup")) actions.clear(active.id);
  else if (action === "end" && !active && usable(ringing, "decline")) actions.clear(ringing.id);
  else if (action === "hold" && usable(active, "hold")) actions.hold(active.id);
  else if (action === "hold" && usable(active, "retrieve")) actions.retrieve(active.id);
  else if (action === "mute" && usable(active, "mute")) actions.mute(active.id, !active.controls.mute.pressed);
}
