import { el } from "../shared/dom.js";
import { reportTable } from "./report-table.js";
import { words } from "./report-words.js";

/** @import { Reduction } from "./types.js" */

/**
 * The totals that were lowered on a day: by which user, from and to which amount, and the reason.
 *
 * @param {{reduced: string, reductions: readonly Reduction[]}} report
 * @param {Pick<import("../shared/format.js").Format, "clock" | "money">} format
 */
export function reductionList({ reduced, reductions }, format) {
  const columns = [
    { head: words("time") },
    { head: words("order") },
    { head: words("by") },
    { head: words("before"), isNumber: true },
    { head: words("after"), isNumber: true },
    { head: words("reason") },
  ];
  const rows = reductions.map(({ at, order_number, table_number, customer_name, by, by_name, total_before, total_after, reason }) => {
    const order = [order_number, table_number ?? customer_name].filter(Boolean).join(" · ");
    return [format.clock(at), order, by_name ?? by, format.money(total_before), format.money(total_after), reason];
  });
  return [
    el("h3", words("reductions")),
    el("p.soft", words("reductionsText", { count: reductions.length, amount: format.money(reduced) })),
    reportTable(words("reductions"), columns, rows),
  ];
}
