import assert from "node:assert/strict";
import { test } from "node:test";
import { billsOf, figuresOf, isSettled } from "../../../chalicelib/static/console/restaurant/bills.js";
import { nextPosition, sectionsOf } from "../../../chalicelib/static/console/restaurant/dishes.js";
import { areGood, minutesOf } from "../../../chalicelib/static/console/restaurant/spans.js";

/** @typedef {import("../../../chalicelib/static/console/shared/table-order.js").Order} Order */

/**
 * @param {string} id
 * @param {Partial<Order>} [values]
 * @returns {Order}
 */
function order(id, values = {}) {
  return {
    id, order_number: "ORD-1", daily_number: 1, table_number: "A1", items: [], total_price: "100.5", currency: "TWD", notes: null,
    version: 1, created_at: "2026-11-25T12:00:00.000Z", status: "served", payment_status: "pending", payment_method: null,
    history: [], ...values,
  };
}

test("a table's bill is all that it has not settled, and who takes away has their own", () => {
  const bills = billsOf([
    order("1", { table_number: "A10" }),
    order("2", { table_number: null }),
    order("3", { table_number: "A2" }),
    order("4", { table_number: "A2", payment_status: "paid" }),
    order("5", { table_number: "A2", status: "completed", payment_status: "paid" }),
    order("6", { table_number: null, total_price: "20" }),
    order("7", { table_number: "A2", status: "cancelled" }),
  ]);
  assert.deepEqual(bills.map(({ table, orders, due }) => [table, orders.map(({ id }) => id), due]), [
    ["A2", ["3", "4"], "100.5"], ["A10", ["1"], "100.5"], [null, ["2"], "100.5"], [null, ["6"], "20"],
  ]);
});

test("nothing is settled that is still to be paid, brought or refunded", () => {
  const settled = (/** @type {Partial<Order>} */ values) => isSettled(order("1", values));
  assert.equal(settled({ status: "completed" }), false);
  assert.equal(settled({ status: "served", payment_status: "paid" }), false);
  assert.equal(settled({ status: "cancelled", payment_status: "paid" }), false);
  assert.equal(settled({ status: "cancelled", payment_status: "refunded" }), true);
  assert.equal(settled({ status: "completed", payment_status: "paid" }), true);
});

test("a day's figures leave out what was called off, and say what is in the till", () => {
  const figures = figuresOf([
    order("1"),
    order("2", { payment_status: "paid", payment_method: "cash" }),
    order("3", { payment_status: "paid", payment_method: "card", total_price: "0.1" }),
    order("4", { payment_status: "refunded", payment_method: "cash" }),
    order("5", { status: "cancelled" }),
  ]);
  assert.deepEqual(figures, { count: 4, due: "100.5", paid: "100.6", cash: "100.5" });
});

test("sections stand where their first dish does, and dishes by position, then by name", () => {
  const dish = (/** @type {string} */ name, /** @type {string | null} */ category, /** @type {number} */ position) => ({ name, category, position });
  const sections = sectionsOf([dish("茶", "飲料", 2), dish("B", "飯", 1), dish("A", "飯", 1), dish("湯", null, 0), dish("咖啡", "飲料", 0.5)]);
  assert.deepEqual(sections.map(({ category, dishes }) => [category, dishes.map(({ name }) => name)]), [
    [null, ["湯"]], ["飲料", ["咖啡", "茶"]], ["飯", ["A", "B"]],
  ]);
  assert.equal(nextPosition([]), 0);
  assert.equal(nextPosition(/** @type {any} */ ([{ position: 4 }, { position: 9 }])), 10);
});

test("an evening may reach into the next day, and what overlaps or has no length is no day's", () => {
  const span = (/** @type {string} */ opens, /** @type {string} */ closes) => ({ opens, closes });
  assert.deepEqual(minutesOf(span("17:00", "01:30")), { begins: 1020, ends: 1530 });
  assert.equal(areGood([span("17:00", "21:00"), span("11:00", "14:00")]), true);
  assert.equal(areGood([span("11:00", "17:00"), span("17:00", "24:00")]), true);
  assert.equal(areGood([span("11:00", "17:01"), span("17:00", "24:00")]), false);
  assert.equal(areGood([span("00:00", "24:00")]), true);
  assert.equal(areGood([span("09:00", "09:00")]), false);
  assert.equal(areGood([span("", "09:00")]), false);
  assert.equal(areGood([]), true);
});
