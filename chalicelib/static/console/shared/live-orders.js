/**
 * @typedef {{id: string, name: string, quantity: number, unit_price: string}} Line
 * @typedef {{
 *   id: string, order_number: string, daily_number: number | null, table_number: string | null, items: Line[],
 *   total_price: string, currency: string, notes: string | null, version: number, created_at: string,
 *   status: import("./table-order-steps.js").Status, payment_status: "pending" | "paid" | "refunded",
 *   needs_confirmation?: boolean, payment_method: "cash" | "transfer" | "card" | "line_pay" | null, history: {status: string, at: string}[],
 * }} Order what of an order a restaurant looks at
 * @typedef {import("../../realtime/listener.js").Snapshot} Snapshot
 */

const PAGE = 100;

/** @param {Order} order what people call it: a number of the day, or the end of the long one */
export function numberOf({ daily_number, order_number }) {
  return daily_number === null ? order_number.slice(-4) : String(daily_number);
}

/** Orders by id. Of two states of one, the higher version is the newer: what comes late changes nothing. */
export class Orders {
  /** @type {Map<string, Order>} */
  #known = new Map();

  /**
   * @param {Order} order
   * @returns {boolean} whether it was news
   */
  put(order) {
    if (order.version <= (this.#known.get(order.id)?.version ?? 0)) return false;
    this.#known.set(order.id, withTexts(order));
    return true;
  }

  /** Forgets all but these. @param {readonly Order[]} orders */
  replace(orders) {
    const before = this.#known;
    this.#known = new Map();
    for (const order of orders) {
      // An answer to a step of ours may be newer than a list that was on its way.
      const mine = before.get(order.id);
      this.put(mine && mine.version > order.version ? mine : order);
    }
  }

  /**
   * Forgets those that do not fit: a screen stays on for weeks.
   *
   * @param {(order: Order) => boolean} fits
   */
  keep(fits) {
    for (const [id, order] of this.#known) if (!fits(order)) this.#known.delete(id);
  }

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /**
   * Oldest first.
   *
   * @param {(order: Order) => boolean} fits
   */
  those(fits) {
    // Ids begin with the time they were made at.
    return [...this.#known.values()].filter(fits).sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/**
 * The order as REST has it. Events of the format `restaurant` have amounts, and tables with a plain number, as JSON
 * numbers; the text of each is the one that is stored.
 *
 * @param {Order} order
 * @returns {Order}
 */
function withTexts(order) {
  const { table_number, total_price, items } = order;
  return {
    ...order,
    table_number: table_number === null ? null : String(table_number),
    total_price: String(total_price),
    items: items.map((line) => ({ ...line, unit_price: String(line.unit_price) })),
  };
}

// What is on its way of an order that has left is older, and must not bring it back.
const REMEMBERED_MS = 10 * 60_000;

/**
 * Whether an order has none of these statuses any more, and its last state is not needed either.
 *
 * @param {Order} order
 * @param {readonly string[]} statuses
 * @param {number} now ms
 */
export function isPast({ status, history }, statuses, now) {
  return !statuses.includes(status) && now - Date.parse(history.at(-1)?.at ?? "") > REMEMBERED_MS;
}

/**
 * All orders of a list, and its first page's cursors, which count for all that was read after it.
 *
 * @param {import("./api.js").Api} api
 * @param {Record<string, string>} query
 * @param {AbortSignal} signal
 * @returns {Promise<{orders: Order[], snapshot: Snapshot}>}
 */
export async function loadOrders(api, query, signal) {
  /** @type {Snapshot | undefined} */
  let snapshot;
  /** @type {Order[]} */
  const orders = [];
  let cursor = null;
  do {
    const page = await api.get("/v1/orders", { query: { ...query, limit: PAGE, cursor }, signal });
    snapshot ??= page;
    orders.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return { orders, snapshot: { cursors: snapshot?.cursors ?? {}, epochs: snapshot?.epochs ?? {} } };
}

/**
 * One step of an order, from the version that was seen. A repeat of a tap, here or on another screen, is refused.
 *
 * @param {import("./api.js").Api} api
 * @param {Order} order
 * @param {import("./table-order-steps.js").Status} status
 * @returns {Promise<Order>}
 */
export function step(api, { id, version }, status) {
  return api.post(`/v1/orders/${id}/status`, { status, version });
}

/** @param {unknown} error whether another user was quicker, so that what is shown is old */
export function overtaken(error) {
  const { code = "" } = /** @type {{code?: string}} */ (error);
  return code === "stale_version" || code === "illegal_transition";
}
