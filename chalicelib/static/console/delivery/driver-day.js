import { now as serverNow } from "../shared/clock.js";
import { OVER, UNDER_WAY } from "../shared/order-status.js";
import { allPages } from "../shared/all-pages.js";
import { today } from "../shared/dates.js";

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {import("./types.js").Route} Route
 * @typedef {{routes: Route[], loose: Order[], asked: number}} Day asked: when, in ms
 */

/** In the order in which they are shown. */
const ROUTES = ["in_progress", "assigned", "completed"];

/**
 * The day: today's routes, those that were assigned for another day, and whatever is under way; then orders that are on none.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {string} timeZone
 * @param {AbortSignal} signal
 * @param {{now?: number}} [platform] for tests
 * @returns {Promise<{seen: Day, answer: any}>} answer: with the cursors that the day belongs to
 */
export async function dayOf(api, timeZone, signal, { now = serverNow() } = {}) {
  const date = today(timeZone, now);
  const asked = Date.now();
  // Its cursors first: what the orders are read after is at least as new.
  const answer = await api.get("/v1/routes", { query: { status: ROUTES.join(","), ended_date: date, limit: 100 }, signal });
  const status = ["assigned", ...UNDER_WAY, ...OVER].join(",");
  const { items } = await allPages(api, "/v1/orders", { query: { status, ended_date: date }, signal });
  const orders = new Map(items.map((/** @type {Order} */ order) => [order.id, order]));
  /** @type {Route[]} */
  const routes = await Promise.all(answer.items.map((/** @type {Route} */ route) => withOrders(api, route, orders, signal)));
  const when = (/** @type {Route} */ { date: day, start_at: start }) => `${day} ${start}`;
  routes.sort((one, other) => ROUTES.indexOf(one.status) - ROUTES.indexOf(other.status) || when(one).localeCompare(when(other)));
  const ids = new Set(routes.map(({ id }) => id));
  const loose = items.filter((/** @type {Order} */ { route_id }) => !route_id || !ids.has(route_id));
  return { answer, seen: { routes, loose, asked } };
}

/**
 * A route with its orders from the list of orders.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {Route} route of a list, whose stops have no orders
 * @param {Map<string, Order>} orders
 * @param {AbortSignal} signal
 * @returns {Promise<Route>}
 */
async function withOrders(api, route, orders, signal) {
  const stops = route.stops.map((stop) => ({ ...stop, order: orders.get(stop.order_id) }));
  if (stops.every(({ order }) => order?.route_id === route.id)) return { ...route, stops };
  // Some ended on another day than today, or have left the route.
  /** @type {Route} */
  const whole = await api.get(`/v1/routes/${route.id}`, { signal });
  // A route that is too large for one answer has orders without their lines.
  for (const stop of whole.stops) if (stop.order?.truncated) stop.order = orders.get(stop.order_id) ?? stop.order;
  return whole;
}

/** Whether a route has to wait for its day. @param {Pick<Route, "status" | "date">} route @param {string} date today's */
export function isLater({ status, date: day }, date) {
  return status === "assigned" && day > date;
}
