/** The list of logged tasks, and what fetches it anew while the page is in view. */
import { el, link } from "./dom.js";
import { paths } from "./routing.js";

const INTERVAL = 2000; // ms; another tab or machine may have logged a call

/** @param {object[]} tasks of the server @param {number} [limit] */
export function activityList(tasks, limit = 50) {
  if (tasks.length === 0) return el("p.empty", {}, "No activities yet. A call that is logged appears here by itself.");
  return el("ul.activities", {}, ...tasks.slice(0, limit).map(activity));
}

function activity({ id, name, fields, WhoId, WhatId, OwnerId, modified }) {
  const about = [WhoId, WhatId].filter(Boolean).map((target) => link(`/${target.id}`, target.name));
  const length = duration(fields.CallDurationInSeconds);
  const facts = [fields.CallType, length, fields.CallDisposition, fields.Status].filter(Boolean);
  const title = link(paths.record("Task", id), name || "(no subject)");
  return el(
    "li",
    { data: { task: id } },
    el("div.activity-title", {}, title, el("time", { datetime: modified }, clock(modified))),
    el("div.weak", {}, facts.join(" · "), OwnerId ? ` · ${OwnerId.name}` : ""),
    about.length > 0 && el("div", {}, ...about.flatMap((node, n) => (n ? [" · ", node] : [node]))),
    fields.Description ? el("p.description", {}, fields.Description) : null,
  );
}

/** Seconds as m:ss. */
export function duration(seconds) {
  if (seconds == null) return "";
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const clock = (iso) =>
  new Date(iso.replace("+0000", "Z")).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/**
 * Calls `show` with all tasks whenever the server has something new.
 * @param {(since: string) => Promise<{version: number, tasks: object[]}|null>} fetchTasks
 */
export function watchTasks(fetchTasks, show) {
  let since = "";
  async function look() {
    const answer = await fetchTasks(since).catch(() => null); // out of reach for a moment: the next look tries again
    if (!answer) return;
    since = String(answer.version);
    show(answer.tasks);
  }
  setInterval(() => document.visibilityState === "visible" && look(), INTERVAL);
  return look;
}
