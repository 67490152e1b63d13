/** Logs that restart under an open connection: after a restore from a backup, or where a head was deleted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { list, listen, world } from "./world.js";

/** A client that has followed `orders` up to the third event, and counts how often its list is loaded. */
async function followed() {
  const it = world();
  const counted = { loads: 0 };
  const onReload = () => (counted.loads++, list(it.server, "orders"));
  const { received } = listen(it.realtime, "orders", { onReload });
  await it.live();
  for (let n = 0; n < 3; n++) it.server.publish(["orders"]);
  await it.clock.advance();
  received.length = 0;
  return { ...it, received, counted };
}

test("a log that restarts under an open connection is found by the next heartbeat: the list is loaded, events are delivered", async () => {
  const { server, clock, received, counted, states } = await followed();
  server.begin("orders");
  await clock.advance(30_000);
  assert.equal(counted.loads, 2);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
  assert.deepEqual(states, ["connecting", "live"]);
});

test("a restarted log that is further than the old one shows by its epoch", async () => {
  const { server, clock, received, counted } = await followed();
  server.begin("orders");
  server.arrives = () => 0;
  for (let n = 0; n < 9; n++) server.publish(["orders"]);
  server.arrives = () => 1;
  await clock.advance(30_000);
  assert.equal(counted.loads, 2);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("a log that was restored from a backup has the same epoch and ends below our cursor", async () => {
  const { server, clock, received, counted } = await followed();
  const log = server.log("orders");
  log.head = 1;
  for (const number of [2, 3]) log.events.delete(number);
  await clock.advance(30_000);
  assert.equal(counted.loads, 2);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("another event under a number that was shown is of another log: the list is loaded at once", async () => {
  const { server, clock, received, counted } = await followed();
  const log = server.log("orders");
  log.head = 1;
  for (const number of [2, 3]) log.events.delete(number);
  server.publish(["orders"]);
  await clock.advance(1000);
  assert.equal(counted.loads, 2);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("a heartbeat that was answered a moment too early loads nothing anew", async () => {
  const { server, clock, received, counted } = await followed();
  const before = server.ends(["orders"]);
  const id = server.publish(["orders"]);
  server.last.post([{ type: "heartbeat", timestamp: server.wire(), ...before }]);
  await clock.advance(5000);
  assert.deepEqual(received, [id]);
  assert.equal(counted.loads, 1);
});

test("who listens without a list goes on with the new log", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.publish(["orders"]);
  await clock.advance();
  server.begin("orders");
  await clock.advance(30_000);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.equal(received.at(-1), id);
});

test("heartbeats of a server without epochs are understood", async () => {
  const { server, clock, counted, realtime } = await followed();
  server.last.post([{ type: "heartbeat", timestamp: server.wire(), cursors: server.heads(["orders"]) }]);
  await clock.advance(5000);
  assert.equal(counted.loads, 1);
  assert.equal(realtime.state, "live");
});
