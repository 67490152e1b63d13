/**
 * What of an order a restaurant and its guests look at.
 *
 * @typedef {{id: string, name: string, quantity: number, unit_price: string}} Line
 * @typedef {{
 *   id: string, order_number: string, daily_number: number | null, table_number: string | null, items: Line[],
 *   total_price: string, currency: string, notes: string | null, version: number, created_at: string,
 *   status: import("./table-order-steps.js").Status, payment_status: "pending" | "paid" | "refunded",
 *   needs_confirmation?: boolean, payment_method: "cash" | "transfer" | "card" | "line_pay" | null, history: {status: string, at: string}[],
 * }} Order
 * @typedef {import("../../realtime/listener.js").Snapshot} Snapshot
 */

/** @param {Order} order what people call it: a number of the day, or the end of the long one */
export function numberOf({ daily_number, order_number }) {
  return daily_number === null ? order_number.slice(-4) : String(daily_number);
}
