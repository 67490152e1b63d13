/**
 * What the API answers, as far as the office's pages read it; in full: `GET /v1/docs`. Amounts are exact decimal text,
 * times UTC, days the business's own.
 *
 * @typedef {"pending" | "confirmed" | "assigned" | "delivering" | "arriving" | "arrived" | "delivered" | "failed" | "cancelled"} Status
 * @typedef {{product_id: string | null, name: string, quantity: number, unit_price: string}} Line
 * @typedef {{status: Status, at: string, by: string | null, reason: string | null}} Step
 * @typedef {{name: string, quantity: number, unit_price: string}} LineState
 * @typedef {{total_price: string, payment_status: "pending" | "paid" | "refunded", payment_method: string | null}} MoneyState
 * @typedef {{
 *   at: string, by: string, reason: string | null, before: MoneyState, after: MoneyState,
 *   lines: {before: LineState | null, after: LineState | null}[],
 * }} MoneyChange
 * @typedef {{
 *   id: string, order_number: string, customer_id: string | null, customer_name: string, customer_phone: string | null,
 *   address: string, items: Line[], total_price: string, scheduled_date: string, status: Status,
 *   payment_status: "pending" | "paid" | "refunded", payment_method: string | null, estimated_time: number | null,
 *   driver_id: string | null, route_id: string | null, template_id: string | null, notes: string | null,
 *   version: number, created_at: string, updated_at: string, history: Step[],
 *   money_changes?: MoneyChange[],
 * }} Order money_changes: not in lists and events
 * @typedef {{latitude: number, longitude: number}} Place
 * @typedef {{
 *   id: string, name: string, phone: string | null, address: string | null, location: Place | null,
 *   language: string | null, notes: string | null, sms_opt_out: boolean, cylinders_out: number,
 *   status: "active" | "suspended", version: number, created_at: string,
 * }} Customer
 * @typedef {"mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"} Weekday
 * @typedef {{
 *   every_days?: number, every_weeks?: number, weekdays?: Weekday[],
 *   by_consumption?: {min_days?: number, max_days?: number, initial_days?: number},
 * }} Rule one of three
 * @typedef {{
 *   id: string, customer_id: string, items: {product_id: string, quantity: number}[], rule: Rule,
 *   interval_days: number | null, status: "active" | "paused" | "suspended" | "ended", next_date: string | null,
 *   problem: {code: string, detail: string, at: string} | null, version: number,
 * }} Recurring
 * @typedef {{id: string, name: string, phone: string | null, vehicle: string | null, status: "active" | "suspended"}} Driver
 * @typedef {{
 *   id: string, name: string, unit_price: string, category: string | null, available: boolean, position: number,
 *   status: "active" | "suspended",
 * }} Product
 */

export {};
