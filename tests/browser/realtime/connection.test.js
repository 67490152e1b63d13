import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../../chalicelib/static/realtime/backoff.js";
import { dice } from "./clock.js";
import { listen, world } from "./world.js";

test("it connects with the token and the format", async () => {
  const { server, live, states } = world({ url: "wss://example.test/api?client=office", token: "a/b", format: "flat" });
  await live();
  assert.equal(server.last.url.href, "wss://example.test/api?client=office&format=flat&token=a%2Fb");
  assert.deepEqual(states, ["connecting", "live"]);
});

test("the welcome of each format is understood", async () => {
  for (const [type, wrapped] of /** @type {[string, boolean][]} */ ([
    ["connected", true],
    ["connection", false],
    ["connection_established", false],
  ])) {
    const { server, realtime, clock, live } = world();
    server.welcomes = false;
    await live();
    const content = { channels: ["orders"], cursors: { orders: 3 }, epochs: { orders: "e1" }, heartbeat_interval: 30 };
    const details = { ...content, token_expires_at: server.wire(3600) };
    server.last.post([{ type, ...(wrapped ? { data: details } : details), timestamp: server.wire() }]);
    await clock.advance();
    assert.equal(realtime.state, "live", type);
  }
});

test("heartbeats come as often as the welcome says", async () => {
  const { server, clock, live } = world();
  await live();
  await clock.advance(29_999);
  assert.equal(server.last.saidOf("heartbeat").length, 0);
  await clock.advance(60_001);
  assert.equal(server.last.saidOf("heartbeat").length, 3);
});

test("a peer that owes a sign of life for ten seconds is dead: another connection is opened", async () => {
  const { server, realtime, clock, live, states } = world();
  await live();
  server.dead = true;
  await clock.advance(39_999);
  assert.equal(realtime.state, "live");
  await clock.advance(1);
  assert.equal(realtime.state, "offline");
  assert.ok(server.last.closed);
  server.dead = false;
  await clock.advance(60_000);
  assert.deepEqual(states, ["connecting", "live", "offline", "live"]);
});

test("a connection without a welcome is closed", async () => {
  const { server, clock, live } = world();
  server.welcomes = false;
  await live();
  await clock.advance(14_999);
  assert.equal(server.tried.length, 1);
  await clock.advance(600);
  assert.equal(server.tried.length, 2);
});

test("it never stops trying, ever more rarely, at most half a minute apart", async () => {
  const { server, clock, live } = world();
  server.admits = () => false;
  await live();
  await clock.advance(10_000);
  const soon = server.tried.length;
  assert.ok(soon >= 4 && soon <= 12, `${soon} tries in ten seconds`);
  await clock.advance(3_600_000);
  const all = server.tried.length;
  assert.ok(all > 120 && all < 400, `${all} tries in an hour`);
  server.admits = () => true;
  await clock.advance(30_000);
  assert.equal(server.open.size, 1);
});

test("waits are anything up to a limit that doubles", () => {
  const random = dice(1);
  for (let tries = 0; tries < 40; tries++) {
    const limit = Math.min(30_000, 500 * 2 ** tries);
    const waits = Array.from({ length: 200 }, () => backoff(tries, random));
    assert.ok(Math.max(...waits) < limit && Math.max(...waits) > 0.9 * limit);
    assert.ok(Math.min(...waits) < 0.1 * limit);
  }
});

test("when the network or the page comes back, it connects at once", async () => {
  const { server, realtime, clock, live, wake } = world({ platform: { random: () => 0.99 } });
  server.admits = () => false;
  await live();
  await clock.advance(60_000);
  server.admits = () => true;
  wake();
  await clock.advance();
  assert.equal(realtime.state, "live");
});

test("a page that comes back asks an open connection for a sign of life", async () => {
  const { server, realtime, clock, live, wake } = world();
  await live();
  wake();
  wake();
  await clock.advance();
  assert.equal(server.last.saidOf("heartbeat").length, 1);
  server.dead = true;
  wake();
  await clock.advance(10_000);
  assert.equal(realtime.state, "offline");
});

test("where the browser says that the network has left, two seconds of silence are enough", async () => {
  const { server, realtime, clock, live, wake } = world();
  await live();
  wake("away");
  await clock.advance(1000);
  assert.equal(realtime.state, "live", "it was answered: a network that is there after all");
  server.dead = true;
  await clock.advance(35_000);
  assert.equal(realtime.state, "live", "a heartbeat is under way");
  wake("away");
  await clock.advance(2000);
  assert.equal(realtime.state, "offline");
});

test("messages are answered, each by its ref", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.delay = dice(3);
  const answers = Promise.all(["a", "b", "c"].map((type) => realtime.send({ type })));
  await clock.advance(10);
  assert.deepEqual((await answers).map(({ type }) => type), ["a_accepted", "b_accepted", "c_accepted"]);
});

test("a refusal rejects with its code and all that it says", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.refuses = { order_update: "illegal_transition" };
  const refused = assert.rejects(realtime.send({ type: "order_update" }), { code: "illegal_transition" });
  await clock.advance();
  await refused;
});

test("what cannot be sent, or is not answered, rejects with the cause", async () => {
  const { server, realtime, clock, live } = world();
  await assert.rejects(realtime.send({ type: "ping" }), { code: "not_connected" });
  await live();
  const cut = assert.rejects(realtime.send({ type: "ping" }), { code: "disconnected" });
  server.last.drop();
  await cut;
  await clock.advance(1000);
  server.dead = true;
  const late = assert.rejects(realtime.send({ type: "ping" }), { code: "timeout" });
  await clock.advance(15_000);
  await late;
});

test("on a closing socket nothing is sent any more, and open questions are rejected", async () => {
  const { server, realtime, live } = world();
  await live();
  const socket = server.last;
  socket.readyState = 2;
  const lost = assert.rejects(realtime.send({ type: "ping" }), { code: "disconnected" });
  assert.deepEqual(socket.saidOf("ping"), []);
  socket.drop();
  await lost;
});

test("more messages than the server accepts at once are sent as fast as it accepts them, in order", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const all = Promise.all(Array.from({ length: 24 }, (_, n) => realtime.send({ type: "order_update", n })));
  await clock.advance();
  assert.equal(server.last.fromClient.length, 16);
  await clock.advance(4000);
  await all;
  assert.deepEqual(server.last.fromClient.map(({ n }) => n), Array.from({ length: 24 }, (_, n) => n));
});

test("as many channels as a connection may have are caught up with, as fast as the server takes the questions", async () => {
  const { server, realtime, clock, live, errors } = world();
  const listeners = Array.from({ length: 128 }, (_, n) => listen(realtime, `order:${n}`, { since: 0 }));
  server.delay = () => 200;
  await live(58_000);
  assert.equal(realtime.state, "live");
  const { fromClient } = server.last;
  assert.equal(fromClient.filter(({ type }) => type === "subscribe").length, 128, "each is asked for once");
  const ids = listeners.map((_, n) => server.publish([`order:${n}`]));
  await clock.advance(1000);
  assert.deepEqual(listeners.map(({ received }) => received[0]), ids);
  assert.deepEqual(errors, []);
});

test("a question that waits for its turn is not out of time, one that was sent is", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const all = Array.from({ length: 60 }, (_, n) => realtime.send({ type: "order_update", n }).then(() => "answered", ({ code }) => code));
  await clock.advance(17_000);
  assert.ok(server.last.fromClient.length < 60);
  server.delay = () => 100_000;
  await clock.advance(21_000);
  const outcomes = await Promise.all(all);
  assert.equal(outcomes[46], "answered");
  assert.equal(outcomes[59], "timeout");
});

test("an announced end: a new connection takes over before the old one is closed, and nothing is lost or delivered twice", async () => {
  const { server, realtime, clock, live, states } = world();
  const { received } = listen(realtime, "orders");
  await live();
  await clock.advance(7_000_000);
  const old = server.last;
  server.delay = () => 50;
  old.post([{ type: "reconnect", code: "rollover", deadline: server.wire(300), timestamp: server.wire() }]);
  const ids = [];
  for (let n = 0; n < 40; n++) {
    ids.push(server.publish(["orders"]));
    await clock.advance(10);
    assert.ok(server.open.size > 0);
  }
  await clock.advance(5000);
  assert.deepEqual(received, ids);
  assert.deepEqual([...server.open], [server.last]);
  assert.ok(old.closed && old !== server.last);
  assert.deepEqual(states, ["connecting", "live"], "it is not visible");
});

test("it says that it has lost a connection, and not where one takes over from another or after a stop", async () => {
  const { server, realtime, clock, live } = world();
  const isReconnect = () => server.last.url.searchParams.get("reconnect") === "1";
  await live();
  assert.equal(isReconnect(), false);
  server.last.post([{ type: "reconnect", code: "rollover", deadline: server.wire(300), timestamp: server.wire() }]);
  await clock.advance(2000);
  assert.equal(isReconnect(), false, "a takeover");
  server.last.drop();
  await clock.advance(5000);
  assert.equal(isReconnect(), true);
  realtime.stop();
  realtime.start();
  await clock.advance(5000);
  assert.equal(isReconnect(), false, "started again");
});

test("an announced end whose new connection does not come about is tried again while the old one lives", async () => {
  const { server, realtime, clock, live, states } = world();
  await live();
  server.admits = () => false;
  const old = server.last;
  old.post([{ type: "reconnect", code: "rollover", deadline: server.wire(300), timestamp: server.wire() }]);
  await clock.advance(20_000);
  assert.ok(!old.closed && server.tried.length > 2);
  server.admits = () => true;
  await clock.advance(30_000);
  assert.ok(old.closed);
  assert.equal(realtime.state, "live");
  assert.deepEqual(states, ["connecting", "live"]);
});

test("an answer that is under way at a takeover still comes", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const [old] = server.open;
  old.post([{ type: "reconnect", code: "rollover", deadline: server.wire(300), timestamp: server.wire() }]);
  let ms = 0;
  server.delay = () => ms;
  ms = 500;
  const answer = realtime.send({ type: "order_update" });
  ms = 0;
  await clock.advance(2000);
  assert.equal((await answer).type, "order_update_accepted");
  assert.ok(old.closed);
});

test("stopped, it says nothing more; started again, it goes on where it was", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  realtime.stop();
  await clock.advance(100_000);
  assert.equal(server.open.size, 0);
  assert.equal(realtime.state, "idle");
  const id = server.publish(["orders"]);
  await live();
  assert.deepEqual(received, [id]);
});

test("stopped while its token is on the way, it opens nothing", async () => {
  /** @type {(token: string) => void} */
  let come = () => {};
  const { server, realtime, clock, live } = world({ token: () => new Promise((resolve) => (come = resolve)) });
  await live();
  realtime.stop();
  come("t1");
  await clock.advance(60_000);
  assert.equal(server.tried.length, 0);
});

test("a channel without listeners is left after a while, and not before", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const first = listen(realtime, "order:1");
  await clock.advance();
  first.stop();
  await clock.advance(4000);
  const again = listen(realtime, "order:1");
  await clock.advance(10_000);
  assert.deepEqual(server.last.fromClient.map(({ type }) => type), ["subscribe"]);
  again.stop();
  await clock.advance(5000);
  assert.deepEqual(server.last.fromClient.map(({ type }) => type), ["subscribe", "unsubscribe"]);
});

test("who comes back while a channel is being left waits for the answer before asking again", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  const { stop } = listen(realtime, "order:1");
  await clock.advance();
  stop();
  server.delay = () => 100;
  await clock.advance(5000);
  const { received } = listen(realtime, "order:1");
  assert.equal(server.last.fromClient.at(-1)?.type, "unsubscribe");
  await clock.advance(1000);
  assert.equal(server.last.fromClient.at(-1)?.type, "subscribe");
  const id = server.publish(["order:1"]);
  await clock.advance(1000);
  assert.deepEqual(received, [id]);
});

test("a channel is left only when its subscribe has been answered: the two could overtake each other", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.delay = () => 4000;
  listen(realtime, "order:1").stop();
  await clock.advance(7000);
  assert.deepEqual(server.last.fromClient.map(({ type }) => type), ["subscribe"]);
  await clock.advance(7000);
  assert.deepEqual(server.last.fromClient.map(({ type }) => type), ["subscribe", "unsubscribe"]);
});

test("access that ends or is refused is reported, and not requested again", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {string[]} */
  const lost = [];
  const onLost = (/** @type {string} */ code, /** @type {string} */ channel) => lost.push(`${channel} ${code}`);
  listen(realtime, "orders", { onLost });
  await live();
  server.last.post([{ type: "unsubscribed", channel: "orders", code: "access_lost", timestamp: server.wire() }]);
  await clock.advance();
  server.refuses = { subscribe: "channel_forbidden" };
  listen(realtime, "driver:1", { onLost });
  await clock.advance();
  assert.deepEqual(lost, ["orders access_lost", "driver:1 channel_forbidden"]);
  server.last.drop();
  await clock.advance(5000);
  assert.equal(server.last.fromClient.length, 0);
});

test("a subscribe that was too fast is sent again", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.refuses = { subscribe: "rate_limited" };
  const { received } = listen(realtime, "order:1");
  await clock.advance(500);
  server.refuses = {};
  await clock.advance(3000);
  const id = server.publish(["order:1"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("a question after a reconnect that gets no answer is asked again, and only then it is live", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.last.drop();
  const missed = server.publish(["orders"]);
  server.refuses = { subscribe: "unavailable" };
  await clock.advance(20_000);
  assert.equal(realtime.state, "offline");
  server.refuses = {};
  await clock.advance(32_000);
  assert.equal(realtime.state, "live");
  assert.deepEqual(received, [missed]);
});

test("pushed out by another window, it comes back by itself once, much later, and says so meanwhile", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.last.closing("too_many_connections");
  await clock.advance(119_000);
  assert.equal(`${realtime.state} ${realtime.reason}`, "closed too_many_connections");
  assert.equal(server.tried.length, 1);
  const missed = server.publish(["orders"]);
  await clock.advance(181_000);
  assert.equal(realtime.state, "live");
  assert.deepEqual(received, [missed]);
  server.last.closing("too_many_connections");
  await clock.advance(3_600_000);
  assert.equal(`${realtime.state} ${realtime.reason}`, "closed too_many_connections");
  assert.equal(server.tried.length, 2, "windows that push each other out would never end");
});

test("pushed out by another window, it comes back when the user looks at it, and not when the network leaves", async () => {
  const { server, realtime, clock, live, wake } = world();
  await live();
  for (let time = 2; time < 5; time++) {
    server.last.closing("too_many_connections");
    await clock.advance(1000);
    wake("away");
    await clock.advance(1000);
    assert.equal(realtime.state, "closed");
    wake("back");
    await clock.advance(1000);
    assert.equal(realtime.state, "live");
    assert.equal(server.tried.length, time);
  }
  assert.equal(server.last.url.searchParams.get("token"), "t1", "its token was never the trouble");
});

test("pushed out again a day later, it is another time, and comes back by itself", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  for (const ms of [300_000, 86_400_000, 300_000]) {
    if (ms < 86_400_000) server.last.closing("too_many_connections");
    await clock.advance(ms);
    assert.equal(realtime.state, "live");
  }
});

test("stopped after it was pushed out, it stays away", async () => {
  const { server, realtime, clock, live, wake } = world();
  await live();
  server.last.closing("too_many_connections");
  await clock.advance(1000);
  realtime.stop();
  wake("back");
  await clock.advance(600_000);
  assert.equal(realtime.state, "idle");
  assert.equal(server.tried.length, 1);
});

test("what is no message of ours is passed over", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  for (const data of ["", "null", "[", "7", '"x"', '{"type":"new_kind"}', '{"type":"error","code":"x"}'])
    server.last.onmessage?.({ data });
  await clock.advance();
  assert.equal(realtime.state, "live");
});
