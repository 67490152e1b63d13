/** What changed an order's money, in words. */
import assert from "node:assert/strict";
import { test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { detailsOf, usersOf } = await import("../../../chalicelib/static/console/office/order-history.js");

/** @typedef {import("../../../chalicelib/static/console/office/types.js").MoneyChange} MoneyChange */

const state = /** @type {const} */ ({ total_price: "480", payment_status: "pending", payment_method: null });
const money = (/** @type {string} */ amount) => `$${amount}`;

/** @param {Partial<MoneyChange>} values @returns {MoneyChange} */
function change(values) {
  return { at: "2026-11-22T04:00:00.000Z", by: "u2", reason: null, before: state, after: state, lines: [], ...values };
}

test("a lower price shows the total and the line before and after", () => {
  const lines = [{ before: { name: "滷肉飯", quantity: 1, unit_price: "480" }, after: { name: "滷肉飯", quantity: 1, unit_price: "1" } }];
  const texts = detailsOf(change({ after: { ...state, total_price: "1" }, lines }), money);
  assert.deepEqual(texts, ["$480 → $1", "滷肉飯 × 1 @ $480 → 滷肉飯 × 1 @ $1"]);
});

test("a line that was added or removed is named as such", () => {
  const line = { name: "貢丸湯", quantity: 2, unit_price: "35" };
  const texts = detailsOf(change({ lines: [{ before: null, after: line }, { before: line, after: null }] }), money);
  assert.deepEqual(texts, ["新增 貢丸湯 × 2 @ $35", "移除 貢丸湯 × 2 @ $35"]);
});

test("a payment shows its status and method, also a method that this page does not know", () => {
  const after = /** @type {const} */ ({ ...state, payment_status: "paid", payment_method: "cheque" });
  assert.deepEqual(detailsOf(change({ after }), money), ["未付款 → 已付款", "未指定 → cheque"]);
  assert.deepEqual(detailsOf(change({ after: { ...after, payment_method: "cash" } }), money), ["未付款 → 已付款", "未指定 → 現金"]);
});

test("the names of all who made steps or changed the money are looked up, also of an order without a record", () => {
  const order = /** @type {any} */ ({ history: [{ by: "u1" }] });
  assert.deepEqual(usersOf(order), ["u1"]);
  assert.deepEqual(usersOf({ ...order, money_changes: [change({})] }), ["u1", "u2"]);
});
