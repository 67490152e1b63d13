/**
 * How long is too long, in minutes: since an order was made, or since it has been ready.
 *
 * @typedef {"fresh" | "slow" | "late"} Age
 */
const COOKING = { slow: 10, late: 20 };
const WAITING = { slow: 3, late: 6 };

/**
 * @param {Pick<import("../shared/table-order.js").Order, "status" | "created_at" | "history">} order
 * @param {number} now by the server's clock
 * @returns {{minutes: number, age: Age}}
 */
export function ageOf({ status, created_at, history }, now) {
  const since = status === "ready" ? (history.find((each) => each.status === "ready")?.at ?? created_at) : created_at;
  const limits = status === "ready" ? WAITING : COOKING;
  // The server's clock is known to a second.
  const minutes = Math.max(0, Math.floor((now - Date.parse(since)) / 60_000));
  return { minutes, age: minutes >= limits.late ? "late" : minutes >= limits.slow ? "slow" : "fresh" };
}
