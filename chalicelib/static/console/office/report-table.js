import { el, h } from "../shared/dom.js";
import { words } from "./report-words.js";

/**
 * A table that scrolls where it is too wide.
 *
 * @param {string} title its name for screen readers
 * @param {readonly {head: string, isNumber?: boolean}[]} columns
 * @param {readonly (readonly (string | number | null)[])[]} rows
 */
export function reportTable(title, columns, rows) {
  if (rows.length === 0) return el("p.soft", words("nothing"));
  const look = columns.map(({ isNumber }) => (isNumber ? "end number" : undefined));
  const heads = columns.map(({ head }, n) => h("th", { scope: "col", class: look[n] }, head));
  const cells = (/** @type {readonly (string | number | null)[]} */ row) => row.map((cell, n) => h("td", { class: look[n], dir: !look[n] && "auto" }, cell));
  const table = el("table", el("thead", el("tr", heads)), el("tbody", rows.map((row) => el("tr", cells(row)))));
  return h("div.scrolled", { role: "region", "aria-label": title, tabindex: 0 }, table);
}
