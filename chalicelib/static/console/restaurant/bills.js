import { total } from "../shared/money.js";

/**
 * @typedef {import("../shared/table-order.js").Order} Order
 * @typedef {{key: string, table: string | null, orders: Order[], due: string}} Bill
 *   what a table has not settled, oldest first; takeaway has a bill for each order. due: the amount to pay
 */

/** Whether nothing is left to be done or paid about it, neither by the guest nor by us. @param {Order} order */
export function isSettled({ status, payment_status }) {
  return (status === "completed" && payment_status !== "pending") || (status === "cancelled" && payment_status !== "paid");
}

/** Whether it has to be paid. @param {Order} order */
export function isDue({ status, payment_status }) {
  return payment_status === "pending" && status !== "cancelled";
}

/**
 * By table, A2 before A10; what is taken away comes last, oldest first.
 *
 * @param {readonly Order[]} orders oldest first
 * @returns {Bill[]}
 */
export function billsOf(orders) {
  /** @type {Map<string, Order[]>} */
  const groups = new Map();
  for (const order of orders) {
    if (isSettled(order)) continue;
    const key = order.table_number === null ? order.id : `table ${order.table_number}`;
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  const bills = [...groups].map(([key, group]) => ({ key, table: group[0]?.table_number ?? null, orders: group, due: sumOf(group.filter(isDue)) }));
  const names = new Intl.Collator("zh-TW", { numeric: true });
  return bills.sort((one, other) => {
    if (one.table !== null && other.table !== null) return names.compare(one.table, other.table);
    return Number(one.table === null) - Number(other.table === null) || (one.key < other.key ? -1 : 1);
  });
}

/** @param {readonly Order[]} orders @returns {string} decimal text */
export function sumOf(orders) {
  return total(orders.map(({ total_price }) => ({ quantity: 1, unit_price: total_price })));
}

/** A day in numbers. @param {readonly Order[]} orders of that day */
export function figuresOf(orders) {
  const counted = orders.filter(({ status }) => status !== "cancelled");
  const paid = counted.filter(({ payment_status }) => payment_status === "paid");
  return {
    count: counted.length,
    due: sumOf(counted.filter(isDue)),
    paid: sumOf(paid),
    cash: sumOf(paid.filter(({ payment_method }) => payment_method === "cash")),
  };
}
