import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf } from "../../../chalicelib/static/console/restaurant/waiting-time.js";
import { isPast } from "../../../chalicelib/static/console/restaurant/step-order.js";
import { allPages } from "../../../chalicelib/static/console/shared/all-pages.js";
import { LiveOrders } from "../../../chalicelib/static/console/shared/live-orders.js";

const NOON = Date.UTC(2026, 10, 25, 12);

/**
 * @param {string} id
 * @param {Partial<import("../../../chalicelib/static/console/shared/table-order.js").Order>} [values]
 * @returns {import("../../../chalicelib/static/console/shared/table-order.js").Order}
 */
function order(id, values = {}) {
  return {
    id, order_number: "ORD-1", daily_number: 1, table_number: "A1", items: [], total_price: "0", currency: "TWD", notes: null,
    version: 1, created_at: new Date(NOON).toISOString(), status: "pending", payment_status: "pending", payment_method: null,
    history: [], ...values,
  };
}

/** @returns {import("../../../chalicelib/static/console/shared/live-orders.js").LiveOrders<import("../../../chalicelib/static/console/shared/table-order.js").Order>} */
function store() {
  return new LiveOrders({ get: async () => {} }, new AbortController().signal);
}

test("a ticket ages from when it was ordered, and from when it was ready; a clock that is behind makes nothing negative", () => {
  const after = (/** @type {number} */ minutes) => ageOf(order("1"), NOON + minutes * 60_000);
  assert.deepEqual(after(9.9), { minutes: 9, age: "fresh" });
  assert.deepEqual(after(10), { minutes: 10, age: "slow" });
  assert.deepEqual(after(20), { minutes: 20, age: "late" });
  assert.deepEqual(after(-3), { minutes: 0, age: "fresh" });
  const ready = order("1", { status: "ready", history: [{ status: "ready", at: new Date(NOON + 600_000).toISOString() }] });
  assert.deepEqual(ageOf(ready, NOON + 780_000), { minutes: 3, age: "slow" });
});

test("what comes late changes nothing, nor does a list that was on its way", () => {
  const orders = store();
  assert.equal(orders.put(order("1", { version: 2, status: "confirmed" })), true);
  assert.equal(orders.put(order("1")), false);
  orders.replace([order("1"), order("2")]);
  assert.deepEqual(orders.sorted().map(({ id, version }) => [id, version]), [["1", 2], ["2", 1]]);
  orders.replace([]);
  assert.deepEqual(orders.sorted(), []);
});

test("an event's numbers become the texts that REST answers, so that the same order looks the same", () => {
  const line = { id: "1", name: "滷肉飯", quantity: 2 };
  const rest = order("1", { table_number: "5", total_price: "25.5", items: [{ ...line, unit_price: "12.75" }] });
  const event = /** @type {any} */ ({ ...rest, version: 2, table_number: 5, total_price: 25.5, items: [{ ...line, unit_price: 12.75 }] });
  const orders = store();
  orders.put(rest);
  assert.equal(orders.put(event), true);
  assert.deepEqual(orders.get("1"), { ...rest, version: 2 });
  orders.put(/** @type {any} */ ({ ...event, version: 3, table_number: null, total_price: 1440, items: [] }));
  assert.deepEqual(orders.get("1"), { ...rest, version: 3, table_number: null, total_price: "1440", items: [] });
  orders.replace([/** @type {any} */ ({ ...event, version: 4 })]);
  assert.equal(orders.get("1")?.table_number, "5");
});

test("a screen that is never left forgets what has left it, once nothing older can come", () => {
  const orders = store();
  const draw = (/** @type {number} */ now) => orders.keep((each) => !isPast(each, ["pending", "ready"], now));
  const served = (/** @type {number} */ minutes) => [{ status: "served", at: new Date(NOON + minutes * 60_000).toISOString() }];
  for (let day = 0; day < 28; day++) {
    orders.put(order(`served-${day}`, { version: 3, status: "served", history: served(day * 1440) }));
    draw(NOON + day * 1440 * 60_000);
  }
  orders.put(order("open"));
  draw(NOON + 27 * 1440 * 60_000 + 60_000);
  assert.deepEqual(orders.sorted().map(({ id }) => id), ["open", "served-27"]);
  assert.equal(orders.put(order("served-27", { version: 2, status: "ready" })), false, "an answer that was on its way");
});

test("all pages of a list are loaded, and the very first cursors count", async () => {
  /** @type {any[]} */
  const asked = [];
  const api = /** @type {any} */ ({
    get: async (/** @type {string} */ _, /** @type {any} */ { query }) => {
      asked.push(query);
      const more = !query.cursor;
      return { items: [order(`${asked.length}`)], next_cursor: more ? "next" : null, cursors: { orders: asked.length }, epochs: {} };
    },
  });
  const loaded = await allPages(api, "/v1/orders", { query: { status: "pending,ready" }, signal: new AbortController().signal });
  assert.deepEqual(asked.map(({ status, cursor }) => [status, cursor]), [["pending,ready", undefined], ["pending,ready", "next"]]);
  assert.equal(loaded.items.length, 2);
  assert.deepEqual(loaded.cursors, { orders: 1 });
});
