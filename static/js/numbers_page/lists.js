/** Lists of numbers: typed lines, columns of a CSV, and the result as CSV. Pure. */

/** Digits from which on a cell looks like a telephone number. */
const ENOUGH_DIGITS = 3;

/** One number a line; blank lines are left out. */
export function linesOf(text) {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Whether a cell looks like a telephone number rather than a name or a date. */
export function looksLikeNumber(cell) {
  const digits = cell.replace(/\D/g, "").length;
  return (
    digits >= ENOUGH_DIGITS && digits * 2 >= cell.replace(/\s/g, "").length && !/^\d{4}-\d\d-\d\d/.test(cell.trim())
  );
}

/**
 * @param {string[][]} rows
 * @returns {{header: string[]|null, rows: string[][], best: number}} `best`: the column with most telephone numbers
 */
export function columnsOf(rows) {
  const width = Math.max(...rows.map((row) => row.length));
  const header = rows.length > 1 && !rows[0].some(looksLikeNumber) ? rows[0] : null;
  const body = header ? rows.slice(1) : rows;
  const counts = Array.from(
    { length: width },
    (_, column) => body.filter((row) => looksLikeNumber(row[column] ?? "")).length,
  );
  return { header, rows: body, best: counts.indexOf(Math.max(...counts)) };
}

/** The numbers of one column; rows without one are left out. */
export function columnOf(rows, column) {
  return rows.map((row) => (row[column] ?? "").trim()).filter((cell) => cell !== "");
}

const FIELDS = ["input", "dial", "e164", "display", "internal", "emergency", "extension", "alternatives", "lookup"];

/**
 * The result as CSV (RFC 4180) for a spreadsheet: with a mark for UTF-8, and no cell that it would take for a formula.
 * @param {object[]} explanations
 * @param {string} separator `;` where the comma is the decimal sign
 */
export function toCsv(explanations, separator = ",") {
  const lines = explanations.map((found) => [
    ...FIELDS.map((name) => plain(found[name])),
    found.rules.map((rule) => `${rule.rule}: ${rule.before} > ${rule.after}`).join(" | "),
    found.problems.map((problem) => problem.message).join(" | "),
  ]);
  const all = [[...FIELDS, "rules", "problems"], ...lines];
  return `\ufeff${all.map((cells) => cells.map((cell) => quoted(cell, separator)).join(separator)).join("\r\n")}\r\n`;
}

function plain(value) {
  if (Array.isArray(value)) return value.join(" | ");
  return value === null || value === undefined ? "" : String(value);
}

/** A spreadsheet computes what begins like this; an apostrophe makes it text. Only a plain +49… is left as it is. */
function harmless(cell) {
  return /^[=+\-@\t\r]/.test(cell) && !/^\+\d+$/.test(cell) ? `'${cell}` : cell;
}

function quoted(cell, separator) {
  const text = harmless(cell);
  return /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
}
