import { allPages } from "../shared/all-pages.js";
import { now } from "../shared/clock.js";
import { LiveOrders } from "../shared/live-orders.js";
import { OPEN } from "./order-steps.js";

const DAY_MS = 86_400_000;

/**
 * The orders of the board: what is open and what was delivered today, or all of one day.
 *
 * @extends {LiveOrders<import("./types.js").Order>}
 */
export class OrderStore extends LiveOrders {
  /** The day that is shown; empty for what is open and today's. */
  day = "";
  #days;

  /**
   * @param {Pick<import("../shared/api.js").Api, "get">} api
   * @param {{today(): string, of(time: string): string}} days
   * @param {AbortSignal} signal
   * @param {() => void} onChange
   */
  constructor(api, days, signal, onChange) {
    super(api, signal, onChange);
    this.#days = days;
  }

  /** Orders that were delivered before today leave the board without an event. @param {import("./types.js").Order} order */
  fits({ status, scheduled_date, history, updated_at }) {
    if (status === "cancelled") return false;
    if (this.day) return scheduled_date === this.day;
    if (status !== "delivered") return true;
    const delivered = history.filter((step) => step.status === "delivered").at(-1)?.at ?? updated_at;
    return this.#days.of(delivered) === this.#days.today();
  }

  fetchesUnknown() {
    return !this.day;
  }

  /**
   * Reads everything anew.
   *
   * @returns {Promise<import("../../realtime/listener.js").Snapshot | undefined>} undefined where another day was requested meanwhile
   */
  async load() {
    const day = this.day;
    const since = new Date(now() - DAY_MS).toISOString();
    /** @type {{status?: string, date?: string, updated_since?: string}[]} */
    const queries = day
      ? [{ date: day }]
      : [{ status: OPEN.filter((status) => status !== "failed").join(",") }, { status: "failed" }, { status: "delivered", updated_since: since }];
    // An order that failed and was never tried again stays open for ever: of those the newest page is enough.
    const lists = await Promise.all(queries.map((query) => allPages(this.api, "/v1/orders", { query, signal: this.signal, ...(query.status === "failed" && { most: 1 }) })));
    if (day !== this.day) return undefined;
    this.replace(lists.flatMap(({ items }) => items));
    // An order that moved from one list to another while they were read is replayed from the earliest cursor.
    const [first, ...others] = lists;
    const cursors = { ...first.cursors };
    for (const each of others)
      for (const [channel, cursor] of Object.entries(each.cursors)) cursors[channel] = Math.min(cursors[channel] ?? cursor, cursor);
    return { cursors, epochs: first.epochs };
  }
}
