import { el, h } from "../shared/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 120;
const BAR = 20;
const GAP = 8;
const MOST_LABELS = 7;

/** @import { Hue } from "../shared/map.js" */

/**
 * @typedef {readonly {label: string, hue: Hue}[]} Series
 * @typedef {{label: string, short?: string, values: readonly number[], cells?: readonly (number | null | undefined)[]}} Column
 *   short: below it. values: one of each series. cells: of the table, one of each head, where they are not the values
 */

/**
 * A figure of stacked columns. A table has the numbers, also for screen readers.
 *
 * @param {{title: string, table: string, series: Series, heads?: readonly string[], columns: readonly Column[]}} chart
 *   table: the label that unfolds it. heads: of the table, by default the series
 */
export function columnChart({ title, table, series, heads = series.map(({ label }) => label), columns }) {
  const most = Math.max(0, ...columns.map(({ values }) => sum(values)));
  const width = columns.length * (BAR + GAP);
  const drawing = svg("svg", { class: "column-chart", viewBox: `0 0 ${Math.max(width, BAR)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [n, { values }] of columns.entries()) {
    let top = HEIGHT;
    for (const [m, value] of values.entries()) {
      const height = most && (value / most) * HEIGHT;
      top -= height;
      if (height > 0) drawing.append(svg("rect", { class: `bar-${series[m]?.hue}`, x: n * (BAR + GAP) + GAP / 2, y: top, width: BAR, height }));
    }
  }
  const head = el("tr", h("th", { scope: "col" }), heads.map((label) => h("th", { scope: "col" }, label)));
  const rows = columns.map(({ label, values, cells = values }) => el("tr", h("th", { scope: "row" }, label), cells.map((value) => el("td.number", value ?? "–"))));
  return el(
    "figure.chart.card",
    el("figcaption", el("strong", title), el("span.legend", series.map(({ label, hue }) => el("span.small.soft", h("span", { class: `swatch ${hue}` }), label)))),
    el("div.plot", h("span.small.soft.number.highest", { "aria-hidden": "true" }, Number(most.toFixed(2))), drawing),
    h("div", { class: columns.length <= MOST_LABELS ? "labels each small soft" : "labels small soft", "aria-hidden": "true" }, ends(columns).map((label) => el("span", label))),
    el("details", el("summary.small", table), h("div.scrolled", { role: "region", "aria-label": title, tabindex: 0 }, el("table", el("thead", head), el("tbody", rows)))),
  );
}

/**
 * One bar for the shares of a whole; what it shows stands beside it in words.
 *
 * @param {readonly {hue: Hue, value: number}[]} shares
 * @param {string} label
 */
export function shareBar(shares, label) {
  const whole = sum(shares.map(({ value }) => value));
  const drawing = svg("svg", { class: "share-bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "img", "aria-label": label });
  let left = 0;
  for (const { hue, value } of shares) {
    if (!value) continue;
    const width = (value / whole) * 100;
    drawing.append(svg("rect", { class: `bar-${hue}`, x: left, y: 0, width, height: 4 }));
    left += width;
  }
  return drawing;
}

/** The first, the middle and the last: there is no room for all. @param {readonly Column[]} columns */
function ends(columns) {
  if (columns.length <= MOST_LABELS) return columns.map(({ label, short }) => short ?? label);
  return [columns[0], columns[Math.floor(columns.length / 2)], columns.at(-1)].map((column) => column?.label ?? "");
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((before, value) => before + value, 0);
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
