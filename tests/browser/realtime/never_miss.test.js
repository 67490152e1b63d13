import assert from "node:assert/strict";
import { test } from "node:test";
import { list, listen, world } from "./world.js";

test("an event is delivered to the listeners of its channel, and to no others", async () => {
  const { server, realtime, clock, live } = world();
  const orders = listen(realtime, "orders");
  const system = listen(realtime, "system");
  await live();
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(orders.received, [id]);
  assert.deepEqual(system.received, []);
  assert.equal(server.last.saidOf("subscribe").length, 0, "both are watched from the start");
});

test("events that come in the wrong order are delivered in the right one, without a request", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  let ms = 300;
  server.delay = () => (ms -= 100);
  const ids = [server.publish(["orders"]), server.publish(["orders"]), server.publish(["orders"])];
  await clock.advance(50);
  assert.deepEqual(received, [], "the first is still on its way");
  await clock.advance(2000);
  assert.deepEqual(received, ids);
  assert.equal(server.last.saidOf("subscribe").length, 0);
});

test("a lost event is asked for after a second, and what came after it waits", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.arrives = () => 0;
  const lost = server.publish(["orders"]);
  server.arrives = () => 1;
  const next = server.publish(["orders"]);
  await clock.advance(900);
  assert.deepEqual(received, []);
  await clock.advance(200);
  assert.deepEqual(received, [lost, next]);
  assert.deepEqual(server.last.saidOf("subscribe"), [
    { type: "subscribe", channel: "orders", since: 0, epoch: "e1", ref: 1 },
  ]);
});

test("the last event, lost, is found by the next heartbeat", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.arrives = () => 0;
  const lost = server.publish(["orders"]);
  await clock.advance(29_000);
  assert.deepEqual(received, []);
  await clock.advance(2500);
  assert.deepEqual(received, [lost]);
});

test("a repeated event is delivered once", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.arrives = () => 3;
  const ids = [server.publish(["orders"]), server.publish(["orders"])];
  await clock.advance(5000);
  assert.deepEqual(received, ids);
});

test("an event in two channels is delivered once to a handler of both, and to each handler of one", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {string[]} */
  const both = [];
  const onEvent = (/** @type {{id: string}} */ event) => both.push(event.id);
  realtime.subscribe("orders", { onEvent });
  realtime.subscribe("order:1", { onEvent });
  const one = listen(realtime, "order:1");
  await live();
  const id = server.publish(["orders", "order:1"]);
  await clock.advance(2000);
  assert.deepEqual(both, [id]);
  assert.deepEqual(one.received, [id]);
});

test("after a broken connection everything that was missed comes, in order", async () => {
  const { server, realtime, clock, live, states } = world();
  const { received } = listen(realtime, "orders");
  await live();
  const ids = [server.publish(["orders"])];
  await clock.advance();
  server.last.drop();
  ids.push(server.publish(["orders"]), server.publish(["orders"]));
  await clock.advance(600);
  assert.deepEqual(received, ids);
  assert.deepEqual(states, ["connecting", "live", "offline", "live"]);
  assert.deepEqual(server.last.saidOf("subscribe"), [
    { type: "subscribe", channel: "orders", since: 1, epoch: "e1", ref: 1 },
  ]);
});

test("it says that it is live only when it has caught up", async () => {
  const { server, realtime, clock, live } = world();
  listen(realtime, "orders");
  await live();
  server.last.drop();
  server.publish(["orders"]);
  server.delay = () => 400;
  await clock.advance(1500);
  assert.equal(server.last.saidOf("subscribe").length, 1);
  assert.equal(realtime.state, "offline");
  await clock.advance(1000);
  assert.equal(realtime.state, "live");
});

test("a list is followed from its cursor: what happened since its rows were read is delivered", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.publish(["orders"]);
  const since = server.publish(["orders"]);
  const missed = server.publish(["orders"]);
  await clock.advance();
  const { received } = listen(realtime, "orders", { since: 2, epoch: "e1" });
  await clock.advance(100);
  assert.deepEqual(received, [missed]);
  assert.ok(!received.includes(since));
});

test("a list that is loaded when listening starts is followed from its cursors", async () => {
  const { server, realtime, clock, live } = world();
  await live();
  server.publish(["orders"]);
  const { received } = listen(realtime, "orders", {
    onReload: async () => {
      const snapshot = list(server, "orders");
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 100));
      return snapshot;
    },
  });
  const during = server.publish(["orders"]);
  await clock.advance(99);
  assert.deepEqual(received, [], "the list is still on its way");
  await clock.advance(1);
  const after = server.publish(["orders"]);
  await clock.advance(100);
  assert.deepEqual(received, [during, after]);
});

test("a list without cursors is loaded again once it is known where the log stands", async () => {
  const { server, realtime, clock, live } = world();
  let loads = 0;
  const { received } = listen(realtime, "order:1", { onReload: () => void loads++ });
  await clock.advance();
  assert.equal(loads, 1, "shown without waiting for a connection");
  server.publish(["order:1"]);
  await live(100);
  assert.equal(loads, 2, "what happened between is in the second");
  const id = server.publish(["order:1"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("who missed too much loads the list anew, and goes on from there", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {string[]} */
  const reloads = [];
  const { received } = listen(realtime, "orders", {
    onReload: (channel) => {
      reloads.push(channel);
      return list(server, "orders");
    },
  });
  await live();
  server.last.drop();
  for (let n = 0; n < 301; n++) server.publish(["orders"]);
  await clock.advance(1000);
  assert.deepEqual(reloads, ["orders", "orders"]);
  assert.deepEqual(received, []);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("what is held when too much was missed is let go of", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders", { onReload: () => list(server, "orders") });
  await live();
  server.arrives = () => 0;
  server.publish(["orders"]);
  server.arrives = () => 1;
  server.publish(["orders"]);
  await clock.advance(500);
  server.begin("orders");
  await clock.advance(600);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id], "the new log's numbers begin anew, and the old number 2 is not its second");
});

test("a number of a log that is no more is not asked for for ever", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  const late = { type: "order_created", id: "late", cursors: { orders: 500 }, timestamp: "" };
  server.last.post([late]);
  await clock.advance(60_000);
  assert.equal(server.last.saidOf("subscribe").length, 1);
  const id = server.publish(["orders"]);
  await clock.advance();
  assert.deepEqual(received, [id]);
});

test("what one channel tells while another's list is being loaded is not missing from that list", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {string[]} */
  let shown = [];
  const onEvent = (/** @type {{id: string}} */ event) => shown.push(event.id);
  realtime.subscribe("order:1", { onEvent });
  await live();
  realtime.subscribe("orders", {
    onEvent,
    onReload: async () => {
      const read = list(server, "orders");
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 100));
      shown = [];
      return read;
    },
  });
  const id = server.publish(["orders", "order:1"]);
  await clock.advance(2000);
  assert.deepEqual(shown, [id]);
});

test("a list that cannot be loaded is tried again, and nothing is delivered meanwhile", async () => {
  const { server, realtime, clock, live, errors } = world();
  let away = true;
  const { received } = listen(realtime, "orders", {
    onReload: async () => {
      if (away) throw new Error("503");
      return list(server, "orders");
    },
  });
  await live();
  server.publish(["orders"]);
  await clock.advance(20_000);
  assert.deepEqual(received, []);
  assert.ok(errors.length > 1);
  away = false;
  await clock.advance(60_000);
  const id = server.publish(["orders"]);
  await clock.advance(2000);
  assert.deepEqual(received, [id]);
});

test("a list without a waiting listener is no error and is not tried again", async () => {
  const { realtime, clock, live, errors } = world();
  let loads = 0;
  const { stop } = listen(realtime, "orders", {
    onReload: async () => {
      loads++;
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 100));
      throw new DOMException("the page was left", "AbortError");
    },
  });
  await live();
  stop();
  await clock.advance(60_000);
  assert.deepEqual([loads, errors], [1, []]);
});

test("numbers that the format does not carry are passed over", async () => {
  const { server, realtime, clock, live } = world();
  const { received } = listen(realtime, "orders");
  await live();
  server.publish(["orders"], { carried: false });
  const id = server.publish(["orders"]);
  await clock.advance(2000);
  assert.deepEqual(received, [id]);
});

test("positions have no numbers: each is delivered once on the drivers' channel and on the driver's", async () => {
  const { server, realtime, clock, live } = world();
  const drivers = listen(realtime, "drivers");
  const driver = listen(realtime, "driver:7");
  await live();
  const position = { type: "driver_location", id: "p1", data: { driver_id: "7" }, timestamp: "" };
  server.last.post([position, position]);
  await clock.advance();
  assert.deepEqual(drivers.received, ["p1"]);
  assert.deepEqual(driver.received, ["p1"]);
});

test("a handler that throws disturbs no other", async () => {
  const { server, realtime, clock, live, errors } = world();
  realtime.subscribe("orders", {
    onEvent: () => {
      throw new Error("mine");
    },
  });
  const { received } = listen(realtime, "orders");
  await live();
  server.publish(["orders"]);
  server.publish(["orders"]);
  await clock.advance();
  assert.equal(received.length, 2);
  assert.equal(errors.length, 2);
});

/** A list that cannot be loaded for a while. @param {ReturnType<typeof world>["server"]} server */
function shakyList(server) {
  const self = {
    ok: true,
    onReload: async () => {
      if (!self.ok) throw new Error("503");
      return list(server, "orders");
    },
  };
  return self;
}

test("a list that cannot be loaded anew is old: it is not live until it can be", async () => {
  const { server, realtime, clock, live, states } = world();
  const orders = shakyList(server);
  listen(realtime, "orders", orders);
  await live(1000);
  assert.equal(realtime.state, "live");
  orders.ok = false;
  server.begin("orders");
  server.last.drop();
  await clock.advance(120_000);
  assert.equal(`${realtime.state} ${realtime.reason}`, "connecting loading");
  orders.ok = true;
  await clock.advance(31_000);
  assert.deepEqual(states, ["connecting", "live", "offline", "connecting:loading", "live"]);
});

test("while it is live, a list that must be loaded anew and cannot be says so", async () => {
  const { server, realtime, clock, live, states } = world();
  const orders = shakyList(server);
  listen(realtime, "orders", orders);
  await live(1000);
  orders.ok = false;
  server.last.onmessage?.({ data: JSON.stringify({ type: "heartbeat", cursors: { orders: 900 } }) });
  server.log("orders").head = 900;
  await clock.advance(5000);
  orders.ok = true;
  await clock.advance(31_000);
  assert.deepEqual(states, ["connecting", "live", "connecting:loading", "live"]);
});

test("a list that has never been there, and one without a waiting listener", async () => {
  const { server, realtime, clock, live } = world();
  const orders = shakyList(server);
  orders.ok = false;
  const { stop } = listen(realtime, "orders", orders);
  listen(realtime, "system");
  await live(60_000);
  assert.equal(`${realtime.state} ${realtime.reason}`, "connecting loading");
  stop();
  await clock.advance();
  assert.equal(`${realtime.state} ${realtime.reason}`, "live undefined");
});

test("a list that is on its way is live at once, one that does not come is not", async () => {
  const { server, realtime, clock, live } = world();
  /** @type {(list: any) => void} */
  let come = () => {};
  listen(realtime, "orders", { onReload: () => new Promise((resolve) => (come = resolve)) });
  await live(9000);
  assert.equal(realtime.state, "live");
  await clock.advance(1500);
  assert.equal(`${realtime.state} ${realtime.reason}`, "connecting loading");
  come(list(server, "orders"));
  await clock.advance();
  assert.equal(realtime.state, "live");
});

test("without a connection it stays offline, whatever is being loaded", async () => {
  const { server, realtime, clock, live } = world();
  const orders = shakyList(server);
  listen(realtime, "orders", orders);
  await live(1000);
  server.admits = () => false;
  server.last.drop();
  orders.ok = false;
  listen(realtime, "orders", orders);
  await clock.advance(60_000);
  assert.equal(realtime.state, "offline");
});
