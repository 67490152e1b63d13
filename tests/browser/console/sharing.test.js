import assert from "node:assert/strict";
import { test } from "node:test";

const { ServerTime } = await import("../../../chalicelib/static/realtime/server-time.js");
const { ApiError } = await import("../../../chalicelib/static/console/shared/http.js");
const { Sharing } = await import("../../../chalicelib/static/console/delivery/sharing.js");

function memory() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return /** @type {any} */ ({
    values,
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => values.set(key, value),
    removeItem: (/** @type {string} */ key) => values.delete(key),
  });
}

/**
 * @param {{answer?: (batch: any[]) => unknown, storage?: any, now?: () => number, date?: () => number}} [options]
 *   now: the phone's time, date: the server's
 */
function phone({ answer = (batch) => ({ accepted: batch.length, ignored: 0 }), storage = memory(), now = () => 0, date = () => 0 } = {}) {
  /** @type {any[][]} */
  const posted = [];
  /** @type {{act: () => void, ms: number}[]} */
  const planned = [];
  /** @type {{place?: (position: any) => void, error?: (error: any) => void, cleared: number}} */
  const gps = { cleared: 0 };
  const clock = new ServerTime(now);
  const sharing = new Sharing(
    {
      post: async (_, batch) => {
        posted.push(/** @type {any[]} */ (batch));
        clock.header(new Date(date()).toUTCString(), now());
        return answer(/** @type {any[]} */ (batch));
      },
    },
    "driver",
    {
      geolocation: {
        watchPosition: (place, error) => {
          gps.place = /** @type {any} */ (place);
          gps.error = /** @type {any} */ (error);
          return 1;
        },
        clearWatch: () => gps.cleared++,
      },
      storage,
      clock,
      later: (act, ms) => planned.push({ act, ms }),
      random: () => 0.5,
    },
  );
  const sends = async () => {
    planned.splice(0).at(-1)?.act();
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  /** @param {number} second */
  const moves = (second, coords = {}) =>
    gps.place?.({ coords: { latitude: 25, longitude: 121.5, speed: 8, heading: 90, accuracy: 5, ...coords }, timestamp: second * 1000 });
  return { sharing, posted, planned, gps, sends, moves, storage };
}

test("places go out in batches, ten to fifteen seconds apart, and not more of them than the office needs", async () => {
  const { sharing, posted, planned, sends, moves } = phone();
  sharing.start();
  assert.equal(sharing.state, "seeking");
  for (let second = 0; second < 10; second++) moves(second);
  assert.equal(sharing.state, "live");
  await sends();
  assert.deepEqual(posted.map((batch) => batch.map(({ timestamp }) => timestamp.slice(17, 19))), [["00", "03", "06", "09"]]);
  assert.equal(sharing.waiting, 0);
  assert.ok(planned.every(({ ms }) => ms >= 10_000 && ms <= 15_000), JSON.stringify(planned));
});

test("what a receiver does not know is left out", async () => {
  const { sharing, posted, sends, moves } = phone();
  sharing.start();
  moves(0, { speed: null, heading: NaN });
  await sends();
  assert.deepEqual(posted, [[{ latitude: 25, longitude: 121.5, timestamp: "1970-01-01T00:00:00.000Z", accuracy: 5 }]]);
});

test("where the system does not answer places are stored as well, and not for want of a network", async () => {
  let status = 503;
  const { sharing, moves, sends } = phone({
    answer: () => {
      throw new ApiError(status, { code: "unavailable" });
    },
  });
  sharing.start();
  moves(0);
  await sends();
  assert.deepEqual([sharing.state, sharing.answered], ["buffering", true]);
  status = 0;
  await sends();
  assert.deepEqual([sharing.state, sharing.answered], ["buffering", false]);
});

test("without a network places are stored, over a reload too, and sent oldest first", async () => {
  let online = false;
  const answer = () => {
    if (!online) throw new ApiError(0, { code: "network" });
    return { accepted: 1, ignored: 0 };
  };
  const first = phone({ answer });
  first.sharing.start();
  for (let n = 0; n < 150; n++) first.moves(n * 3);
  await first.sends();
  assert.equal(first.sharing.state, "buffering");
  assert.equal(first.sharing.waiting, 150);

  online = true;
  const again = phone({ answer, storage: first.storage });
  assert.ok(again.sharing.wasOn);
  again.sharing.start();
  await again.sends();
  assert.deepEqual(again.posted.map((batch) => batch.length), [100, 50]);
  assert.equal(again.posted[0]?.[0].timestamp, "1970-01-01T00:00:00.000Z");
  assert.equal(again.sharing.waiting, 0);
});

test("hours without a network stay within bounds, the newest places whole", () => {
  const { sharing, moves } = phone();
  sharing.start();
  for (let n = 0; n < 5000; n++) moves(n * 3);
  assert.ok(sharing.waiting <= 600 && sharing.waiting > 300, String(sharing.waiting));
});

test("what the server refuses for good does not hold up what follows", async () => {
  const { sharing, sends, moves } = phone({
    answer: () => {
      throw new ApiError(422, { code: "invalid" });
    },
  });
  sharing.start();
  moves(0);
  await sends();
  assert.equal(sharing.waiting, 0);
});

test("who says no is not asked again by itself", () => {
  const { sharing, gps } = phone();
  sharing.start();
  gps.error?.({ code: 1, PERMISSION_DENIED: 1 });
  assert.equal(sharing.state, "denied");
  assert.ok(!sharing.wasOn);
  assert.equal(gps.cleared, 1);
});

test("who stops leaves nothing behind", () => {
  const { sharing, moves, storage } = phone();
  sharing.start();
  moves(0);
  sharing.stop();
  assert.equal(sharing.state, "off");
  assert.equal(storage.values.size, 0);
});

for (const off of [70, -600]) {
  test(`a phone's clock that is off by ${off} s is put right by the server's`, async () => {
    let second = 0;
    const now = () => (second + off) * 1000;
    const { sharing, posted, sends, moves } = phone({ now, date: () => second * 1000 });
    sharing.start();
    moves(off);
    await sends();
    second = 10;
    moves(second + off);
    await sends();
    // This receiver has its time from the satellites.
    second = 20;
    moves(21);
    await sends();
    // To the second, as the header has it.
    assert.deepEqual(posted.map(([fix]) => Math.floor(Date.parse(fix.timestamp) / 1000)), [off, 10, 21]);
  });
}

test("a clock that is right to some seconds is left alone", async () => {
  const { sharing, posted, sends, moves } = phone({ now: () => 0, date: () => 4000 });
  sharing.start();
  moves(0);
  await sends();
  moves(10);
  await sends();
  assert.deepEqual(posted.map(([fix]) => Date.parse(fix.timestamp)), [0, 10_000]);
});

test("what the office did not accept is not shown as received", async () => {
  const { sharing, sends, moves } = phone({ answer: (batch) => ({ accepted: 0, ignored: batch.length }) });
  sharing.start();
  moves(0);
  await sends();
  assert.equal(sharing.waiting, 0);
  assert.equal(sharing.receivedAt, undefined);
});
