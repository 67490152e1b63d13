import texts from "../../../api/words/tracking.json" with { type: "json" };
import { dictionary } from "./i18n.js";
import { UNDER_WAY } from "./order-status.js";

/**
 * An order's way as its customer sees it. Several statuses may be one step.
 *
 * @typedef {{status: string, at: string}} Entry
 * @typedef {{
 *   id: string, order_number: string, status: string, items: import("./table-order.js").Line[], total_price: string,
 *   payment_status: string, payment_method: string | null, scheduled_date: string | null, estimated_time: number | null,
 *   driver_id: string | null, history: Entry[], version: number,
 * }} Order
 */
const STEPS = /** @type {const} */ ([
  { name: "received", statuses: ["pending"] },
  { name: "confirmed", statuses: ["confirmed"] },
  { name: "assigned", statuses: ["assigned"] },
  { name: "delivering", statuses: ["delivering"] },
  { name: "near", statuses: ["arriving", "arrived"] },
  { name: "delivered", statuses: ["delivered"] },
]);

export const stepName = dictionary(texts.steps);

/**
 * The steps with when each was last taken. Of an order that failed and is tried again, only the new way counts.
 *
 * @param {Order} order
 * @returns {{name: typeof STEPS[number]["name"], state: "done" | "now" | "ahead", at: string | undefined}[]}
 */
export function stepsOf({ status, history }) {
  const way = [...history.slice(0, 1), ...history.slice(lastFailure(history) + 1)].reverse();
  const here = STEPS.findIndex(({ statuses }) => (/** @type {readonly string[]} */ (statuses)).includes(status));
  return STEPS.map(({ name, statuses }, n) => {
    const at = way.find((entry) => (/** @type {readonly string[]} */ (statuses)).includes(entry.status))?.at;
    const state = n < here || (n === here && status === "delivered") ? "done" : n === here ? "now" : "ahead";
    return { name, state, at: state === "ahead" ? undefined : at };
  });
}

/** @param {Entry[]} history */
function lastFailure(history) {
  return history.map(({ status }) => status).lastIndexOf("failed");
}

/**
 * When it should be there: `estimated_time` is minutes after it went out.
 *
 * @param {Order} order
 * @returns {string | undefined} ISO 8601; undefined while that is not known
 */
export function dueAt({ status, history, estimated_time }) {
  if (!UNDER_WAY.includes(status) || estimated_time === null) return undefined;
  const out = [...history].reverse().find((entry) => entry.status === "delivering");
  return out && new Date(Date.parse(out.at) + estimated_time * 60_000).toISOString();
}
