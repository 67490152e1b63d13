import { ApiError } from "../shared/api.js";
import { now } from "../shared/clock.js";
import { OPEN } from "./order-steps.js";

/** @typedef {import("./types.js").Order} Order */

const DAY_MS = 86_400_000;
const RETRY_MS = 3000;
// What failed and was never tried again stays open for ever: of those the newest are enough.
const MOST_PAGES = { failed: 1, others: 100 };

/**
 * The orders of a board: what is open and what was delivered today, or all of one day. It is loaded over REST and updated
 * by events; whichever of both is newer counts, by the order's version.
 */
export class OrderStore {
  /** The day that is looked at; empty for what is open and today's. */
  day = "";
  /** @type {Map<string, Order>} */
  #orders = new Map();
  /** @type {Set<string>} Being fetched. */
  #fetching = new Set();
  #api;
  #days;
  #signal;
  #onChange;

  /**
   * @param {{
   *   api: Pick<import("../shared/api.js").Api, "get">,
   *   days: {today(): string, of(time: string): string},
   *   signal: AbortSignal,
   *   onChange: () => void,
   * }} context
   */
  constructor({ api, days, signal, onChange }) {
    this.#api = api;
    this.#days = days;
    this.#signal = signal;
    this.#onChange = onChange;
  }

  /** What was delivered before today has left, though there is no event for it. */
  get orders() {
    return [...this.#orders.values()].filter((order) => this.#belongs(order));
  }

  /** @param {string} id */
  get(id) {
    return this.#orders.get(id);
  }

  /**
   * Reads everything anew.
   *
   * @returns {Promise<import("../../realtime/listener.js").Snapshot | undefined>} undefined where another day is wanted by now
   */
  async load() {
    const day = this.day;
    const since = new Date(now() - DAY_MS).toISOString();
    const queries = day
      ? [{ date: day }]
      : [{ status: OPEN.filter((status) => status !== "failed").join(",") }, { status: "failed" }, { status: "delivered", updated_since: since }];
    const lists = await Promise.all(queries.map((query) => this.#all(query)));
    if (day !== this.day) return undefined;
    /** @type {Map<string, Order>} */
    const loaded = new Map();
    for (const order of lists.flatMap(({ orders }) => orders)) {
      const known = loaded.get(order.id) ?? this.#orders.get(order.id);
      const newest = known && known.version > order.version ? known : order;
      if (this.#belongs(newest)) loaded.set(order.id, newest);
    }
    this.#orders = loaded;
    this.#onChange();
    // An order that moved from one list to another while they were read is replayed from the earliest cursor.
    const [first = { cursors: {}, epochs: {} }, ...others] = lists;
    const cursors = { ...first.cursors };
    for (const each of others)
      for (const [channel, cursor] of Object.entries(each.cursors)) cursors[channel] = Math.min(cursors[channel] ?? cursor, cursor);
    return { cursors, epochs: first.epochs };
  }

  /** @param {import("../../realtime/log.js").Event} event */
  apply({ type, data, timestamp }) {
    if (type === "order_created" || type === "order_updated") this.put(data);
    if (type !== "order_status_changed") return;
    const known = this.#orders.get(data.order_id);
    if (known && data.version <= known.version) return;
    // Something changed quietly before, or it was not on the board: the event alone is not enough.
    if (known?.version !== data.version - 1) return void (known || !this.day ? this.fetch(data.order_id) : undefined);
    const step = { status: data.status, at: timestamp, by: null, reason: null };
    const { status, driver_id, version } = data;
    this.put({ ...known, status, driver_id, version, updated_at: timestamp, history: [...known.history, step] });
  }

  /**
   * An order as it is now; an older one changes nothing.
   *
   * @param {Order} order
   */
  put(order) {
    const known = this.#orders.get(order.id);
    if (known && known.version > order.version) return;
    if (this.#belongs(order)) this.#orders.set(order.id, order);
    else this.#orders.delete(order.id);
    this.#onChange();
  }

  /**
   * Reads one order, until it is there.
   *
   * @param {string} id
   */
  async fetch(id) {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      this.put(await this.#api.get(`/v1/orders/${id}`, { signal: this.#signal }));
    } catch (error) {
      if (this.#signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) this.#orders.delete(id);
      else setTimeout(() => !this.#signal.aborted && this.fetch(id), RETRY_MS);
    } finally {
      this.#fetching.delete(id);
    }
  }

  /** @param {Order} order */
  #belongs({ status, scheduled_date, history, updated_at }) {
    if (status === "cancelled") return false;
    if (this.day) return scheduled_date === this.day;
    if (status !== "delivered") return true;
    const delivered = history.filter((step) => step.status === "delivered").at(-1)?.at ?? updated_at;
    return this.#days.of(delivered) === this.#days.today();
  }

  /**
   * All pages of a list; the first one's cursors count.
   *
   * @param {{status?: string, date?: string, updated_since?: string}} query
   */
  async #all(query) {
    const most = query.status === "failed" ? MOST_PAGES.failed : MOST_PAGES.others;
    /** @type {Order[]} */
    const orders = [];
    /** @type {any} */
    let first;
    let cursor;
    for (let n = 0; n < most; n++) {
      const page = await this.#api.get("/v1/orders", { query: { ...query, limit: 100, cursor }, signal: this.#signal });
      first ??= page;
      orders.push(...page.items);
      cursor = page.next_cursor;
      if (!cursor) break;
    }
    return { orders, cursors: first.cursors, epochs: first.epochs };
  }
}
