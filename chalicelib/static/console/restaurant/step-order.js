/** @import { Order } from "../shared/table-order.js" */

// What is on its way of an order that has left is older, and must not bring it back.
const REMEMBERED_MS = 10 * 60_000;

/**
 * Whether an order has none of these statuses any more, and its last state is not needed either.
 *
 * @param {Order} order
 * @param {readonly string[]} statuses
 * @param {number} now ms
 */
export function isPast({ status, history }, statuses, now) {
  return !statuses.includes(status) && now - Date.parse(history.at(-1)?.at ?? "") > REMEMBERED_MS;
}

/**
 * One step of an order, from the version that was seen. A repeat of a tap, here or on another screen, is refused.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {Order} order
 * @param {import("../shared/table-order-steps.js").Status} status
 * @returns {Promise<Order>}
 */
export function stepOrder(api, { id, version }, status) {
  return api.post(`/v1/orders/${id}/status`, { status, version });
}

/** @param {unknown} error whether another user was quicker, so that what is shown is old */
export function isOvertaken(error) {
  const { code = "" } = /** @type {{code?: string}} */ (error);
  return code === "stale_version" || code === "illegal_transition";
}
