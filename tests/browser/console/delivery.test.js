import assert from "node:assert/strict";
import { test } from "node:test";

const { dayAfter, instant, today } = await import("../../../chalicelib/static/console/shared/dates.js");
const { directions, districts, placeOf } = await import("../../../chalicelib/static/console/delivery/places.js");
const { RouteDayStore } = await import("../../../chalicelib/static/console/delivery/route-day-store.js");
const { freshness, newer } = await import("../../../chalicelib/static/console/delivery/freshness.js");

test("a day and its hours are the business's own", () => {
  assert.equal(today("Asia/Taipei", new Date("2026-11-25T16:30:00Z")), "2026-11-26");
  assert.equal(instant("2026-11-26", "08:00", "Asia/Taipei"), "2026-11-26T00:00:00.000Z");
  assert.equal(instant("2026-07-01", "08:00", "America/New_York"), "2026-07-01T12:00:00.000Z");
  assert.equal(instant("2026-03-08", "08:00", "America/New_York"), "2026-03-08T12:00:00.000Z");
  assert.equal(dayAfter("2026-12-31"), "2027-01-01");
  assert.equal(dayAfter("2026-03-01", -1), "2026-02-28");
});

test("the way is shown to coordinates, else to the address, else not at all", () => {
  const address = "臺北市 & 大安區";
  assert.match(directions({ location: { latitude: 25.03, longitude: 121.5 }, address }) ?? "", /destination=25.03%2C121.5&/);
  assert.equal(new URL(directions({ location: null, address }) ?? "").searchParams.get("destination"), address);
  assert.equal(directions({ location: null, address: null }), undefined);
});

test("coordinates are read as people copy them", () => {
  const place = { latitude: 25.033, longitude: 121.5654 };
  for (const text of ["25.0330, 121.5654", "25.033,121.5654", " (25.0330, 121.5654) ", "25.033 121.5654", "25.033，121.5654"]) assert.deepEqual(placeOf(text), place, text);
  for (const text of ["", "25.033", "95, 121", "25, 181", "臺北", "25.0.1, 3"]) assert.equal(placeOf(text), undefined, text);
});

test("districts stand in the middle of their orders", () => {
  const order = (/** @type {string | null} */ address, /** @type {number} */ latitude) => ({ address, location: { latitude, longitude: 121 } });
  const found = districts([order("臺北市大安區和平東路1號", 25), order("106臺北市大安區新生南路2號", 26), order("新竹縣竹北市光明一路", 24), order("somewhere", 1), order(null, 2)]);
  assert.deepEqual(found, [
    { name: "大安區", at: { latitude: 25.5, longitude: 121 } },
    { name: "竹北市", at: { latitude: 24, longitude: 121 } },
  ]);
});

test("a position is never replaced by an older one, and ages", () => {
  const at = (/** @type {string} */ time) => ({ driver_id: "d", latitude: 1, longitude: 1, speed: null, heading: null, timestamp: `2026-11-25T04:00:${time}Z` });
  assert.equal(newer(at("10"), at("09"))?.timestamp, at("10").timestamp);
  assert.equal(newer(at("10"), at("11"))?.timestamp, at("11").timestamp);
  assert.equal(newer(null, at("09"))?.timestamp, at("09").timestamp);
  const then = Date.parse(at("00").timestamp);
  assert.deepEqual([30, 120, 3600].map((seconds) => freshness(at("00"), then + seconds * 1000)), ["now", "lately", "gone"]);
  assert.equal(freshness(null), "never");
});

test("a day's plan is shown once its routes and its orders are there, and says why they are not", async () => {
  const day = "2026-11-25";
  let working = false;
  /** @type {string[]} */
  const logged = [];
  const api = {
    get: async (/** @type {string} */ path) => {
      if (path === "/v1/orders" && !working) throw new Error("unavailable");
      const rows = path === "/v1/orders" ? [{ id: "o1", route_id: "r1", scheduled_date: day, version: 1 }] : [{ id: "r1", date: day, version: 1, stops: [{ order_id: "o1" }] }];
      return { items: rows, next_cursor: null };
    },
  };
  const gone = new AbortController();
  // As the client does: a list that fails is asked for again.
  const realtime = {
    subscribe: (/** @type {string} */ _, /** @type {any} */ { onReload }) => {
      void onReload().catch(() => onReload().catch(() => {}));
      return () => {};
    },
  };
  /** @type {() => void} */
  let again = () => {};
  const plan = new RouteDayStore(
    api,
    day,
    gone.signal,
    () => logged.push(`stops ${[...plan.routes.values()].flatMap((route) => plan.stopsOf(route)).length}`),
    (error, retry) => {
      logged.push(String(error));
      again = retry;
    },
  );
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  plan.follow(realtime);
  await settled();
  assert.deepEqual(logged, ["Error: unavailable"], "once, and no route without its stops");
  working = true;
  again();
  await settled();
  assert.deepEqual(new Set(logged.slice(1)), new Set(["stops 1"]));
  gone.abort();
});
