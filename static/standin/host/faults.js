/**
 * Faults on purpose: the host stays silent, answers late, out of order or with an error. Pure.
 *
 * Written `method:fault[,method:fault]`, `*` for every method, e.g. `saveLog:GENERIC_ERROR,screenPop:silent,
 * getAppViewInfo:late-2000,runApex:swap`. `swap` holds an answer back until the next answer has gone out.
 */
import { ERROR_CODES } from "./protocol.js";

const DEFAULT_DELAY = 3000; // ms; long enough that somebody who watches notices

export const FAULT_KINDS = ["silent", "late", "swap", ...ERROR_CODES];

/** @typedef {{kind: "silent"|"swap"} | {kind: "late", ms: number} | {kind: "error", code: string}} Fault */

/**
 * @param {string} text
 * @returns {{faults: Map<string, Fault>, unknown: string[]}} unknown: parts that could not be understood
 */
export function parseFaults(text) {
  const faults = new Map();
  const unknown = [];
  for (const part of text
    .split(",")
    .map((piece) => piece.trim())
    .filter(Boolean)) {
    const [method, name, ...rest] = part.split(":");
    const fault = rest.length ? null : parseFault(name ?? "");
    if (method && fault) faults.set(method, fault);
    else unknown.push(part);
  }
  return { faults, unknown };
}

function parseFault(name) {
  if (ERROR_CODES.includes(name)) return { kind: "error", code: name };
  if (name === "silent" || name === "swap") return { kind: name };
  const late = /^late(?:-(\d{1,6}))?$/.exec(name);
  return late ? { kind: "late", ms: Number(late[1] ?? DEFAULT_DELAY) } : null;
}

/** @returns {Fault | null} */
export function faultFor(faults, methodName) {
  return faults.get(methodName) ?? faults.get("*") ?? null;
}

/** The text that {@link parseFaults} understands. */
export function formatFaults(faults) {
  return [...faults].map(([method, fault]) => `${method}:${formatFault(fault)}`).join(",");
}

export function formatFault(fault) {
  if (fault.kind === "error") return fault.code;
  return fault.kind === "late" ? `late-${fault.ms}` : fault.kind;
}
