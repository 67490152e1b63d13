/** What a frontend's handlers, a network or a server may do without stopping the client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { list, listen, world } from "./world.js";

function thrower() {
  throw new Error("mine");
}

test("a listener of the state that throws neither stops the client nor the listeners after it", async () => {
  const { server, realtime, clock, live, errors } = world();
  realtime.onState(thrower);
  /** @type {string[]} */
  const reported = [];
  realtime.onState((state) => reported.push(state));
  await live();
  server.last.drop();
  await clock.advance(1000);
  assert.equal(realtime.state, "live");
  assert.deepEqual(reported, ["connecting", "live", "offline", "live"]);
  assert.equal(errors.length, 4);
});

test("an onLost that throws, and an onError that throws, stop nothing", async () => {
  const { server, realtime, clock, live } = world({ onError: thrower });
  realtime.subscribe("orders", { onEvent: thrower, onLost: thrower });
  const other = listen(realtime, "orders");
  const system = listen(realtime, "system");
  await live();
  server.publish(["orders"]);
  await clock.advance();
  server.last.post([{ type: "unsubscribed", channel: "orders", code: "access_lost", timestamp: server.wire() }]);
  const id = server.publish(["system"]);
  await clock.advance();
  assert.equal(other.received.length, 1);
  assert.deepEqual(system.received, [id]);
  assert.equal(realtime.state, "live");
});

test("an onLost that throws during a resume does not keep the client offline", async () => {
  const { server, realtime, clock, live } = world();
  realtime.subscribe("orders", { onEvent: () => {}, onLost: thrower });
  await live();
  server.refuses = { subscribe: "channel_forbidden" };
  server.last.drop();
  await clock.advance(5000);
  assert.equal(realtime.state, "live");
});

test("a handler that rejects is an error like one that throws", async () => {
  const { server, realtime, clock, live, errors } = world();
  realtime.subscribe("orders", { onEvent: async () => thrower() });
  await live();
  server.publish(["orders"]);
  await clock.advance();
  assert.equal(errors.length, 1);
});

test("a token source that rejects with nothing, or throws, is asked again", async () => {
  let asked = 0;
  /** @type {(() => any)[]} */
  const answers = [() => Promise.reject(), () => Promise.reject(null), thrower];
  const { realtime, live } = world({ token: () => (answers[asked++] ?? (() => "t1"))() });
  await live(10_000);
  assert.equal(realtime.state, "live");
  assert.equal(asked, 4);
});

test("a renewal that rejects with nothing is tried again", async () => {
  let asked = 0;
  const { server, clock, live } = world({ token: () => (++asked === 2 ? Promise.reject() : `t${asked}`) });
  await live();
  await clock.advance(3_590_000);
  assert.equal(server.last.saidOf("authenticate").length, 1);
});

test("a list that never comes is aborted after twenty seconds and loaded again", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {AbortSignal[]} */
  const signals = [];
  const { received } = listen(realtime, "orders", {
    onReload: (_, { signal }) => (signals.push(signal) === 1 ? new Promise(() => {}) : list(server, "orders")),
  });
  await live(19_900);
  assert.equal(signals[0].aborted, false);
  assert.equal(`${realtime.state} ${realtime.reason}`, "connecting loading");
  await clock.advance(1000);
  assert.equal(signals[0].aborted, true);
  assert.equal(signals.length, 2);
  assert.equal(realtime.state, "live");
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("a list that needs longer than the first limit comes with a later try", async () => {
  const { server, realtime, clock, live } = world();
  listen(realtime, "orders", {
    onReload: async () => {
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 30_000));
      return list(server, "orders");
    },
  });
  await live(60_000);
  assert.equal(realtime.state, "live");
});

test("an aborted list that comes after all has replaced what is shown: it is loaded once more", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {string[]} */
  let shown = [];
  let loads = 0;
  /** @type {(value?: any) => void} */
  let comeLate = () => {};
  realtime.subscribe("orders", {
    onEvent: ({ id }) => shown.push(id),
    onReload: async () => {
      const rows = [...server.log("orders").events.values()].map(({ id }) => id);
      const ends = list(server, "orders");
      if (++loads === 1) await new Promise((resolve) => (comeLate = resolve));
      shown = rows;
      return ends;
    },
  });
  await live();
  await clock.advance(21_000);
  const ids = [server.publish(["orders"]), server.publish(["orders"])];
  await clock.advance();
  assert.deepEqual(shown, ids);
  comeLate();
  await clock.advance(1000);
  assert.deepEqual(shown, ids);
});

test("a page that is opened after a resume was refused is live as soon as the resume is answered", async () => {
  const { server, realtime, clock, live } = world();
  listen(realtime, "orders");
  await live();
  server.last.drop();
  server.refuses = { subscribe: "unavailable" };
  await clock.advance(1000);
  server.refuses = {};
  const page = listen(realtime, "orders");
  await clock.advance(60_000);
  assert.equal(realtime.state, "live");
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(page.received, [id]);
});

test("a page that is left after its resume was refused does not keep the client offline", async () => {
  const { server, realtime, clock, live } = world();
  const page = listen(realtime, "orders");
  await live();
  server.last.drop();
  server.refuses = { subscribe: "unavailable" };
  await clock.advance(1000);
  page.stop();
  server.refuses = {};
  await clock.advance(60_000);
  assert.equal(realtime.state, "live");
});

for (const code of ["timeout", "internal_error"]) {
  test(`a replay that is not answered three times (${code}) is not asked for again: the list is loaded`, async () => {
    const { server, realtime, clock, live } = world();
    let loads = 0;
    const { received } = listen(realtime, "orders", { onReload: () => (loads++, list(server, "orders")) });
    await live();
    server.publish(["orders"]);
    await clock.advance();
    server.last.drop();
    server.publish(["orders"]);
    const isPoisoned = (/** @type {Record<string, any>} */ message) => message.since === 1;
    if (code === "timeout") server.answers = (message) => !isPoisoned(message);
    else server.refusesMessage = (message) => (message.type === "subscribe" && isPoisoned(message) ? code : undefined);
    await clock.advance(120_000);
    assert.equal(loads, 2);
    assert.equal(realtime.state, "live");
    const id = server.publish(["orders"]);
    await clock.advance();
    assert.equal(received.at(-1), id);
  });
}

test("a replay of 85 seconds over a slow network takes 85 seconds, and is asked for once", async () => {
  const { server, realtime, clock, live } = world();
  const orders = listen(realtime, "orders");
  listen(realtime, "system");
  await live();
  server.last.drop();
  for (let n = 0; n < 85; n++) server.publish(["orders"]);
  server.eventMs = 1000;
  await clock.advance(87_500);
  assert.equal(orders.received.length, 85);
  assert.equal(realtime.state, "live");
  assert.equal(server.tried.length, 2);
  assert.equal(server.last.saidOf("subscribe").filter(({ channel }) => channel === "orders").length, 1);
});

test("events that happen after a question do not keep its lost answer waiting", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "order:1");
  await live();
  server.last.drop();
  const missed = server.publish(["order:1"]);
  let isLost = true;
  server.answers = () => !isLost;
  await clock.advance(1000);
  isLost = false;
  for (let n = 0; n < 40; n++) {
    server.publish(["order:1"]);
    await clock.advance(1000);
  }
  assert.equal(realtime.state, "live");
  assert.equal(received[0], missed);
  assert.equal(received.length, 41);
});

test("a socket whose questions are not answered, nor its heartbeats, is replaced before the next heartbeat is due", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const lost = assert.rejects(realtime.send({ type: "order_update" }), { code: "timeout" });
  server.dead = true;
  await clock.advance(25_000);
  await lost;
  assert.equal(realtime.state, "offline");
});

test("a refused handshake that is an error without a close is tried again", async () => {
  const { server, realtime, clock, live } = world();
  server.failsWithoutClose = true;
  server.admits = () => false;
  await live(1000);
  assert.ok(server.tried.length > 1);
  server.admits = () => true;
  await clock.advance(30_000);
  assert.equal(realtime.state, "live");
});
