/** Messages and alerts until they are dismissed: what is shown, what is remembered, and which cursor `seen` names. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

Object.assign(globalThis, { document: { documentElement: {} } });
const { AnnouncementStore } = await import("../../../chalicelib/static/console/announcement-store.js");

const NOW = Date.parse("2026-11-30T04:00:00.000Z");
const DAY_MS = 86_400_000;

beforeEach(() => mock.timers.enable({ apis: ["Date", "setTimeout"], now: NOW }));
afterEach(() => mock.timers.reset());

/** A browser of one user: what it stores outlives each tab, and what a tab remembers outlives its reloads. */
class Device {
  /** @type {Map<string, string>} */
  #stored = new Map();
  storage = {
    getItem: (/** @type {string} */ key) => this.#stored.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void this.#stored.set(key, value),
    removeItem: (/** @type {string} */ key) => void this.#stored.delete(key),
  };

  /** @param {Map<string, string>} [memory] of the tab before its reload */
  tab(memory = new Map(), { id = "u1", role = /** @type {import("../../../chalicelib/static/console/shared/session.js").Role} */ ("driver") } = {}) {
    /** @type {Record<string, (event: any) => void>} */
    const handlers = {};
    /** @type {number[]} */
    const seen = [];
    let rings = 0;
    const realtime = {
      subscribe(/** @type {string} */ channel, /** @type {any} */ { onEvent }) {
        handlers[channel] = onEvent;
        return () => delete handlers[channel];
      },
      seen: (/** @type {string} */ channel, /** @type {number} */ cursor) => void (channel === `user:${id}` && seen.push(cursor)),
    };
    const session = {
      recall: (/** @type {string} */ name) => JSON.parse(memory.get(name) ?? "null") ?? undefined,
      remember: (/** @type {string} */ name, /** @type {unknown} */ value) => void memory.set(name, JSON.stringify(value)),
    };
    const store = new AnnouncementStore(realtime, session, { id, role }, { storage: this.storage, onNew: () => rings++ });
    return {
      store,
      memory,
      seen,
      channels: () => Object.keys(handlers).sort(),
      rings: () => rings,
      shown: () => store.events.map((event) => event.id),
      /** Events of the user's own channel, whose numbers are in their ids. @param {number[]} numbers */
      messages: (...numbers) => numbers.forEach((n) => handlers[`user:${id}`]?.(message(n))),
      take: (/** @type {any} */ event, channel = `user:${id}`) => handlers[channel]?.(event),
      dismiss: (/** @type {string[]} */ ...ids) => store.dismiss(store.events.filter((event) => ids.includes(event.id))),
      settle: () => mock.timers.tick(1000),
    };
  }
}

/** @param {number} n @param {string} [type] */
function message(n, type = "personal_message") {
  return { type, id: `m${n}`, data: { content: `第 ${n} 則` }, timestamp: new Date(NOW - DAY_MS + n * 1000).toISOString(), cursors: { "user:u1": n } };
}

/** @param {string} id @param {number} [age] milliseconds */
function alert(id, age = 0) {
  return { type: "maintenance.alert", id, data: { message: "維護", severity: "warning" }, timestamp: new Date(NOW - age).toISOString(), cursors: { system: 7 } };
}

test("messages are shown newest first, and `seen` is sent for none before one is dismissed", () => {
  const tab = new Device().tab();
  tab.messages(1, 2, 3);
  tab.settle();
  assert.deepEqual(tab.shown(), ["m3", "m2", "m1"]);
  assert.deepEqual(tab.seen, []);
  assert.equal(tab.rings(), 3);
});

test("`seen` stays below the oldest message that is shown, whatever is dismissed first", () => {
  const tab = new Device().tab();
  tab.messages(4, 5, 6);
  tab.dismiss("m6");
  assert.deepEqual(tab.seen, [3]);
  tab.dismiss("m4");
  assert.deepEqual(tab.seen, [3, 4]);
  tab.dismiss("m5");
  assert.deepEqual(tab.seen, [3, 4, 6]);
});

test("a message dismissed before older ones is not shown again after a reload, and the older ones are", () => {
  const device = new Device();
  const before = device.tab();
  before.messages(1, 2, 3);
  before.dismiss("m3");
  const after = device.tab(before.memory);
  after.messages(1, 2, 3);
  assert.deepEqual(after.shown(), ["m2", "m1"]);
  assert.equal(after.rings(), 2);
  after.dismiss("m1", "m2");
  assert.deepEqual(after.seen, [3]);
});

test("a dismissal that the server has not received is sent again after a reload", () => {
  const device = new Device();
  const before = device.tab();
  before.messages(1, 2);
  before.dismiss("m1", "m2");
  const after = device.tab(before.memory);
  after.messages(1, 2);
  after.settle();
  assert.deepEqual(after.shown(), []);
  assert.deepEqual(after.seen, [2]);
});

test("events that are not shown are seen as they come, with one message for many", () => {
  const tab = new Device().tab();
  for (let n = 1; n <= 40; n++) tab.take(message(n, "delivery_update"));
  tab.settle();
  assert.deepEqual(tab.seen, [40]);
  assert.equal(tab.rings(), 0);
});

test("alerts of shared channels outlive a reload until they are dismissed, for a week at most", () => {
  const device = new Device();
  const before = device.tab();
  before.take(alert("a1"), "system");
  before.take(alert("a2"), "system");
  before.dismiss("a1");
  assert.deepEqual(device.tab(before.memory).shown(), ["a2"]);
  assert.deepEqual(before.seen, []);
  mock.timers.tick(8 * DAY_MS);
  assert.deepEqual(device.tab(before.memory).shown(), []);
});

test("what a user dismisses in one tab goes from the others, and stays for another user of the browser", () => {
  const device = new Device();
  const tabs = [device.tab(), device.tab(), device.tab(new Map(), { id: "u2" })];
  for (const tab of tabs) tab.take(alert("a1"), "system");
  tabs[0]?.dismiss("a1");
  for (const tab of tabs) tab.store.refresh();
  assert.deepEqual(tabs.map((tab) => tab.shown()), [[], [], ["a1"]]);
});

test("an event of two channels, or one that comes again, is shown once", () => {
  const tab = new Device().tab();
  tab.take({ ...message(1), cursors: { "user:u1": 1, system: 5 } });
  tab.take({ ...message(1), cursors: { "user:u1": 1, system: 5 } }, "system");
  assert.deepEqual(tab.shown(), ["m1"]);
  tab.dismiss("m1");
  tab.take(message(1));
  assert.deepEqual(tab.shown(), []);
  assert.deepEqual(tab.seen, [1]);
});

test("after a restart of the log, messages of the former one are shown and hold no cursor back", () => {
  const tab = new Device().tab();
  tab.messages(41, 42);
  tab.take({ ...message(1), id: "anew", timestamp: new Date(NOW).toISOString() });
  tab.dismiss("anew");
  assert.deepEqual(tab.shown(), ["m42", "m41"]);
  assert.deepEqual(tab.seen, [1]);
});

test("the office listens for overdue orders as well, a driver does not, and neither after the end", () => {
  const device = new Device();
  const office = device.tab(new Map(), { role: "office_staff" });
  assert.deepEqual(office.channels(), ["orders", "system", "user:u1"]);
  assert.deepEqual(device.tab().channels(), ["system", "user:u1"]);
  office.store.stop();
  assert.deepEqual(office.channels(), []);
});

test("listeners learn of each change", () => {
  const tab = new Device().tab();
  let changes = 0;
  const stop = tab.store.onChange(() => changes++);
  tab.messages(1, 2);
  tab.dismiss("m1");
  stop();
  tab.dismiss("m2");
  assert.equal(changes, 3);
});
