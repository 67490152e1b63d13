import { el, h } from "../shared/dom.js";
import { words } from "./report-words.js";

/** @import { Reduction } from "./types.js" */

/**
 * The totals that were lowered on a day: who did it, from what to what, and why.
 *
 * @param {{reduced: string, reductions: readonly Reduction[]}} report
 * @param {Pick<ReturnType<import("../shared/format.js")["formats"]>, "clock" | "money">} format
 */
export function reductionList({ reduced, reductions }, format) {
  const text = (/** @type {string | null} */ content) => h("td", { dir: "auto" }, content);
  const amount = (/** @type {string} */ content) => el("td.end.number", format.money(content));
  return [
    el("h3", words("reductions")),
    el("p.soft", words("reductionsText", { count: reductions.length, amount: format.money(reduced) })),
    h(
      "div.scrolled",
      { role: "region", "aria-label": words("reductions"), tabindex: 0 },
      el(
        "table",
        el("thead", el("tr", [words("time"), words("order"), words("by")].map((head) => h("th", { scope: "col" }, head)), [words("before"), words("after")].map((head) => h("th.end", { scope: "col" }, head)), h("th", { scope: "col" }, words("reason")))),
        el(
          "tbody",
          reductions.map((row) =>
            el(
              "tr",
              el("td.number", format.clock(row.at)),
              text([row.order_number, row.table_number ?? row.customer_name].filter(Boolean).join(" · ")),
              text(row.by_name ?? row.by),
              amount(row.total_before),
              amount(row.total_after),
              text(row.reason),
            ),
          ),
        ),
      ),
    ),
  ];
}
