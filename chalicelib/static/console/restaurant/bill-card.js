import { el, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { isDue } from "./bills.js";
import { tableName, words } from "./counter-words.js";
import { HUES, NEXT, statusName, stepName } from "../shared/table-order-steps.js";
import { numberOf } from "../shared/table-order.js";

/**
 * @typedef {import("../shared/table-order.js").Order} Order
 * @typedef {{
 *   till: import("./till.js").Till,
 *   format: {money(amount: string): string, clock(time: string): string},
 *   onStep: (order: Order, to: import("../shared/table-order-steps.js").Status) => void,
 *   onPay: (bill: import("./bills.js").Bill) => void,
 * }} BillContext
 */

/** A table and what it has not settled. @param {import("./bills.js").Bill} bill @param {BillContext} context */
export function billCard(bill, context) {
  const { table, orders, due } = bill;
  const name = tableName(table);
  const calls = orders.some(({ status }) => status === "pending");
  return h(
    "article",
    { class: calls ? "card bill calls" : "card bill", "aria-label": name },
    el(
      "header.row",
      el("h2.grow", el("bdi", name)),
      table !== null && h("a.button", { href: `#counter/new/${encodeURIComponent(table)}`, "aria-label": words("addOf", { table: name }) }, icon("plus"), words("add")),
    ),
    orders.map((order) => row(order, context)),
    orders.some(isDue) && h("button.button.primary.bill-pay", { dataset: { does: "pay" }, onclick: () => context.onPay(bill) }, words("pay", { amount: context.format.money(due) })),
  );
}

/** @param {Order} order @param {BillContext} context */
function row(order, { till, format, onStep }) {
  const { id, status, payment_status, items, notes, total_price, created_at, needs_confirmation } = order;
  const number = numberOf(order);
  const next = NEXT[status];
  const step = next && stepName(/** @type {Exclude<typeof status, "completed" | "cancelled">} */ (status));
  return h(
    "section.bill-order",
    { dataset: { order: id, status } },
    el(
      "div.row.tight",
      el("strong", words("number", { number })),
      h("span", { class: `badge ${HUES[status]}` }, statusName(status)),
      needs_confirmation && el("span.badge.red", words("needsConfirmation")),
      payment_status !== "pending" && h("span", { class: `badge ${payment_status === "paid" ? "green" : ""}` }, words(payment_status)),
      h("time.soft.small.number.grow", { datetime: created_at }, format.clock(created_at)),
      el("strong.number", format.money(total_price)),
    ),
    needs_confirmation && el("p.notice.red.small", icon("alert"), words("whyConfirm")),
    el("p.small.bill-items", el("bdi", items.map(({ name, quantity }) => `${name} × ${quantity}`).join("、"))),
    notes && el("p.small.bill-notes", icon("note"), el("span.unseen", words("notes")), el("bdi", notes)),
    el(
      "div.row.tight",
      next && step && h("button.button", { "aria-label": words("step", { number, step }), dataset: { does: "step" }, onclick: () => onStep(order, next) }, step, icon("forward")),
      ["pending", "confirmed", "preparing"].includes(status) &&
        h("button.button.plain", { "aria-label": words("cancelOf", { number }), dataset: { does: "cancel" }, onclick: () => void till.cancel(order) }, words("cancel")),
      payment_status === "paid" && refundButton(order, { till, format }),
    ),
  );
}

/** @param {Order} order @param {Pick<BillContext, "till" | "format">} context */
export function refundButton(order, { till, format }) {
  const label = words("refundOf", { number: numberOf(order) });
  return h("button.button.plain", { "aria-label": label, dataset: { does: "refund" }, onclick: () => void till.refund(order, format.money(order.total_price)) }, words("refund"));
}
