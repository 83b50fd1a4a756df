/** The pages of the stand-in's org, each a function from data to a node. No fetching here. */
import { activityList } from "./activities.js";
import { card, el, link } from "./dom.js";
import { paths } from "./routing.js";

/** @typedef {{phones: import("./phone.js").PhoneNumbers}} Context */

/** @param {Context} context */
export function homePage(context, { contacts, accounts, tasks, user, organization }) {
  const contactTable = table(context, contacts.object, contacts.rows.slice(0, 12));
  const accountTable = table(context, accounts.object, accounts.rows.slice(0, 6));
  const below = `${organization.name} · signed in as ${user.username}, extension ${user.extension}`;
  const left = el("div", {}, card("Contacts", contactTable), card("Accounts", accountTable));
  return el(
    "div.page",
    {},
    heading("Home", `Good to see you, ${user.name.split(" ")[0]}`, below),
    el("div.columns", {}, left, activityCard("Logged activities", tasks)),
  );
}

export function listPage(context, { object, rows }) {
  const create = el("button.neutral", { type: "button", onclick: () => context.openNew(object.name) }, "New");
  const title = heading(object.plural, "Recently Viewed", `${rows.length} items`, create);
  return el("div.page", {}, title, card("", table(context, object, rows)));
}

export function recordPage(context, record) {
  const fields = record.fields.filter((field) => field.name !== "Name" || record.objectType === "Account");
  const pair = (field) => [el("dt", {}, field.label), el("dd", {}, value(context, field, record))];
  const details = el("dl.details", {}, ...fields.flatMap(pair));
  const related = record.related.map(({ title, rows, objectType }) =>
    card(`${title} (${rows.length})`, rows.length > 0 && table(context, context.object(objectType), rows)),
  );
  const activities = record.objectType === "Task" ? null : activityCard("Activity", record.tasks);
  return el(
    "div.page",
    { data: { record: record.id } },
    heading(record.label, record.name, `Last modified ${record.modified.slice(0, 16).replace("T", " ")} UTC`),
    el("div.columns", {}, el("div", {}, card("Details", details), ...related), activities),
  );
}

export function searchPage(context, { term, matches, problem }) {
  const groups = groupByObject(matches);
  const cards = [...groups].map(([name, rows]) => {
    const object = context.object(name);
    return card(`${object.plural} (${rows.length})`, table(context, object, rows));
  });
  const hint = "Nothing found. Try the last seven digits of a number, or the beginning of a name.";
  const shown = matches.length ? cards : [card("", el("p.empty", {}, problem || hint))];
  return el("div.page", {}, heading("Search Results", `“${term}”`, `${matches.length} results`), ...shown);
}

export function noticePage(title, text) {
  return el("div.page", {}, heading("Acme", title, ""), card("", el("p.empty", {}, text)));
}

function groupByObject(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.objectType, [...(groups.get(row.objectType) ?? []), row]);
  return groups;
}

/** The heading of a page. */
export function heading(kind, title, below, ...actions) {
  const text = el("div", {}, el("p.weak", {}, kind), el("h1", {}, title), below ? el("p.weak", {}, below) : null);
  return el("header.page-heading", {}, text, el("div.actions", {}, ...actions));
}

function activityCard(title, tasks) {
  const content = [el("h2.card-title", {}, title), activityList(tasks)];
  return el("aside", {}, el("section.card", { data: { activities: "" } }, ...content));
}

function table(context, object, rows) {
  const columns = object.columns.map((name) => object.fields.find((field) => field.name === name));
  const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col" }, column.label)));
  const cellNode = (row) => (cell, n) => {
    const content = n === 0 ? recordLink(row, cell) : value(context, cell, row);
    return el("td", { data: { label: columns[n].label } }, content);
  };
  const body = rows.map((row) => el("tr", {}, ...row.cells.map(cellNode(row))));
  return el("div.table-scroll", {}, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}

const recordLink = (row, cell) => link(paths.record(row.objectType, row.id), String(cell.value ?? "(no subject)"));

function value(context, field, record) {
  if (field.value == null || field.value === "") return "";
  if (field.kind === "phone") return context.phones.create(field.value, record);
  if (field.target?.page) return link(`/${field.value}`, field.target.name);
  return field.target ? field.target.name : String(field.value);
}
