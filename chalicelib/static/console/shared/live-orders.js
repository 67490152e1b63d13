import { ApiError } from "./http.js";

const RETRY_MS = 3000;

/**
 * The orders of a page, by id: loaded over REST and updated by events. Of two states of an order the higher version counts,
 * whichever comes first; the same version again replaces what is there, since an event may have less than an answer.
 *
 * @template {{id: string, version: number}} Order
 */
export class LiveOrders {
  /** @type {Map<string, any>} */
  #orders = new Map();
  /** @type {Set<string>} Ids that are being fetched. */
  #fetching = new Set();
  #onChange;

  /** @param {Pick<import("./api.js").Api, "get">} api @param {AbortSignal} signal ends it @param {() => void} [onChange] */
  constructor(api, signal, onChange = () => {}) {
    this.api = api;
    this.signal = signal;
    this.#onChange = onChange;
  }

  /** Whether an order belongs here; others are left out. @param {Order} _order @returns {boolean} */
  fits(_order) {
    return true;
  }

  /** Whether an order that is not here is fetched when its status changes. */
  fetchesUnknown() {
    return false;
  }

  /** @param {string} id @returns {Order | undefined} */
  get(id) {
    return this.#orders.get(id);
  }

  /** @returns {Order[]} */
  get all() {
    return [...this.#orders.values()].filter((order) => this.fits(order));
  }

  /** Oldest first. @param {(order: Order) => boolean} [matches] */
  sorted(matches = () => true) {
    // Ids begin with the time they were made at.
    return this.all.filter(matches).sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** @param {Order} row @returns {boolean} whether it is new here, or newer than what was */
  put(row) {
    const known = this.#orders.get(row.id);
    if (known && known.version > row.version) return false;
    const order = withTexts(row);
    if (this.fits(order)) this.#orders.set(row.id, order);
    else this.#orders.delete(row.id);
    this.#onChange();
    return !known || row.version > known.version;
  }

  /** A list that was loaded takes the place of all that is here, but for newer states. @param {readonly Order[]} rows */
  replace(rows) {
    const before = this.#orders;
    this.#orders = new Map();
    for (const row of rows) {
      const known = this.#orders.get(row.id) ?? before.get(row.id);
      const newest = known && known.version > row.version ? known : withTexts(row);
      if (this.fits(newest)) this.#orders.set(row.id, newest);
    }
    this.#onChange();
  }

  /** Removes what does not fit: a screen stays on for weeks. @param {(order: Order) => boolean} fits */
  keep(fits) {
    for (const [id, order] of this.#orders) if (!fits(order)) this.#orders.delete(id);
  }

  /** An order's event of any format. @param {import("../../realtime/log.js").Event} event @returns {boolean} as `put` */
  apply({ type, data, order, timestamp }) {
    if (order) return this.put(/** @type {any} */ (order));
    if (type === "order_created" || type === "order_updated") return this.put(data);
    if (type !== "order_status_changed") return false;
    const known = this.#orders.get(data.order_id);
    if (known && data.version <= known.version) return false;
    if (known?.version !== data.version - 1) {
      // A change without an event came before, or the order is new here: the event alone is not enough.
      if (known || this.fetchesUnknown()) void this.fetch(data.order_id);
      return false;
    }
    const { status, driver_id, version } = data;
    const step = { status, at: timestamp, by: null, reason: null };
    return this.put({ ...known, status, driver_id, version, updated_at: timestamp, history: [...(known.history ?? []), step] });
  }

  /** Reads one order, again until the server answers. @param {string} id */
  async fetch(id) {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      this.put(await this.api.get(`/v1/orders/${id}`, { signal: this.signal }));
    } catch (error) {
      if (this.signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) this.#orders.delete(id);
      else setTimeout(() => !this.signal.aborted && this.fetch(id), RETRY_MS);
    } finally {
      this.#fetching.delete(id);
    }
  }
}

/**
 * An order as REST returns it. Events of the format `restaurant` have amounts, and tables with a plain number, as JSON numbers;
 * the text of each is the one that is stored.
 *
 * @param {any} order
 */
function withTexts(order) {
  if (typeof order.total_price !== "number") return order;
  const { table_number, total_price, items } = order;
  return {
    ...order,
    table_number: table_number === null ? null : String(table_number),
    total_price: String(total_price),
    items: items.map((/** @type {any} */ line) => ({ ...line, unit_price: String(line.unit_price) })),
  };
}
