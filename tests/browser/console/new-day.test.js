import assert from "node:assert/strict";
import { test } from "node:test";

const { onNewDay } = await import("../../../chalicelib/static/console/shared/new-day.js");
const { dayOf, isLater } = await import("../../../chalicelib/static/console/delivery/driver-day.js");

/** @param {string} at */
function tab(at) {
  const clock = { now: Date.parse(at) };
  /** @type {(() => void)[]} */
  const ticks = [];
  const document = Object.assign(new EventTarget(), { hidden: false });
  const gone = new AbortController();
  /** @type {string[][]} */
  const days = [];
  onNewDay("Asia/Taipei", gone.signal, (...change) => days.push(change), {
    document,
    now: () => clock.now,
    every: (act) => ticks.push(act),
    end: () => ticks.splice(0),
  });
  return { clock, document, gone, days, tick: () => ticks.forEach((act) => act()) };
}

test("a day that begins in an open tab is reported once, and it is the business's", () => {
  const { clock, days, tick } = tab("2026-11-28T15:59:00Z");
  tick();
  assert.deepEqual(days, []);
  clock.now = Date.parse("2026-11-28T16:00:10Z");
  tick();
  tick();
  assert.deepEqual(days, [["2026-11-29", "2026-11-28"]]);
});

test("a tab that has slept gets the new day when it is looked at, and none that is left", () => {
  const { clock, document, gone, days, tick } = tab("2026-11-27T04:00:00Z");
  clock.now = Date.parse("2026-11-29T04:00:00Z");
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(days, []);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(days, [["2026-11-29", "2026-11-27"]]);
  clock.now = Date.parse("2026-11-30T04:00:00Z");
  gone.abort();
  document.dispatchEvent(new Event("visibilitychange"));
  tick();
  assert.equal(days.length, 1);
});

const ENDED = ["completed", "cancelled", "delivered", "failed"];

/** The API of a driver who has these routes, with the ids of their orders, and orders. @param {any[]} routes @param {any[]} orders */
function apiOf(routes, orders) {
  /** @type {string[]} */
  const asked = [];
  return /** @type {any} */ ({
    asked,
    get: async (/** @type {string} */ path, /** @type {any} */ { query = {} } = {}) => {
      asked.push(path);
      const one = routes.find(({ id }) => path === `/v1/routes/${id}`);
      if (one) return { ...one, stops: one.stops.map((/** @type {any} */ stop) => ({ ...stop, order: orders.find(({ id }) => id === stop.order_id) ?? null })) };
      const statuses = query.status.split(",");
      const rows = (path === "/v1/routes" ? routes : orders).filter(({ status }) => statuses.includes(status));
      const items = rows.filter(({ status, date }) => !ENDED.includes(status) || date === query.ended_date);
      return { items, next_cursor: null, cursors: {}, epochs: {} };
    },
  });
}

test("a driver sees routes that were assigned ahead, and earlier ones that are not started, with all their orders", async () => {
  const day = "2026-11-28";
  const route = (/** @type {string} */ id, /** @type {string} */ date, status = "assigned") => ({ id, date, status, start_at: null, stops: [] });
  const order = (/** @type {string} */ id, /** @type {string | null} */ route_id) => ({ id, route_id, status: "assigned" });
  const routes = [route("ahead", "2026-11-29"), route("today", day), route("forgotten", "2026-11-26"), route("over", "2026-11-20", "completed"), route("draft", day, "planned"), route("night", "2026-11-27", "in_progress")];
  const orders = [order("o1", "ahead"), order("o2", "today"), order("o3", "forgotten"), order("o4", null)];
  const { seen } = await dayOf(apiOf(routes, orders), "Asia/Taipei", new AbortController().signal, { now: Date.parse(`${day}T04:00:00Z`) });
  assert.deepEqual(seen.routes.map(({ id }) => id), ["night", "forgotten", "today", "ahead"]);
  assert.deepEqual(seen.loose.map(({ id }) => id), ["o4"]);
  assert.deepEqual(seen.routes.filter((each) => isLater(each, day)).map(({ id }) => id), ["ahead"]);
  assert.deepEqual(seen.routes.filter((each) => isLater(each, "2026-11-29")), [], "it can be started from its day on");
});

test("a driver's day takes two requests, and one more for a route whose orders are not all among them", async () => {
  const day = "2026-11-28";
  const route = (/** @type {string} */ id, /** @type {string[]} */ ids) => ({ id, date: day, status: "in_progress", start_at: null, stops: ids.map((order_id) => ({ order_id, eta: `${order_id}'s` })) });
  const order = (/** @type {string} */ id, /** @type {string} */ route_id, status = "delivering", date = day) => ({ id, route_id, status, date });
  const orders = [order("o1", "whole"), order("o2", "whole", "delivered"), order("o3", "old"), order("o4", "old", "delivered", "2026-11-27")];
  const api = apiOf([route("whole", ["o1", "o2"]), route("old", ["o3", "o4"])], orders);
  const { seen } = await dayOf(api, "Asia/Taipei", new AbortController().signal, { now: Date.parse(`${day}T04:00:00Z`) });
  assert.deepEqual(api.asked, ["/v1/routes", "/v1/orders", "/v1/routes/old"]);
  const shown = seen.routes.map(({ id, stops }) => [id, stops.map(({ order: found, eta }) => [found?.id, eta])]);
  assert.deepEqual(Object.fromEntries(shown), { whole: [["o1", "o1's"], ["o2", "o2's"]], old: [["o3", "o3's"], ["o4", "o4's"]] });
  assert.deepEqual(seen.loose, []);
});
