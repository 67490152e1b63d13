import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { serverClock } = await import("../../../chalicelib/static/console/shared/clock.js");
const { ServerTime } = await import("../../../chalicelib/static/realtime/server-time.js");
const { formats } = await import("../../../chalicelib/static/console/shared/format.js");
const { dates, today } = await import("../../../chalicelib/static/console/shared/dates.js");
const { freshness } = await import("../../../chalicelib/static/console/delivery/freshness.js");

const CONSOLE = new URL("../../../chalicelib/static/console/", import.meta.url);
const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 25, 12);

/** A device whose clock is off, and what its page knows of the server's. @param {number} off ms */
function device(off) {
  const server = { now: NOON };
  const clock = new ServerTime(() => server.now + off);
  /** @param {{out?: number, back?: number}} [ms] how long the request and the answer are under way */
  const request = ({ out = 50, back = 50 } = {}) => {
    const sent = clock.device();
    server.now += out;
    const date = new Date(server.now).toUTCString();
    server.now += back;
    clock.header(date, sent);
  };
  return { server, clock, request, error: () => clock.now() - server.now };
}

for (const off of [-HOUR, HOUR, -90_000, 400 * 24 * HOUR]) {
  test(`a device that is ${off / 1000} s off has the server's time from the first answer on`, () => {
    const { request, error } = device(off);
    assert.equal(error(), off);
    request();
    assert.ok(Math.abs(error()) <= 1100, String(error()));
  });
}

test("a clock that is right is left alone, however long an answer takes", () => {
  const { server, request, error } = device(0);
  for (const ms of [0, 300, 999]) {
    server.now = NOON + ms;
    request({ out: 20_000, back: 9_000 });
    request();
    assert.equal(error(), 0);
  }
});

test("a slow answer does not spoil the time of a quick one", () => {
  const { request, error } = device(-HOUR);
  request();
  const before = error();
  request({ out: 25_000, back: 25_000 });
  assert.equal(error(), before);
});

test("a device's clock that is set while a page is open is followed", () => {
  let device = NOON - HOUR;
  const clock = new ServerTime(() => device);
  clock.header(new Date(NOON).toUTCString(), device);
  device = NOON + 60_000;
  clock.header(new Date(NOON + 60_000).toUTCString(), device);
  assert.ok(Math.abs(clock.now() - (NOON + 60_000)) <= 1000);
});

test("an answer during which the device's clock was set back says nothing", () => {
  const { server, clock, request, error } = device(0);
  request();
  clock.header(new Date(server.now).toUTCString(), clock.device() + HOUR);
  assert.equal(error(), 0);
});

test("ages, the day and whether a driver was just seen go by the server's clock", (t) => {
  const off = (/** @type {number} */ ms) => {
    t.mock.method(Date, "now", () => NOON + ms);
    serverClock.header(new Date(NOON).toUTCString(), Date.now());
  };
  const { ago } = formats({ time_zone: "Asia/Taipei", currency: "TWD" });
  const half = new Date(NOON - HOUR / 2).toISOString();
  for (const ms of [HOUR, -HOUR, 5 * HOUR, 0]) {
    off(ms);
    assert.equal(ago(half), "30 分鐘前");
    assert.equal(dates("Asia/Taipei").today(), "2026-11-25");
    assert.equal(today("Asia/Taipei"), "2026-11-25");
    assert.equal(freshness({ timestamp: new Date(NOON - 5000).toISOString() }), "now");
    assert.equal(freshness({ timestamp: half }), "gone");
  }
});

test("what a phone reports for a moment that is yet to come is now", () => {
  const { ago } = formats({ time_zone: "Asia/Taipei", currency: "TWD" });
  assert.equal(ago(new Date(NOON + 20_000).toISOString(), NOON), ago(new Date(NOON).toISOString(), NOON));
});

// Both times of a comparison are the device's, and at least one is stored: corrected, they would differ after a reload.
const OF_THE_DEVICE = new Set(["shared/session.js", "shared/guest-session.js", "table/page.js", "delivery/outbox.js", "delivery/driver-day.js"]);

test("no page reads the device's clock, but where both times of a comparison are the device's", async () => {
  const names = (await readdir(CONSOLE, { recursive: true })).filter((name) => name.endsWith(".js"));
  const readers = [];
  for (const name of names) {
    const text = await readFile(new URL(name, CONSOLE), "utf-8");
    if (/Date\.now|new Date\(\)/.test(text)) readers.push(name);
  }
  assert.deepEqual(new Set(readers), OF_THE_DEVICE);
});
