import { allPages } from "../shared/all-pages.js";
import { fullOrders } from "../shared/full-orders.js";
import { LiveOrders } from "../shared/live-orders.js";
import { subscribe } from "../shared/subscribe.js";
import { every } from "../shared/timing.js";

// Arrival times change all the time, and no event has them.
const ETAS_MS = 30_000;

/** @import { Order, Route, Stop } from "./types.js" */

/** Orders of a day, and those of other days that are on its routes. @extends {LiveOrders<Order>} */
class DayOrders extends LiveOrders {
  /** @type {(order: Order) => boolean} */
  isOfDay = () => true;

  /** @param {Order} order */
  fits(order) {
    return this.isOfDay(order) || this.get(order.id) !== undefined;
  }
}

/** A day's routes and orders as they are now: loaded, then updated by events. Calls `changed` on each change, once both are loaded. */
export class RouteDayStore {
  /** @type {Map<string, Route>} */
  routes = new Map();
  orders;
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
    this.orders = new DayOrders(api, signal, () => this.#changed());
    this.orders.isOfDay = ({ id, scheduled_date }) => scheduled_date === date || this.#isStop(id);
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
    every(ETAS_MS, () => this.#refreshEtas(), this.#signal);
  }

  async #loadRoutes() {
    const list = await this.#list("/v1/routes");
    this.#loaded.routes = true;
    this.routes = new Map(list.items.map((/** @type {Route} */ route) => [route.id, route]));
    this.#complete();
    return list;
  }

  async #loadOrders() {
    const list = await this.#list("/v1/orders");
    this.#loaded.orders = true;
    this.orders.replace(list.items);
    this.#complete();
    return list;
  }

  /** @param {string} path */
  #list(path) {
    return allPages(this.#api, path, { query: { date: this.#date }, signal: this.#signal });
  }

  /** Orders of another day may be on a route of this one. */
  #complete() {
    this.#changed();
    if (!this.#isWhole) return;
    const ids = [...this.routes.values()].flatMap(({ stops }) => stops.map(({ order_id }) => order_id));
    for (const id of new Set(ids)) if (!this.orders.get(id)) void this.orders.fetch(id);
  }

  /** @param {any} event */
  #routeEvent({ data }) {
    if (!data?.route_id) return;
    const { route_id: id, ...route } = data;
    this.putRoute({ id, ...route });
  }

  /** @param {import("../../realtime/log.js").Event} event */
  #orderEvent(event) {
    // The event does not say whether it has left its route.
    if (this.orders.apply(event) && event.type === "order_status_changed") void this.orders.fetch(event.data.order_id);
  }

  #refreshEtas() {
    if (document.hidden || ![...this.routes.values()].some(({ status }) => status === "in_progress")) return;
    void this.#loadRoutes().catch(() => {});
  }

  /** @param {string} orderId */
  #isStop(orderId) {
    return [...this.routes.values()].some(({ stops }) => stops.some(({ order_id }) => order_id === orderId));
  }

  /** @param {Route} route of an event or an answer; an answer includes orders */
  putRoute(route) {
    const known = this.routes.get(route.id);
    if (known && known.version > route.version) return;
    if (route.date !== this.#date) return;
    const etas = new Map(known?.stops.map(({ order_id, eta }) => [order_id, eta]));
    const stops = route.stops.map(({ order, ...stop }) => ({ ...stop, eta: stop.eta ?? etas.get(stop.order_id) ?? null }));
    this.routes.set(route.id, { ...route, stops });
    // One that came without its lines is read alone, where it is not here.
    for (const { order } of route.stops) if (order && !order.truncated) this.orders.put(order);
    this.#complete();
  }

  /** A route's stops whose orders are still on it. @param {Route} route @returns {{stop: Stop, order: Order}[]} */
  stopsOf({ id, stops }) {
    return stops.flatMap((stop) => {
      const order = this.orders.get(stop.order_id);
      return order?.route_id === id ? [{ stop, order }] : [];
    });
  }

  /** Orders that wait for a route, oldest first. @returns {Order[]} */
  get unrouted() {
    return this.orders.sorted(({ status, route_id, scheduled_date }) => status === "confirmed" && !route_id && scheduled_date === this.#date);
  }
}
