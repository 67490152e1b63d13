import assert from "node:assert/strict";
import { test } from "node:test";
import { listen, world } from "./world.js";

const HOUR = 3_600_000;

/** A device whose clock is an hour behind the server's. */
function slowDevice() {
  const it = world();
  const wire = it.server.wire.bind(it.server);
  it.server.wire = (seconds = 0) => wire(seconds + 3600);
  return it;
}

test("the client tells the server's time, whatever the device's clock says", async () => {
  const { realtime, clock, live } = slowDevice();
  assert.equal(realtime.now(), clock.now(), "not known yet");
  await live();
  await clock.advance(1000);
  assert.equal(realtime.now(), clock.now() + HOUR);
});

test("a device's clock that is set while the connection is open is noticed by the next heartbeat", async () => {
  const { server, realtime, clock, live } = slowDevice();
  await live();
  const wire = server.wire.bind(server);
  server.wire = (seconds = 0) => wire(seconds - 3600);
  await clock.advance(30_000);
  assert.equal(realtime.now(), clock.now());
});

test("when an event happened says nothing about the time", async () => {
  const { server, realtime, clock, live } = slowDevice();
  listen(realtime, "orders");
  await live();
  server.last.post([{ type: "order_created", id: "e", cursors: { orders: 1 }, timestamp: "2020-01-01T00:00:00.000Z" }]);
  await clock.advance();
  assert.equal(realtime.now(), clock.now() + HOUR);
});
