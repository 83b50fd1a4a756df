/** The part of the reducer that follows commands from the click to their outcome. Pure. */

import { without } from "./desk.js";

/** Commands remembered; older ones that are final are of no use any more. */
const REMEMBERED = 40;
export const FINAL = Object.freeze(new Set(["done", "failed", "expired", "unknown"]));

/** A state and why, as one word: `away|Lunch`. */
export const presenceKey = (state, reason) => (reason ? `${state}|${reason}` : state);

/** Where a problem of a command is shown: beside its call, at the dial pad, at the presence. */
export function scopeOf(command) {
  if (["SetAgentState", "SetQueueMembership"].includes(command.verb)) return "presence";
  if (command.verb === "SetForwarding") return "line";
  return command.call ?? "dial";
}

/** The agent clicked; nobody has answered yet. */
export function commandSent(state, { id, verb, call = null, target = null, record = null }) {
  const command = { id, verb, call, target, record, state: "sent", errorId: null, dialled: null, extension: "" };
  const commands = { ...state.commands, [id]: command };
  return { ...state, commands: newest(commands), problems: without(state.problems, scopeOf(command)) };
}

/** The relay has it. An outcome may have overtaken this answer. */
export function commandAnswered(state, { id, state: reached, dialled = null, extension = "" }) {
  const command = state.commands[id];
  // Digits for after the answer are of use however far the command has come.
  const known = command
    ? { ...state, commands: { ...state.commands, [id]: { ...command, dialled, extension } } }
    : state;
  return changed(known, id, (current) => ({ ...current, state: reached }));
}

/** The relay or the adapter refused it: nothing was done. */
export function commandRefused(state, { id, errorId, field = null }) {
  return failed(state, id, "failed", errorId, field);
}

/** Nobody can say whether it was done: the answer was lost. */
export function commandUnknown(state, { id }) {
  return failed(state, id, "unknown", "outcome_unknown");
}

/** What became of it, told through the poll. Commands of other tabs are not ours to comment. */
export function outcomeArrived(state, outcome) {
  if (outcome.state === "done" || !FINAL.has(outcome.state)) {
    return changed(state, outcome.id, (command) => ({ ...command, state: outcome.state }));
  }
  const errorId =
    outcome.error_id ?? { expired: "command_expired", unknown: "outcome_unknown" }[outcome.state] ?? "failed";
  return failed(state, outcome.id, outcome.state, errorId);
}

/** A command of this kind that is still on its way for a call (null: for none in particular). */
export function pendingCommand(state, verb, call = null) {
  return Object.values(state.commands).find(
    (command) => command.verb === verb && command.call === call && !FINAL.has(command.state),
  );
}

function failed(state, id, reached, errorId, field = null) {
  const command = state.commands[id];
  if (!command || FINAL.has(command.state)) return state;
  const problem = { verb: command.verb, errorId, field, target: command.target };
  return {
    ...changed(state, id, (known) => ({ ...known, state: reached, errorId })),
    problems: { ...state.problems, [scopeOf(command)]: problem },
  };
}

function changed(state, id, change) {
  const command = state.commands[id];
  if (!command || FINAL.has(command.state)) return state;
  return { ...state, commands: { ...state.commands, [id]: change(command) } };
}

function newest(commands) {
  const entries = Object.entries(commands);
  return entries.length > REMEMBERED ? Object.fromEntries(entries.slice(-REMEMBERED)) : commands;
}
