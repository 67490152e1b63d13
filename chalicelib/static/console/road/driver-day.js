import { OVER, UNDER_WAY, everything, today } from "./day.js";

/**
 * @typedef {import("./day.js").Order} Order
 * @typedef {import("./day.js").Route} Route
 * @typedef {{routes: Route[], loose: Order[], asked: number}} Day asked: when, in ms
 */

/**
 * The day: today's routes and whatever is under way, then orders that are on none.
 *
 * @param {import("../api.js").Api} api
 * @param {string} timeZone
 * @param {AbortSignal} signal
 * @returns {Promise<{seen: Day, answer: any}>} answer: with the cursors that the day belongs to
 */
export async function dayOf(api, timeZone, signal) {
  const date = today(timeZone);
  const asked = Date.now();
  // Its cursors first: what the other lists hold is at least as new.
  const answer = await api.get("/v1/routes", { query: { date, limit: 100 }, signal });
  const [late, open, over] = await Promise.all([
    // A route that is driven past midnight is still today's work.
    api.get("/v1/routes", { query: { status: "in_progress" }, signal }),
    everything(api, "/v1/orders", { query: { status: ["assigned", ...UNDER_WAY].join(",") }, signal }),
    everything(api, "/v1/orders", { query: { status: OVER.join(","), date }, signal }),
  ]);
  const ids = new Set([...late.items, ...answer.items].filter(({ status }) => !["planned", "cancelled"].includes(status)).map(({ id }) => id));
  /** @type {Route[]} */
  const routes = await Promise.all([...ids].map((id) => api.get(`/v1/routes/${id}`, { signal })));
  const turn = ["in_progress", "assigned", "completed"];
  routes.sort((one, other) => turn.indexOf(one.status) - turn.indexOf(other.status) || String(one.start_at).localeCompare(String(other.start_at)));
  const loose = [...open.items, ...over.items].filter((/** @type {Order} */ { route_id }) => !route_id || !ids.has(route_id));
  return { answer, seen: { routes, loose, asked } };
}
