/** An order's way as a guest sees it: the first of these that is not behind it is where it is. */
const WAY = /** @type {const} */ (["confirmed", "preparing", "ready", "served"]);

/**
 * @typedef {import("../shared/table-order-steps.js").Status} Status
 * @typedef {{name: typeof WAY[number], state: "done" | "now" | "ahead"}} Step
 */

/**
 * @param {Status} status
 * @returns {Step[]} of an order that waits for the kitchen all lie ahead; empty for one that is called off
 */
export function progressOf(status) {
  if (status === "cancelled") return [];
  const here = status === "completed" ? WAY.length : WAY.findIndex((name) => name === status);
  return WAY.map((name, n) => ({ name, state: n < here || (name === "served" && here === n) ? "done" : n === here ? "now" : "ahead" }));
}

/** Whether the guest still waits for something. @param {{status: Status}} order */
export function isOpen({ status }) {
  return !["served", "completed", "cancelled"].includes(status);
}
