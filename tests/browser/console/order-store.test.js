/** The board's orders: lists and events in any order come to what the server has. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { OrderStore } = await import("../../../chalicelib/static/console/office/order-store.js");
const { dates } = await import("../../../chalicelib/static/console/shared/dates.js");
const { total } = await import("../../../chalicelib/static/console/shared/money.js");
const { phoneText } = await import("../../../chalicelib/static/console/shared/phones.js");

/** @typedef {import("../../../chalicelib/static/console/office/types.js").Order} Order */

const TODAY = "2026-11-22";
const clock = { today: TODAY };
let gone = new AbortController();

afterEach(() => {
  gone.abort();
  gone = new AbortController();
  clock.today = TODAY;
});

/** @param {Partial<Order>} values @returns {Order} */
function order(values = {}) {
  const { status = "pending" } = values;
  const at = `${TODAY}T04:00:00.000Z`;
  return /** @type {Order} */ ({ id: "o1", status, version: 1, scheduled_date: TODAY, driver_id: null, updated_at: at, history: [{ status, at, by: null, reason: null }], ...values });
}

/**
 * @param {Order[]} rows the server's
 * @param {Record<string, number>} [cursors] of the list of a status
 */
function bookOf(rows, cursors = {}) {
  /** @type {string[]} */
  const asked = [];
  const api = {
    /** @param {string} path @param {any} [options] */
    get: async (path, { query = {} } = {}) => {
      asked.push(query.status ?? query.date ?? path);
      if (path !== "/v1/orders") return rows.find(({ id }) => path.endsWith(`/${id}`));
      const items = rows.filter(({ status, scheduled_date }) => (query.date ? scheduled_date === query.date : query.status.split(",").includes(status)));
      return { items, next_cursor: null, cursors: { orders: cursors[query.status] ?? 9 }, epochs: { orders: "e" } };
    },
  };
  const days = { today: () => clock.today, of: (/** @type {string} */ time) => time.slice(0, 10) };
  return { book: new OrderStore(api, days, gone.signal, () => {}), asked };
}

/** @param {Partial<Order> & {version: number}} step */
function stepped({ id = "o1", status = "confirmed", driver_id = null, version }) {
  return { type: "order_status_changed", id: `${id}-${version}`, data: { order_id: id, status, driver_id, version }, timestamp: `${TODAY}T05:00:00.000Z` };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("what is open and what was delivered today is on the board, and nothing else", async () => {
  const yesterday = "2026-11-21";
  const { book } = bookOf([
    order({ id: "late", scheduled_date: yesterday }),
    order({ id: "done", status: "delivered" }),
    order({ id: "past", status: "delivered", history: [{ status: "delivered", at: `${yesterday}T04:00:00.000Z`, by: null, reason: null }] }),
  ]);
  await book.load();
  assert.deepEqual(book.all.map(({ id }) => id).sort(), ["done", "late"]);
  book.put(order({ id: "late", version: 2, status: "cancelled" }));
  assert.deepEqual(book.all.map(({ id }) => id), ["done"]);
});

test("what was delivered leaves with its day, though nothing happens to it", async () => {
  const { book } = bookOf([order({ id: "done", status: "delivered" }), order({ id: "open" })]);
  await book.load();
  clock.today = "2026-11-23";
  assert.deepEqual(book.all.map(({ id }) => id), ["open"]);
});

test("events are taken up from the earliest of the lists' cursors", async () => {
  const { book } = bookOf([order()], { failed: 7 });
  assert.deepEqual(await book.load(), { cursors: { orders: 7 }, epochs: { orders: "e" } });
});

test("a step moves a card without a request, and an old one moves nothing", async () => {
  const { book, asked } = bookOf([order()]);
  await book.load();
  asked.length = 0;
  book.apply(stepped({ version: 2, status: "confirmed" }));
  assert.equal(book.get("o1")?.status, "confirmed");
  book.apply(stepped({ version: 2, status: "pending" }));
  assert.equal(book.get("o1")?.status, "confirmed");
  assert.deepEqual(book.get("o1")?.history.map(({ status }) => status), ["pending", "confirmed"]);
  assert.deepEqual(asked, []);
});

test("where a quiet change came before a step, or the order is new here, all of it is read", async () => {
  const rows = [order()];
  const { book } = bookOf(rows);
  await book.load();
  rows[0] = order({ version: 3, status: "confirmed", address: "新地址" });
  rows.push(order({ id: "o2", version: 2, status: "confirmed" }));
  book.apply(stepped({ version: 3 }));
  book.apply(stepped({ id: "o2", version: 2 }));
  await settled();
  assert.equal(book.get("o1")?.address, "新地址");
  assert.equal(book.get("o2")?.status, "confirmed");
});

test("a list that was read before an answer does not bring back what was", async () => {
  const { book } = bookOf([order({ status: "pending" })]);
  book.put(order({ version: 2, status: "confirmed" }));
  await book.load();
  assert.equal(book.get("o1")?.status, "confirmed");
});

test("a day has its own orders, whatever became of them", async () => {
  const { book, asked } = bookOf([order({ scheduled_date: "2026-11-01", status: "delivered" }), order({ id: "o2" })]);
  book.day = "2026-11-01";
  await book.load();
  assert.deepEqual(asked, ["2026-11-01"]);
  assert.deepEqual(book.all.map(({ id }) => id), ["o1"]);
  book.apply(stepped({ id: "elsewhere", version: 4 }));
  assert.deepEqual(asked, ["2026-11-01"]);
});

test("sums are exact, and phone numbers are written as people write them", () => {
  assert.equal(total([{ quantity: 3, unit_price: "0.1" }, { quantity: 1, unit_price: "760" }]), "760.3");
  assert.equal(total([{ quantity: 999, unit_price: "10000000" }]), "9990000000");
  assert.equal(total([]), "0");
  assert.equal(phoneText("+886912345678"), "0912-345-678");
  assert.equal(phoneText("+886223456789"), "02-2345-6789");
  assert.equal(phoneText("+88637123456"), "037-12-3456");
  assert.equal(phoneText("+886491234567"), "049-123-4567");
  assert.equal(phoneText("+15551234567"), "+15551234567");
  assert.equal(phoneText(null), "");
});

test("tomorrow and yesterday are calendar days where the clocks change, too", (t) => {
  const berlin = dates("Europe/Berlin");
  // A day of 25 hours begins, and one of 23 has ended.
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-10-24T22:30:00Z") });
  assert.deepEqual([berlin.today(), berlin.today(1)], ["2026-10-25", "2026-10-26"]);
  t.mock.timers.setTime(Date.parse("2026-03-29T22:30:00Z"));
  assert.deepEqual([berlin.today(), berlin.today(-1)], ["2026-03-30", "2026-03-29"]);
});
