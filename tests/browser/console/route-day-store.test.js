/** The day's plan: whatever comes late, twice or in another order, the newest of each row stays. */
import assert from "node:assert/strict";
import { test } from "node:test";

const { RouteDayStore } = await import("../../../chalicelib/static/console/delivery/route-day-store.js");

const DAY = "2026-11-25";

/** @param {number} version @param {object} [more] @returns {any} */
const order = (version, more) => ({ id: "o1", version, status: `v${version}`, route_id: "r1", scheduled_date: DAY, ...more });
/** @param {number} version @param {object} [more] @returns {any} */
const route = (version, more) => ({ id: "r1", version, status: `v${version}`, date: DAY, stops: [{ order_id: "o1" }], ...more });

/** @param {{single?: any}} [answers] a plan with both lists loaded: order and route at version 5, and its event handlers by channel */
async function loaded({ single } = {}) {
  /** @type {Record<string, (event: any) => void>} */
  const hear = {};
  /** @type {string[]} */
  const fetched = [];
  const api = {
    get: async (/** @type {string} */ path) => {
      if (path === "/v1/orders") return { items: [order(5)], next_cursor: null };
      if (path === "/v1/routes") return { items: [route(5)], next_cursor: null };
      fetched.push(path);
      return single;
    },
  };
  /** @type {Promise<any>[]} */
  const loading = [];
  const realtime = {
    subscribe: (/** @type {string} */ channel, /** @type {any} */ { onReload, onEvent }) => {
      hear[channel] = onEvent;
      loading.push(onReload());
      return () => {};
    },
  };
  const gone = new AbortController();
  const plan = new RouteDayStore(api, DAY, gone.signal, () => {});
  plan.follow(realtime);
  await Promise.all(loading);
  gone.abort();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { plan, fetched, hear: (/** @type {string} */ channel, /** @type {any} */ event) => hear[channel]?.(event), settled };
}

for (const [name, say] of /** @type {[string, (known: any, version: number) => void][]} */ ([
  ["an answer", ({ plan }, version) => plan.orders.put(order(version))],
  ["an event of a new order", ({ hear }, version) => hear("orders", { type: "order_created", data: order(version) })],
  ["an event of a changed order", ({ hear }, version) => hear("orders", { type: "order_updated", data: order(version) })],
  [
    "an event of a step",
    ({ hear }, version) => hear("orders", { type: "order_status_changed", data: { order_id: "o1", status: `v${version}`, driver_id: null, version } }),
  ],
  ["a route's answer that holds its orders", ({ plan }, version) => plan.putRoute(route(6, { stops: [{ order_id: "o1", order: order(version) }] }))],
])) {
  test(`an older order never replaces a newer one, whatever brings it: ${name}`, async () => {
    const known = await loaded({ single: order(6) });
    say(known, 4);
    assert.equal(known.plan.orders.get("o1")?.status, "v5");
    say(known, 6);
    assert.equal(known.plan.orders.get("o1")?.status, "v6");
    say(known, 5);
    await known.settled();
    assert.equal(known.plan.orders.get("o1")?.status, "v6");
  });
}

test("an order that is fetched after a step and comes back older does not undo the step", async () => {
  const known = await loaded({ single: order(5) });
  known.hear("orders", { type: "order_status_changed", data: { order_id: "o1", status: "v6", driver_id: null, version: 6 } });
  await known.settled();
  assert.equal(known.plan.orders.get("o1")?.status, "v6");
});

test("a step that is known already is not fetched again", async () => {
  const known = await loaded({ single: order(6) });
  for (const version of [4, 5]) known.hear("orders", { type: "order_status_changed", data: { order_id: "o1", status: "v4", driver_id: null, version } });
  await known.settled();
  assert.deepEqual([known.fetched, known.plan.orders.get("o1")?.status], [[], "v5"]);
});

test("an older route never replaces a newer one", async () => {
  const { plan, hear } = await loaded();
  const { id, ...values } = route(4);
  hear("routes", { type: "route_updated", data: { route_id: id, ...values } });
  assert.equal(plan.routes.get("r1")?.status, "v5");
  hear("routes", { type: "route_updated", data: { route_id: id, ...values, version: 6, status: "v6" } });
  plan.putRoute(route(5));
  assert.equal(plan.routes.get("r1")?.status, "v6");
});
