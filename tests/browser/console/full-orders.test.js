/** Events that came in a short form: the order is read over REST, whatever the format. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { ApiError } = await import("../../../chalicelib/static/console/shared/api.js");
const { RouteDayStore } = await import("../../../chalicelib/static/console/delivery/route-day-store.js");
const { fullOrders } = await import("../../../chalicelib/static/console/shared/full-orders.js");

const ROW = { id: "o1", version: 7, items: [{ name: "20公斤瓦斯桶" }] };
const SHORT = { id: "o1", version: 6, items: [] };

let gone = new AbortController();
afterEach(() => {
  gone.abort();
  gone = new AbortController();
  mock.timers.reset();
});

/** @param {(() => Promise<any>)[]} answers the server's, in turn */
function receivedWith(answers) {
  /** @type {any[]} */
  const received = [];
  /** @type {string[]} */
  const asked = [];
  const get = async (/** @type {string} */ path) => {
    asked.push(path);
    return /** @type {() => Promise<any>} */ (answers.shift())();
  };
  return { received, asked, tell: fullOrders({ get }, gone.signal, (event, channel) => void received.push([event, channel])) };
}

/** @param {any} values */
function event(values) {
  return { type: "order_updated", id: "o1-6", timestamp: "2026-11-22T04:00:00.000Z", cursors: { orders: 9 }, ...values };
}

/** Lets promises that are settled be followed. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("an event that is whole is passed on at once and as it is, one about no order too", () => {
  const { received, asked, tell } = receivedWith([]);
  const events = [event({ data: ROW }), event({ type: "notice", truncated: true, data: {} }), event({ type: "order_status_changed", data: { order_id: "o1" } })];
  for (const each of events) tell(each, "orders");
  assert.deepEqual(received, events.map((each) => [each, "orders"]));
  assert.deepEqual(asked, []);
});

for (const place of ["data", "order"])
  test(`an order that came short under \`${place}\` is passed on as its row`, async () => {
    const { received, asked, tell } = receivedWith([async () => ROW]);
    tell(event({ [place]: SHORT, truncated: true }), "orders");
    assert.deepEqual(received, [], "without its lines it is not shown");
    await settle();
    assert.deepEqual(asked, ["/v1/orders/o1"]);
    assert.deepEqual(received, [[event({ [place]: ROW }), "orders"]]);
  });

test("what follows does not wait for the row", async () => {
  /** @type {(row: unknown) => void} */
  let answer = () => {};
  const { received, tell } = receivedWith([() => new Promise((resolve) => (answer = resolve))]);
  const next = event({ id: "o2-1", data: { id: "o2" } });
  tell(event({ data: SHORT, truncated: true }), "orders");
  tell(next, "orders");
  assert.deepEqual(received, [[next, "orders"]]);
  answer(ROW);
  await settle();
  assert.equal(received.length, 2);
});

test("a row that cannot be read is asked for again until it is there", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const down = async () => Promise.reject(new ApiError(503, {}));
  const { received, asked, tell } = receivedWith([down, down, async () => ROW]);
  tell(event({ data: SHORT, truncated: true }), "orders");
  for (let n = 0; n < 3; n++) {
    await settle();
    mock.timers.tick(3000);
  }
  await settle();
  assert.equal(asked.length, 3);
  assert.equal(received[0][0].data, ROW);
});

test("an order that is not there any more is no news, and a page that was left asks no more", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const missing = receivedWith([async () => Promise.reject(new ApiError(404, {}))]);
  missing.tell(event({ data: SHORT, truncated: true }), "orders");
  await settle();
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual([missing.asked.length, missing.received.length], [1, 0]);
  const left = receivedWith([async () => Promise.reject(new ApiError(503, {}))]);
  left.tell(event({ data: SHORT, truncated: true }), "orders");
  await settle();
  gone.abort();
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual([left.asked.length, left.received.length], [1, 0]);
});

test("a day's plan never shows an order without its lines, from an event or from a route that is too large", async () => {
  /** @type {Record<string, import("../../../chalicelib/static/realtime/listener.js").Handlers>} */
  const channels = {};
  const realtime = { subscribe: (/** @type {string} */ channel, /** @type {any} */ handlers) => ((channels[channel] = handlers), () => {}) };
  const row = { ...ROW, scheduled_date: "2026-11-22", route_id: "r1", status: "assigned" };
  const get = async (/** @type {string} */ path) => (path === "/v1/orders/o1" ? row : { items: [], next_cursor: null });
  const plan = new RouteDayStore({ get }, "2026-11-22", gone.signal, () => {});
  plan.follow(/** @type {any} */ (realtime));
  for (const channel of ["routes", "orders"]) await channels[channel]?.onReload?.(channel, { signal: gone.signal });
  channels.orders?.onEvent(event({ data: { ...row, ...SHORT }, truncated: true }), "orders");
  await settle();
  assert.deepEqual(plan.orders.get("o1"), row);
  plan.orders.replace([]);
  const stop = { order_id: "o1", service_minutes: 5, planned_at: null, eta: null, outcome: null, order: { ...row, ...SHORT, truncated: true } };
  plan.putRoute(/** @type {any} */ ({ id: "r1", date: "2026-11-22", version: 1, status: "assigned", stops: [stop] }));
  assert.equal(plan.orders.get("o1"), undefined);
  await settle();
  assert.deepEqual(plan.orders.get("o1"), row);
});
