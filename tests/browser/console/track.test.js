import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { dueAt, stepsOf } = await import("../../../chalicelib/static/console/shared/delivery-steps.js");

/**
 * @param {string[]} way one step a minute, from noon
 * @returns {import("../../../chalicelib/static/console/shared/delivery-steps.js").Order}
 */
function order(...way) {
  const history = way.map((status, n) => ({ status, at: minute(n) }));
  return {
    id: "01J", order_number: "ORD-1", status: way.at(-1) ?? "", items: [], total_price: "760", payment_status: "pending",
    payment_method: null, scheduled_date: null, estimated_time: 35, driver_id: null, history, version: way.length,
  };
}

/** @param {number} n */
function minute(n) {
  return new Date(Date.UTC(2026, 10, 25, 12, n)).toISOString();
}

test("steps are done with their times, one is now, and the rest lies ahead", () => {
  const steps = stepsOf(order("pending", "confirmed", "assigned", "delivering", "arriving"));
  assert.deepEqual(steps.map(({ state }) => state), ["done", "done", "done", "done", "now", "ahead"]);
  assert.deepEqual(steps.map(({ at }) => at), [minute(0), minute(1), minute(2), minute(3), minute(4), undefined]);
  assert.equal(stepsOf(order("pending", "delivering", "delivered")).at(-1)?.state, "done");
});

test("of an order that failed and is tried again only the new way counts", () => {
  const again = order("pending", "confirmed", "assigned", "delivering", "failed", "confirmed");
  const steps = stepsOf(again);
  assert.deepEqual(steps.map(({ state }) => state), ["done", "now", "ahead", "ahead", "ahead", "ahead"]);
  assert.equal(steps[1]?.at, minute(5));
  assert.equal(steps[0]?.at, minute(0));
});

test("it is due so many minutes after it last went out, and at no time before", () => {
  assert.equal(dueAt(order("pending", "confirmed")), undefined);
  assert.equal(dueAt(order("pending", "delivering")), minute(36));
  assert.equal(dueAt(order("pending", "delivering", "failed", "confirmed", "assigned", "delivering", "arrived")), minute(40));
  assert.equal(dueAt({ ...order("pending", "delivering"), estimated_time: null }), undefined);
});
