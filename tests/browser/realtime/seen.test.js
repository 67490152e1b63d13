/** Messages of the user's own channel, which wait until the user has seen them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dice } from "./clock.js";
import { listen, world } from "./world.js";

const OWN = "user:7";
const eventsUrl = "https://example.test/api/v1/events";

/**
 * A server with messages of a user who was away, and one of their devices.
 *
 * @param {number} count
 * @param {Parameters<typeof world>[0]} [options]
 */
function inbox(count, options) {
  const it = world({ eventsUrl, ...options });
  it.server.seen.set(OWN, 0);
  const sent = Array.from({ length: count }, () => it.server.publish([OWN]));
  return { ...it, sent, unseen: () => listen(it.realtime, OWN, { unseen: true }) };
}

test("what was sent while the user was away is delivered after the welcome, in order, without a request", async () => {
  const { server, clock, live, sent, unseen } = inbox(3);
  const { received } = unseen();
  await live(100);
  assert.deepEqual(received, sent);
  sent.push(server.publish([OWN]));
  await clock.advance(5000);
  assert.deepEqual(received, sent);
  assert.deepEqual(server.last.saidOf("subscribe"), []);
});

test("without `unseen` it begins now, though the server sends what waits", async () => {
  const { server, realtime, clock, live, unseen } = inbox(3);
  const now = listen(realtime, OWN);
  unseen();
  await live(5000);
  assert.deepEqual(now.received, []);
  const id = server.publish([OWN]);
  await clock.advance();
  assert.deepEqual(now.received, [id]);
});

test("a listener from now on receives nothing older when another one goes back in the same channel", async () => {
  const { server, realtime, clock, live } = world();
  server.publish(["orders"]);
  const now = listen(realtime, "orders");
  await live();
  listen(realtime, "orders", { since: 0, epoch: "e1" });
  await clock.advance(5000);
  assert.deepEqual(now.received, []);
});

test("a listener that comes later begins where the user has seen messages up to", async () => {
  const { realtime, clock, live, sent, unseen } = inbox(3);
  await live(1000);
  const first = unseen();
  await clock.advance(2000);
  assert.deepEqual(first.received, sent);
  realtime.seen(OWN, 2);
  const second = unseen();
  await clock.advance(2000);
  assert.deepEqual(second.received, [sent[2]]);
  assert.deepEqual(first.received, sent);
});

test("after each welcome the client sends a `seen` that moves nothing", async () => {
  const { server, clock, live } = inbox(3);
  server.seen.set(OWN, 1);
  await live(100);
  assert.deepEqual(server.last.fromClient, [{ type: "seen", channel: OWN, cursor: 0, ref: 1 }]);
  server.last.drop();
  await clock.advance(1000);
  assert.deepEqual(server.last.saidOf("seen").map(({ cursor }) => cursor), [0]);
});

test("a message that was seen is delivered to no other device, one that was not is", async () => {
  const { server, realtime, clock, live, sent, unseen } = inbox(3);
  unseen();
  await live(100);
  realtime.seen(OWN, 2);
  await clock.advance();
  const other = world();
  other.server.seen = server.seen;
  other.server.logs = server.logs;
  const { received } = listen(other.realtime, OWN, { unseen: true });
  await other.live(100);
  assert.deepEqual(received, [sent[2]]);
});

test("of the marks made without a connection the highest is sent with the next one", async () => {
  const { server, realtime, clock, live, unseen } = inbox(3);
  unseen();
  await live(100);
  server.last.drop();
  for (const number of [1, 3, 2]) realtime.seen(OWN, number);
  await clock.advance(1000);
  assert.deepEqual(server.last.saidOf("seen").map(({ cursor }) => cursor), [3]);
  assert.equal(server.seen.get(OWN), 3);
});

test("marks made at once are sent together", async () => {
  const { server, realtime, clock, live } = inbox(200);
  listen(realtime, OWN, { unseen: true, onEvent: (event) => realtime.seen(OWN, event.cursors?.[OWN] ?? 0) });
  await live(5000);
  assert.equal(server.seen.get(OWN), 200);
  assert.ok(server.last.saidOf("seen").length < 4, String(server.last.saidOf("seen").length));
  assert.equal(realtime.state, "live");
  await clock.advance();
});

test("a mark that the server could not take is sent again; nothing is thrown", async () => {
  const { server, realtime, clock, live, errors } = inbox(3);
  await live(100);
  server.refuses = { seen: "unavailable" };
  realtime.seen(OWN, 3);
  realtime.seen(OWN, NaN);
  realtime.seen(/** @type {any} */ (undefined), /** @type {any} */ ("x"));
  await clock.advance(20_000);
  assert.equal(server.seen.get(OWN), 0);
  server.refuses = {};
  await clock.advance(6000);
  assert.equal(server.seen.get(OWN), 3);
  assert.deepEqual(errors, []);
});

test("a server of the version before receives no marks, and messages are delivered from now on", async () => {
  const { server, realtime, clock, live, unseen } = inbox(3);
  server.stores = false;
  const { received } = unseen();
  await live(100);
  realtime.seen(OWN, 3);
  const id = server.publish([OWN]);
  await clock.advance(5000);
  assert.deepEqual(received, [id]);
  assert.deepEqual(server.last.fromClient, []);
  server.stores = true;
  server.last.drop();
  await clock.advance(5000);
  assert.equal(server.seen.get(OWN), 3, "the next version receives it");
  assert.deepEqual(received, [id]);
});

test("what the log no longer has is passed over, and the rest is delivered", async () => {
  const { server, clock, live, sent, unseen } = inbox(2);
  const { received } = unseen();
  await live(100);
  server.last.drop();
  server.admits = () => false;
  const later = Array.from({ length: 400 }, () => server.publish([OWN]));
  for (let number = 1; number <= 150; number++) server.log(OWN).events.delete(number);
  server.admits = () => true;
  await clock.advance(60_000);
  assert.deepEqual(received, [...sent, ...later.slice(-252)]);
  assert.ok(server.last.saidOf("subscribe").length <= 2, "it does not ask again and again");
});

test("a log that has lost what the user has not seen is followed from where it is", async () => {
  const { server, clock, live, sent, unseen } = inbox(2);
  const { received } = unseen();
  await live(100);
  server.last.drop();
  for (let n = 0; n < 10; n++) server.publish([OWN]);
  server.unseen = () => 4;
  for (let number = 1; number <= 8; number++) server.log(OWN).events.delete(number);
  server.arrives = () => 0;
  await clock.advance(60_000);
  server.arrives = () => 1;
  const asked = server.last.saidOf("subscribe").length;
  const next = server.publish([OWN]);
  await clock.advance(5000);
  assert.equal(received.at(-1), next);
  assert.deepEqual(received.slice(0, 2), sent);
  assert.ok(asked <= 2, String(asked));
});

test("while it polls, messages and marks go over HTTPS", async () => {
  const { server, realtime, clock, live, sent, unseen } = inbox(3);
  server.admits = () => false;
  server.seen.set(OWN, 1);
  const { received } = unseen();
  await live(10_000);
  assert.equal(realtime.state, "polling");
  assert.deepEqual(received, sent.slice(1));
  sent.push(server.publish([OWN]));
  await clock.advance(5000);
  assert.deepEqual(received, sent.slice(1));
  realtime.seen(OWN, 4);
  await clock.advance(1000);
  assert.equal(server.seen.get(OWN), 4);
});

test("a server that refuses marks over HTTPS is polled all the same", async () => {
  const { server, realtime, clock, live, unseen } = inbox(3);
  server.admits = () => false;
  server.rest = ({ url }) => (url.includes("/realtime/seen") ? { status: 403, body: { message: "Missing token" } } : undefined);
  const { received } = unseen();
  await live(10_000);
  for (let number = 1; number < 4; number++) realtime.seen(OWN, number);
  const id = server.publish([OWN]);
  await clock.advance(10_000);
  assert.deepEqual(received, [id]);
  assert.equal(realtime.state, "polling");
});

const SEEDS = Number(process.env.SEEDS ?? 400) / 4;

/** Two devices of a user with any interruptions. @param {number} seed */
async function history(seed) {
  const random = dice(seed);
  const it = inbox(Math.floor(random() * 5), { platform: { random } });
  const { server, clock } = it;
  const other = world({ eventsUrl, platform: { clock, WebSocket: server.WebSocket, fetch: server.fetch, random } });
  const devices = [it.realtime, other.realtime].map((realtime) => {
    const self = { realtime, received: /** @type {number[]} */ ([]) };
    realtime.subscribe(OWN, { unseen: true, onEvent: ({ cursors }) => self.received.push(cursors?.[OWN] ?? 0) });
    realtime.start();
    return self;
  });
  const trouble = { late: random() * 400, lost: random() * 0.3, twice: random() * 0.2 };
  server.delay = () => random() * trouble.late;
  server.arrives = () => (random() < trouble.lost ? 0 : random() < trouble.twice ? 2 : 1);
  const steps = [
    () => server.publish([OWN]),
    () => server.publish([OWN, "orders"]),
    () => clock.advance(random() * 100),
    () => clock.advance(random() * 4000),
    () => random() < 0.3 && clock.advance(45_000),
    () => [...server.open].at(random() * server.open.size)?.drop(),
    () => {
      const refused = random() < 0.3;
      server.admits = () => !refused;
      if (refused) for (const socket of [...server.open]) socket.drop();
    },
    () => {
      const { realtime, received } = devices[Math.floor(random() * 2)];
      if (received.length) realtime.seen(OWN, received[Math.floor(random() * received.length)]);
    },
  ];
  for (let n = 0; n < 60; n++) await steps[Math.floor(random() * steps.length)]();
  server.admits = () => true;
  server.arrives = () => 1;
  await clock.advance(100_000);
  const { head } = server.log(OWN);
  for (const { realtime, received } of devices) {
    const first = received[0] ?? head + 1;
    assert.deepEqual(received, Array.from({ length: head + 1 - first }, (_, n) => first + n), "in order, once, to the end");
    assert.ok(first - 1 <= (server.seen.get(OWN) ?? 0), "it begins after what was seen");
    realtime.stop();
  }
}

test(`in ${SEEDS} random histories two devices receive each message once and in order`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await assert.doesNotReject(history(seed), `seed ${seed}`);
});
