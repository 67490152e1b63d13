/** Without a WebSocket: the same logs over `GET /v1/events`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { list, listen, world } from "./world.js";

const eventsUrl = "https://example.test/api/v1/events";

/**
 * A client whose WebSockets are blocked, as by a company's proxy.
 *
 * @param {Parameters<typeof world>[0]} [options]
 */
function blocked(options = {}) {
  const it = world({ eventsUrl, ...options });
  it.server.admits = () => false;
  return it;
}

/** @param {import("./server.js").FakeServer} server */
function lastRequest(server) {
  return /** @type {(typeof server.requests)[number]} */ (server.requests.at(-1));
}

test("a client whose WebSockets are blocked polls, says so, and shows an event within five seconds", async () => {
  const { server, realtime, clock, live, states } = blocked();
  const { received } = listen(realtime, "orders", { onReload: () => list(server, "orders") });
  await live(5000);
  assert.equal(realtime.state, "polling");
  for (let n = 0; n < 20; n++) {
    const id = server.publish(["orders"]);
    await clock.advance(5000);
    assert.equal(received.at(-1), id);
  }
  assert.equal(received.length, 20);
  assert.equal(states.at(-1), "polling");
});

test("it asks for its channel, its cursor, its epoch and its format, with its token", async () => {
  const { server, realtime, live } = blocked({ format: "flat" });
  listen(realtime, "orders", { since: 0, epoch: "e1" });
  await live(5000);
  const { url, token } = lastRequest(server);
  assert.equal(url, `${eventsUrl}?format=flat&channel=orders&since=0&epoch=e1`);
  assert.equal(token, "t1");
});

test("a socket that is there in time needs no polling", async () => {
  const { server, realtime, clock, live } = world({ eventsUrl });
  listen(realtime, "orders");
  await live();
  for (let n = 0; n < 50; n++) {
    await clock.advance(10_000);
    server.last.drop();
    await clock.advance(1000);
    assert.equal(realtime.state, "live");
  }
  assert.deepEqual(server.requests, []);
});

test("a handshake that hangs is blocked as well", async () => {
  const { server, realtime, live } = world({ eventsUrl });
  server.welcomes = false;
  listen(realtime, "orders");
  await live(5000);
  assert.equal(realtime.state, "polling");
});

test("a socket that does not stay open counts as none", async () => {
  const { server, realtime, clock, live } = world({ eventsUrl });
  const { received } = listen(realtime, "orders");
  await live(10_000);
  const ids = [];
  for (let n = 0; n < 60; n++) {
    for (const socket of [...server.open]) socket.drop();
    ids.push(server.publish(["orders"]));
    await clock.advance(1000);
  }
  await clock.advance(5000);
  assert.deepEqual(received, ids);
  assert.ok(server.requests.length > 5, `${server.requests.length} requests`);
});

test("it returns to the socket when that is possible", async () => {
  const { server, realtime, clock, live } = blocked();
  const { received } = listen(realtime, "orders");
  await live(60_000);
  assert.equal(realtime.state, "polling");
  server.admits = () => true;
  await clock.advance(30_000);
  assert.equal(realtime.state, "live");
  const requests = server.requests.length;
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
  await clock.advance(60_000);
  assert.equal(server.requests.length, requests);
});

test("a gap right after the return is repaired as soon as any other", async () => {
  const { server, realtime, clock, live, wake } = blocked({ platform: { random: () => 0.99 } });
  const { received } = listen(realtime, "orders");
  await live(5000);
  assert.equal(realtime.state, "polling");
  server.admits = () => true;
  wake();
  await clock.advance();
  assert.equal(realtime.state, "live");
  server.arrives = () => 0;
  const lost = server.publish(["orders"]);
  server.arrives = () => 1;
  const next = server.publish(["orders"]);
  await clock.advance(1100);
  assert.deepEqual(received, [lost, next]);
});

test("in a hundred switches between socket and polling nothing is lost or delivered twice", async () => {
  const { server, realtime, clock, live } = world({ eventsUrl });
  const orders = listen(realtime, "orders", { onReload: () => list(server, "orders") });
  const one = listen(realtime, "order:1");
  await live(1000);
  server.delay = () => 120;
  const ids = { orders: /** @type {string[]} */ ([]), one: /** @type {string[]} */ ([]) };
  const seen = new Set();
  for (let n = 0; n < 100; n++) {
    const isBlocked = n % 2 === 0;
    server.admits = () => !isBlocked;
    if (isBlocked) server.last.drop();
    for (let ms = 0; ms < (isBlocked ? 9000 : 32_000); ms += 370) {
      if (ms % 3 === 0) {
        const id = server.publish(["orders", "order:1"]);
        ids.orders.push(id);
        ids.one.push(id);
      } else ids.orders.push(server.publish(["orders"]));
      await clock.advance(370);
    }
    seen.add(realtime.state);
    assert.equal(realtime.state, isBlocked ? "polling" : "live", `switch ${n}`);
  }
  await clock.advance(5000);
  assert.deepEqual(orders.received, ids.orders);
  assert.deepEqual(one.received, ids.one);
  assert.deepEqual([...seen], ["polling", "live"]);
});

test("stopped, signed out or refused, it asks no more", async () => {
  for (const end of ["stop", "session_revoked", "tenant_suspended"]) {
    const { server, realtime, clock, live } = blocked();
    listen(realtime, "orders");
    await live(6000);
    assert.equal(realtime.state, "polling");
    const status = end === "tenant_suspended" ? 403 : 401;
    if (end === "stop") realtime.stop();
    else server.rest = () => ({ status, body: { code: end } });
    await clock.advance(5000);
    const requests = server.requests.length;
    const sockets = server.tried.length;
    await clock.advance(600_000);
    assert.equal(server.requests.length, requests, end);
    assert.equal(server.tried.length, sockets, end);
    assert.deepEqual(
      [realtime.state, realtime.reason],
      { stop: ["idle", undefined], session_revoked: ["signed_out", end], tenant_suspended: ["closed", end] }[end],
    );
  }
});

test("a token that is over is renewed once for all channels", async () => {
  let number = 1;
  let renewals = 0;
  const token = async (/** @type {{renew: boolean}} */ { renew }) => `t${renew ? (renewals++, ++number) : number}`;
  const { server, realtime, clock, live, wake } = blocked({ token });
  const listeners = ["orders", "system", "drivers"].map((channel) => listen(realtime, channel));
  await live(6000);
  const valid = `t${number + 1}`;
  renewals = 0;
  server.rest = (request) => (request.token === valid ? undefined : { status: 401, body: { code: "token_expired" } });
  server.delay = () => 50;
  const id = server.publish(["orders", "system", "drivers"]);
  wake();
  await clock.advance(6000);
  assert.deepEqual(listeners.map(({ received }) => received), [[id], [id], [id]]);
  assert.equal(renewals, 1);
  assert.equal(realtime.state, "polling");
});

test("where a fresh token is not taken either, one must sign in", async () => {
  let number = 0;
  const { server, realtime, clock, live } = blocked({ token: () => `t${++number}` });
  listen(realtime, "orders");
  await live(6000);
  server.rest = () => ({ status: 401, body: { code: "invalid_token" } });
  await clock.advance(5000);
  assert.equal(`${realtime.state} ${realtime.reason}`, "signed_out invalid_token");
});

for (const [status, code] of /** @type {[number, string][]} */ ([
  [403, "channel_forbidden"],
  [404, "not_found"],
])) {
  test(`${code} ends that channel, and no other`, async () => {
    const { server, realtime, clock, live } = blocked();
    /** @type {string[]} */
    const lost = [];
    listen(realtime, "order:1", { onLost: (code, channel) => lost.push(`${channel} ${code}`) });
    const { received } = listen(realtime, "orders");
    server.rest = ({ channel }) => (channel === "order:1" ? { status, body: { code } } : undefined);
    await live(10_000);
    assert.deepEqual(lost, [`order:1 ${code}`]);
    assert.equal(server.requests.filter(({ channel }) => channel === "order:1").length, 1);
    const id = server.publish(["orders"]);
    await clock.advance(5000);
    assert.deepEqual(received, [id]);
    assert.equal(realtime.state, "polling");
  });
}

test("a proxy's own page is no refusal of ours: neither the channel nor the session ends", async () => {
  for (const status of [200, 401, 403, 404, 407, 511]) {
    const { server, realtime, clock, live } = blocked();
    const { received } = listen(realtime, "orders", { onLost: () => assert.fail("lost") });
    server.rest = () => ({ status, body: "<html>" });
    await live(20_000);
    assert.notEqual(realtime.state, "polling");
    server.rest = () => undefined;
    await clock.advance(60_000);
    assert.equal(realtime.state, "polling");
    const id = server.publish(["orders"]);
    await clock.advance(5000);
    assert.deepEqual(received, [id]);
  }
});

test("Retry-After is obeyed for all channels: in seconds, and as a date", async () => {
  for (const status of [429, 503]) {
    for (const isDate of [false, true]) {
      const { server, realtime, clock, live } = blocked();
      listen(realtime, "orders");
      listen(realtime, "system");
      await live(6000);
      const retryAfter = isDate ? new Date(clock.now() + 60_000).toUTCString() : "60";
      server.rest = () => ({ status, body: { code: "too_fast" }, retryAfter });
      const asked = server.requests.length;
      await clock.advance(4000);
      assert.ok(server.requests.length > asked);
      server.rest = () => undefined;
      const held = server.requests.length;
      await clock.advance(50_000);
      assert.equal(server.requests.length, held, `${status} ${retryAfter}`);
      const id = server.publish(["orders"]);
      const { received } = listen(realtime, "orders", { since: 0 });
      await clock.advance(20_000);
      assert.deepEqual(received, [id]);
    }
  }
});

test("where REST is away as well it is offline, asks ever more rarely, and comes back", async () => {
  for (const trouble of /** @type {("away" | "dead")[]} */ (["away", "dead"])) {
    const { server, realtime, clock, live } = blocked();
    listen(realtime, "orders");
    await live(6000);
    assert.equal(realtime.state, "polling");
    server.rest = () => trouble;
    await clock.advance(120_000);
    assert.equal(realtime.state, "offline", trouble);
    const before = server.requests.length;
    await clock.advance(3_600_000);
    const requests = server.requests.length - before;
    assert.ok(requests > 60 && requests < 1000, `${requests} requests in an hour`);
    server.rest = () => undefined;
    await clock.advance(60_000);
    assert.equal(realtime.state, "polling", trouble);
  }
});

test("many channels are asked for in turn, two requests a second at most after the first", async () => {
  const { server, realtime, clock, live } = blocked();
  const listeners = Array.from({ length: 128 }, (_, n) => listen(realtime, `order:${n}`, { since: 0 }));
  await live(4000);
  await clock.advance(120_000);
  assert.ok(server.requests.length <= 16 + 240, `${server.requests.length} requests`);
  const ids = listeners.map((_, n) => server.publish([`order:${n}`]));
  await clock.advance(70_000);
  assert.deepEqual(listeners.map(({ received }) => received[0]), ids);
});

test("one channel that is never answered delays no other", async () => {
  const { server, realtime, clock, live, states } = blocked();
  listen(realtime, "order:1");
  const { received } = listen(realtime, "orders");
  await live(6000);
  server.rest = ({ channel }) => (channel === "order:1" ? "dead" : undefined);
  for (let n = 0; n < 20; n++) {
    const id = server.publish(["orders"]);
    await clock.advance(5000);
    assert.equal(received.at(-1), id);
  }
  assert.equal(states.at(-1), "polling");
  assert.equal(states.filter((state) => state === "polling").length, 1, "and does not end the polling");
});

test("an answer that has no room for all says so, and the next is asked for at once", async () => {
  const { server, realtime, clock, live } = blocked();
  const { received } = listen(realtime, "orders");
  await live(6000);
  server.mostEvents = 10;
  const ids = Array.from({ length: 45 }, () => server.publish(["orders"]));
  await clock.advance(4000);
  assert.deepEqual(received, ids);
});

test("an answer that says more, and goes no further, is not asked for without end", async () => {
  const { server, realtime, live } = blocked();
  listen(realtime, "orders");
  server.rest = () => ({ status: 200, body: { items: [], cursor: 0, epoch: "e1", recovered: true, more: true } });
  await live(60_000);
  assert.ok(server.requests.length < 40, `${server.requests.length} requests`);
});

test("a listener from now on receives no earlier events", async () => {
  const { server, realtime, clock, live } = blocked();
  server.publish(["orders"]);
  const { received } = listen(realtime, "orders");
  await live(6000);
  const id = server.publish(["orders"]);
  await clock.advance(5000);
  assert.deepEqual(received, [id]);
});

test("too much missed, or another log: the list is loaded anew", async () => {
  const { server, realtime, clock, live } = blocked();
  let loads = 0;
  const { received } = listen(realtime, "orders", { onReload: () => (loads++, list(server, "orders")) });
  await live(6000);
  server.begin("orders");
  await clock.advance(5000);
  assert.equal(loads, 2);
  for (let n = 0; n < 301; n++) server.publish(["orders"]);
  await clock.advance(5000);
  assert.equal(loads, 3);
  const id = server.publish(["orders"]);
  await clock.advance(5000);
  assert.deepEqual(received, [id]);
});

test("a page that comes back asks at once", async () => {
  const { server, realtime, clock, live, wake } = blocked();
  const { received } = listen(realtime, "orders");
  await live(6000);
  const id = server.publish(["orders"]);
  wake();
  await clock.advance();
  assert.deepEqual(received, [id]);
  assert.equal(realtime.state, "polling");
});

test("pages that come and go all the time cause no flood of requests", async () => {
  const { server, realtime, clock, live, wake } = blocked();
  for (const channel of ["orders", "system", "drivers", "routes"]) listen(realtime, channel);
  await live(6000);
  const before = server.requests.length;
  for (let n = 0; n < 600; n++) {
    wake();
    await clock.advance(100);
  }
  assert.ok(server.requests.length - before <= 16 + 120, `${server.requests.length - before} requests in a minute`);
});

test("a list that does not come is not shown as up to date", async () => {
  const { realtime, live } = blocked();
  listen(realtime, "orders", { onReload: () => Promise.reject(new Error("503")) });
  await live(15_000);
  assert.notEqual(realtime.state, "polling");
});

test("with nothing to ask for, no answer shows that the server is there: it is offline", async () => {
  const { realtime, live } = blocked();
  await live(60_000);
  assert.equal(realtime.state, "offline");
});

test("the server's time is known from its answers", async () => {
  const { server, realtime, clock, live } = blocked();
  const wire = server.wire.bind(server);
  server.wire = (seconds = 0) => wire(seconds + 3600);
  listen(realtime, "orders");
  await live(6000);
  assert.equal(realtime.now(), clock.now() + 3_600_000);
});

test("without the address of the events nothing is polled", async () => {
  const { server, realtime, live } = blocked({ eventsUrl: undefined });
  listen(realtime, "orders");
  await live(60_000);
  assert.equal(realtime.state, "offline");
  assert.deepEqual(server.requests, []);
});
