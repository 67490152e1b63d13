import { now as serverNow } from "../clock.js";
import { OVER, UNDER_WAY, everything, today } from "./day.js";

/**
 * @typedef {import("./day.js").Order} Order
 * @typedef {import("./day.js").Route} Route
 * @typedef {{routes: Route[], loose: Order[], asked: number}} Day asked: when, in ms
 */

/**
 * The day: today's routes, those that were assigned for another day, and whatever is under way; then orders that are on none.
 *
 * @param {import("../api.js").Api} api
 * @param {string} timeZone
 * @param {AbortSignal} signal
 * @param {{now?: number}} [platform] for tests
 * @returns {Promise<{seen: Day, answer: any}>} answer: with the cursors that the day belongs to
 */
export async function dayOf(api, timeZone, signal, { now = serverNow() } = {}) {
  const date = today(timeZone, now);
  const asked = Date.now();
  // Its cursors first: what the other lists hold is at least as new.
  const answer = await api.get("/v1/routes", { query: { date, limit: 100 }, signal });
  const [assigned, late, open, over] = await Promise.all([
    // Tomorrow's, which are assigned in the evening, and what nobody has started on its day.
    api.get("/v1/routes", { query: { status: "assigned", limit: 100 }, signal }),
    // A route that is driven past midnight is still today's work.
    api.get("/v1/routes", { query: { status: "in_progress" }, signal }),
    everything(api, "/v1/orders", { query: { status: ["assigned", ...UNDER_WAY].join(",") }, signal }),
    everything(api, "/v1/orders", { query: { status: OVER.join(","), date }, signal }),
  ]);
  const ids = new Set([...late.items, ...assigned.items, ...answer.items].filter(({ status }) => !["planned", "cancelled"].includes(status)).map(({ id }) => id));
  /** @type {Route[]} */
  const routes = await Promise.all([...ids].map((id) => api.get(`/v1/routes/${id}`, { signal })));
  // A route that is too large for one answer has orders without their lines.
  const whole = new Map([...open.items, ...over.items].map((/** @type {Order} */ order) => [order.id, order]));
  for (const { stops } of routes) for (const stop of stops) if (stop.order?.truncated) stop.order = whole.get(stop.order_id) ?? stop.order;
  const turn = ["in_progress", "assigned", "completed"];
  const when = (/** @type {Route} */ { date: day, start_at: start }) => `${day} ${start}`;
  routes.sort((one, other) => turn.indexOf(one.status) - turn.indexOf(other.status) || when(one).localeCompare(when(other)));
  const loose = [...open.items, ...over.items].filter((/** @type {Order} */ { route_id }) => !route_id || !ids.has(route_id));
  return { answer, seen: { routes, loose, asked } };
}

/**
 * Whether a route has to wait for its day.
 *
 * @param {Pick<Route, "status" | "date">} route
 * @param {string} date today's
 */
export function isLater({ status, date: day }, date) {
  return status === "assigned" && day > date;
}
