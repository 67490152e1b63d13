import { subscribe } from "../shared/subscribe.js";
import { fullOrders } from "../shared/full-orders.js";
import { everything } from "./day.js";

// Arrival times change all the time, and no event has them.
const ETAS_MS = 30_000;

/**
 * @typedef {import("./day.js").Order} Order
 * @typedef {import("./day.js").Route} Route
 * @typedef {import("./day.js").Stop} Stop
 */

/** A day's routes and orders as they are now: loaded, then updated by events. Calls `changed` on each change, once both are loaded. */
export class RouteDayStore {
  /** @type {Map<string, Route>} */
  routes = new Map();
  /** @type {Map<string, Order>} */
  orders = new Map();
  // Both lists: what the one lacks while the other is on its way is not missing.
  #loaded = { routes: false, orders: false };
  #api;
  #date;
  #signal;
  #changed;
  #failed;

  /**
   * @param {Pick<import("../shared/api.js").Api, "get">} api
   * @param {string} date
   * @param {AbortSignal} signal ends it
   * @param {() => void} changed
   * @param {(error: unknown, retry: () => void) => void} [failed] while not both are there: why; the client tries again by itself
   */
  constructor(api, date, signal, changed, failed = () => {}) {
    this.#api = api;
    this.#date = date;
    this.#signal = signal;
    this.#changed = () => this.#isWhole && changed();
    this.#failed = failed;
  }

  get #isWhole() {
    return this.#loaded.routes && this.#loaded.orders;
  }

  /** @param {Pick<import("../../realtime/realtime.js").Realtime, "subscribe">} realtime */
  follow(realtime) {
    let reported = false;
    /** @param {() => Promise<any>} load @param {import("../../realtime/listener.js").Handlers["onEvent"]} onEvent @returns {import("../../realtime/listener.js").Handlers} */
    const handlers = (load, onEvent) => ({
      onReload: async () => {
        try {
          return await load();
        } catch (error) {
          if (!this.#signal.aborted && !this.#isWhole && !reported) this.#failed(error, retry);
          reported = true;
          throw error;
        }
      },
      onEvent,
    });
    const again = [
      subscribe(realtime, "routes", handlers(() => this.#loadRoutes(), (event) => this.#routeEvent(event)), this.#signal),
      subscribe(realtime, "orders", handlers(() => this.#loadOrders(), fullOrders(this.#api, this.#signal, (event) => this.#orderEvent(event))), this.#signal),
    ];
    function retry() {
      reported = false;
      for (const begin of again) begin();
    }
    const timer = setInterval(() => this.#refreshEtas(), ETAS_MS);
    this.#signal.addEventListener("abort", () => clearInterval(timer));
  }

  async #loadRoutes() {
    const list = await everything(this.#api, "/v1/routes", { query: { date: this.#date }, signal: this.#signal });
    this.#loaded.routes = true;
    this.routes = new Map(list.items.map((/** @type {Route} */ route) => [route.id, route]));
    await this.#complete();
    return list;
  }

  async #loadOrders() {
    const list = await everything(this.#api, "/v1/orders", { query: { date: this.#date }, signal: this.#signal });
    this.#loaded.orders = true;
    this.orders = new Map(list.items.map((/** @type {Order} */ order) => [order.id, order]));
    await this.#complete();
    return list;
  }

  /** Orders of another day may be on a route of this one. */
  async #complete() {
    this.#changed();
    if (!this.#isWhole) return;
    const missing = [...this.routes.values()].flatMap(({ stops }) => stops).filter(({ order_id }) => !this.orders.has(order_id));
    for (const { order_id } of missing) await this.#fetch(order_id).catch(() => {});
  }

  /** @param {string} id */
  async #fetch(id) {
    this.putOrder(await this.#api.get(`/v1/orders/${id}`, { signal: this.#signal }));
  }

  /** @param {any} event */
  #routeEvent({ data }) {
    if (!data?.route_id) return;
    const { route_id: id, ...route } = data;
    this.putRoute({ id, ...route });
  }

  /** @param {any} event */
  #orderEvent({ type, data }) {
    if (type === "order_created" || type === "order_updated") return this.putOrder(data);
    if (type !== "order_status_changed") return;
    const known = this.orders.get(data.order_id);
    if (!known || known.version >= data.version) return;
    const { status, driver_id, version } = data;
    this.putOrder({ ...known, status, driver_id, version });
    // The event does not say whether it has left its route.
    void this.#fetch(known.id).catch(() => {});
  }

  #refreshEtas() {
    if (document.hidden || ![...this.routes.values()].some(({ status }) => status === "in_progress")) return;
    void this.#loadRoutes().catch(() => {});
  }

  /** @param {Order} order */
  putOrder(order) {
    const known = this.orders.get(order.id);
    if (known && known.version > order.version) return;
    if (order.scheduled_date !== this.#date && !known && !this.#isStop(order.id)) return;
    this.orders.set(order.id, order);
    this.#changed();
  }

  /** @param {string} orderId */
  #isStop(orderId) {
    return [...this.routes.values()].some(({ stops }) => stops.some(({ order_id }) => order_id === orderId));
  }

  /** @param {Route} route as an event or an answer has it; with the orders of an answer */
  putRoute(route) {
    const known = this.routes.get(route.id);
    if (known && known.version > route.version) return;
    if (route.date !== this.#date) return;
    const etas = new Map(known?.stops.map(({ order_id, eta }) => [order_id, eta]));
    const stops = route.stops.map(({ order, ...stop }) => ({ ...stop, eta: stop.eta ?? etas.get(stop.order_id) ?? null }));
    this.routes.set(route.id, { ...route, stops });
    // One that came without its lines is read alone, where it is not here.
    for (const { order } of route.stops) if (order && !order.truncated) this.putOrder(order);
    void this.#complete();
  }

  /**
   * A route's stops whose orders are still on it.
   *
   * @param {Route} route
   * @returns {{stop: Stop, order: Order}[]}
   */
  stopsOf({ id, stops }) {
    return stops.flatMap((stop) => {
      const order = this.orders.get(stop.order_id);
      return order?.route_id === id ? [{ stop, order }] : [];
    });
  }

  /** Orders that wait for a route, oldest first. @returns {Order[]} */
  get unrouted() {
    return [...this.orders.values()]
      .filter(({ status, route_id, scheduled_date }) => status === "confirmed" && !route_id && scheduled_date === this.#date)
      .sort((one, other) => one.id.localeCompare(other.id));
  }
}
