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

export {};
