/**
 * An order as it will be once the server knows what the driver has done.
 *
 * @template {{id: string, status: string, route_id: string | null}} Order
 * @param {Order} order
 * @param {readonly import("./outbox.js").Entry[]} entries
 * @returns {Order & {waits: boolean}} waits: not there yet
 */
export function optimistic(order, entries) {
  let { status } = order;
  let waits = false;
  for (const { kind, subject, body, refused, sent } of entries) {
    if (refused) continue;
    if (kind === "start" && subject === order.route_id && status === "assigned") status = "delivering";
    if (subject !== order.id) continue;
    status = kind === "confirm" ? "delivered" : String(body.status);
    waits ||= sent === undefined;
  }
  return { ...order, status, waits };
}
