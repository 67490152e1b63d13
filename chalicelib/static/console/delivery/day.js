import { now as serverNow } from "../shared/clock.js";

/**
 * What the API says of a day, as far as these pages use it; docs/api.md has the rest.
 *
 * @typedef {import("../shared/map.js").Place} Place
 * @typedef {{
 *   id: string, order_number: string, customer_name: string | null, customer_phone: string | null,
 *   address: string | null, location: Place | null, items: {name: string, quantity: number}[],
 *   total_price: string, scheduled_date: string | null, status: string, payment_status: string,
 *   payment_method: string | null, driver_id: string | null, route_id: string | null, notes: string | null,
 *   version: number, updated_at: string, truncated?: boolean,
 * }} Order
 * @typedef {{
 *   order_id: string, service_minutes: number, planned_at: string | null, eta: string | null,
 *   outcome: string | null, order?: Order | null,
 * }} Stop
 * @typedef {{
 *   id: string, name: string | null, date: string, status: string, driver_id: string | null, depot: Place | null,
 *   start_at: string | null, started_at: string | null, completed_at: string | null, version: number,
 *   stops: Stop[],
 * }} Route
 * @typedef {{
 *   driver_id: string, latitude: number, longitude: number, speed: number | null, heading: number | null,
 *   timestamp: string,
 * }} Position
 * @typedef {{
 *   id: string, name: string, phone: string | null, vehicle: string | null, notes: string | null, status: string,
 *   version: number, last_position: Position | null, user_ids?: string[],
 * }} Driver
 */

/** Under way with a driver. */
export const UNDER_WAY = ["delivering", "arriving", "arrived"];
/** How a stop may end. */
export const OVER = ["delivered", "failed"];

/**
 * A business's own day, `2026-11-25`.
 *
 * @param {string} timeZone
 * @param {number | Date} [now] by the server's clock
 */
export function today(timeZone, now = serverNow()) {
  // Swedes write dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(now);
}

/**
 * Where a phone's own map shows the way: by coordinates, which are exact, else by address.
 *
 * @param {Pick<Order, "location" | "address">} order
 * @returns {string | undefined}
 */
export function directions({ location, address }) {
  const destination = location ? `${location.latitude},${location.longitude}` : address;
  // Opens the map's app where there is one, on any phone; `geo:` is known to Android alone.
  return destination ? `https://www.google.com/maps/dir/?${new URLSearchParams({ api: "1", destination, travelmode: "driving" })}` : undefined;
}

/**
 * All rows of a list.
 *
 * @param {Pick<import("../shared/api.js").Api, "get">} api
 * @param {string} path
 * @param {import("../shared/api.js").Options} options
 * @returns {Promise<any>} the first part, whose cursors count, with the items of all
 */
export async function everything(api, path, { query = {}, ...options }) {
  const first = await api.get(path, { ...options, query: { limit: 100, ...query } });
  const items = [...first.items];
  for (let cursor = first.next_cursor; cursor; ) {
    const more = await api.get(path, { ...options, query: { limit: 100, ...query, cursor } });
    items.push(...more.items);
    cursor = more.next_cursor;
  }
  return { ...first, items };
}

/**
 * The moment that a clock of the business shows.
 *
 * @param {string} date `2026-11-25`
 * @param {string} time `08:30`
 * @param {string} timeZone
 * @returns {string} ISO 8601, UTC
 */
export function instant(date, time, timeZone) {
  const there = Date.parse(`${date}T${time}:00Z`);
  const written = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  // Twice, for the day on which the clocks change.
  let moment = there;
  for (let n = 0; n < 2; n++) moment += there - Date.parse(`${written.format(new Date(moment)).replace(" ", "T")}Z`);
  return new Date(moment).toISOString();
}

/** @param {string} date @param {number} by days */
export function dayAfter(date, by = 1) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}
