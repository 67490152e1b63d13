/** The hooks that take the place of the older frontends' own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { act, createElement as h, Fragment, StrictMode, useEffect, useState } from "react";
import { renderToString } from "react-dom/server";
import renderer from "react-test-renderer";
import { useSimpleWebSocket } from "../../../chalicelib/static/realtime/use-simple-websocket.js";
import { configure, useWebSocket } from "../../../chalicelib/static/realtime/use-websocket.js";
import { dice, FakeClock } from "./clock.js";
import { FakeServer } from "./server.js";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true, IS_REACT_NATIVE_TEST_ENVIRONMENT: true });

/** @param {Partial<import("../../../chalicelib/static/realtime/shared.js").Configuration>} [configuration] */
function page(configuration = {}) {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  /** @type {unknown[]} */
  const errors = [];
  configure({
    url: "wss://example.test/api",
    token: "t1",
    eventsUrl: "https://example.test/api/v1/events",
    onError: (error) => errors.push(error),
    ...configuration,
    platform: { clock, WebSocket: server.WebSocket, fetch: server.fetch, random: dice(7), listen: () => () => {} },
  });
  return {
    server,
    errors,
    clock,
    pass: (/** @type {number} */ ms = 0) => act(() => clock.advance(ms)),
    /** @param {import("react").ReactElement} element */
    async show(element) {
      const root = await act(async () => renderer.create(element));
      await act(() => clock.advance());
      return {
        toJSON: () => root.toJSON(),
        update: (/** @type {import("react").ReactElement} */ next) => act(async () => root.update(next)),
        async unmount() {
          await act(async () => root.unmount());
          await act(() => clock.advance());
        },
      };
    },
  };
}

/** As the guide's example: shows the connection and the last status of one order. @param {{orderId: string}} props */
function OrderTracking({ orderId }) {
  const [status, setStatus] = useState("?");
  const { isConnected, subscribe } = useWebSocket({
    onMessage: (message) => {
      if (message.type === "order_status_changed") setStatus(message.id);
    },
  });
  useEffect(() => {
    if (isConnected) subscribe(`order:${orderId}`);
  }, [isConnected, orderId]);
  return `${isConnected ? "即時更新中" : "連線已斷開"} ${status}`;
}

/** @type {ReturnType<typeof useWebSocket>} */
let hook;
/** A component that hands out what the hook gives, and writes down what it receives. @param {{got?: any[], options?: {}}} props */
function Probe({ got = [], options }) {
  hook = useWebSocket({ onMessage: (message) => got.push(message), ...options });
  return null;
}

test("the guide's component shows the connection and the order that it subscribes to, over every reconnect", async () => {
  const { server, pass, show } = page();
  const root = await show(h(StrictMode, null, h(OrderTracking, { orderId: "1" })));
  assert.equal(root.toJSON(), "即時更新中 ?");
  assert.equal(server.last.url.href, "wss://example.test/api?format=flat&token=t1");
  const first = server.publish(["order:1"]);
  await pass();
  assert.equal(root.toJSON(), `即時更新中 ${first}`);
  await act(async () => server.last.drop());
  assert.equal(root.toJSON(), `連線已斷開 ${first}`);
  const missed = server.publish(["order:1"]);
  await pass(1000);
  assert.equal(root.toJSON(), `即時更新中 ${missed}`);
  await root.unmount();
  assert.equal(server.open.size, 0);
});

test("many components share one connection; it ends with the last, and a page that follows has it again", async () => {
  const { server, pass, show } = page();
  const many = (/** @type {number} */ count) => h(Fragment, null, ...Array.from({ length: count }, (_, key) => h(OrderTracking, { key, orderId: String(key) })));
  const root = await show(many(8));
  await root.update(many(1));
  await pass(1000);
  await root.update(h(Probe));
  await pass(1000);
  assert.equal(server.tried.length, 1);
  await root.unmount();
  assert.equal(server.open.size, 0);
});

test("messages come as the server sends them: the welcome, events of the channels watched from the start, answers", async () => {
  const { server, pass, show } = page();
  /** @type {any[]} */
  const got = [];
  const root = await show(h(Probe, { got }));
  assert.equal(got[0].type, "connected");
  const id = server.publish(["orders", "system"]);
  await pass();
  assert.deepEqual(got.slice(1).map((message) => message.id), [id], "once, though it is in two channels");
  assert.equal(hook.lastMessage.id, id);
  hook.sendMessage({ type: "order_update", order_id: "1", status: "delivering", ref: "mine" });
  await pass();
  assert.deepEqual(got.at(-1), { type: "order_update_accepted", ref: "mine" });
  server.refuses = { order_update: "illegal_transition" };
  hook.sendMessage({ type: "order_update", order_id: "1", status: "delivering" });
  await pass();
  assert.deepEqual(got.at(-1), { type: "error", code: "illegal_transition", message: "no" });
  await root.unmount();
});

test("what cannot be sent is answered with an error", async () => {
  const { server, pass, show } = page();
  /** @type {any[]} */
  const got = [];
  const root = await show(h(Probe, { got }));
  await act(async () => server.last.drop());
  hook.sendMessage({ type: "order_update", order_id: "1", status: "delivering" });
  await pass();
  assert.equal(got.at(-1).code, "not_connected");
  await root.unmount();
});

test("a position is sent with what is known of it", async () => {
  const { server, pass, show } = page();
  const root = await show(h(Probe));
  hook.sendLocation(25.03, 121.56, { speed: null, heading: -1, accuracy: 10 });
  hook.sendLocation(25.03, 121.56);
  await pass();
  const { fromClient } = server.last;
  assert.deepEqual(fromClient.map(({ ref, ...message }) => message), [
    { type: "location_update", latitude: 25.03, longitude: 121.56, accuracy: 10 },
    { type: "location_update", latitude: 25.03, longitude: 121.56 },
  ]);
  await root.unmount();
});

test("`subscribe`, `unsubscribe` and `heartbeat` may be sent as messages, as the guide does", async () => {
  const { server, pass, show } = page();
  /** @type {any[]} */
  const got = [];
  const root = await show(h(Probe, { got }));
  hook.sendMessage({ type: "heartbeat" });
  hook.sendMessage({ type: "subscribe", channel: "order:1" });
  await pass();
  const id = server.publish(["order:1"]);
  await pass();
  hook.sendMessage({ type: "unsubscribe", channel: "order:1" });
  server.publish(["order:1"]);
  await pass();
  assert.deepEqual(got.slice(1).map((message) => message.id), [id]);
  assert.deepEqual(server.last.saidOf("heartbeat"), []);
  await root.unmount();
});

test("a refused channel comes as a message", async () => {
  const { server, pass, show } = page();
  /** @type {any[]} */
  const got = [];
  const root = await show(h(Probe, { got }));
  server.refusesMessage = ({ channel }) => (channel === "order:9" ? "channel_forbidden" : undefined);
  hook.subscribe("order:9");
  await pass();
  assert.deepEqual(got.at(-1), { type: "unsubscribed", channel: "order:9", code: "channel_forbidden" });
  await root.unmount();
});

test("a message that waited for the user is shown once and marked; one whose handler throws is not marked", async () => {
  const { server, errors, pass, show } = page();
  server.seen.set("user:7", 0);
  const waited = server.publish(["user:7"]);
  /** @type {any[]} */
  const got = [];
  const root = await show(h(Probe, { got }));
  await pass(2000);
  assert.deepEqual(got.slice(1).map((message) => message.id), [waited]);
  assert.equal(server.seen.get("user:7"), 1);
  const broken = () => {
    throw new Error("mine");
  };
  await root.update(h(Probe, { options: { onMessage: broken } }));
  server.publish(["user:7"]);
  await pass(2000);
  assert.equal(server.seen.get("user:7"), 1);
  assert.equal(errors.length, 1);
  await root.unmount();
});

test("`disconnect` is for one component, and `connect` brings it back", async () => {
  const { server, pass, show } = page();
  const root = await show(h(Fragment, null, h(OrderTracking, { orderId: "1" }), h(Probe)));
  await act(async () => hook.disconnect());
  await pass();
  assert.equal(hook.isConnected, false);
  assert.equal(server.open.size, 1);
  await act(async () => hook.connect());
  await pass();
  assert.equal(hook.isConnected, true);
  assert.equal(server.tried.length, 1);
  await root.unmount();
});

test("without `autoReconnect` a lost connection stays lost until `connect`", async () => {
  const { server, pass, show } = page();
  const root = await show(h(Probe, { options: { autoReconnect: false } }));
  await act(async () => server.last.drop());
  await pass(60_000);
  assert.equal(server.tried.length, 1);
  await act(async () => hook.connect());
  await pass();
  assert.equal(hook.isConnected, true);
  await root.unmount();
});

test("where WebSockets are blocked, the hook polls and is connected", async () => {
  const { server, pass, show } = page();
  server.admits = () => false;
  const root = await show(h(OrderTracking, { orderId: "1" }));
  await pass(10_000);
  const id = server.publish(["order:1"]);
  await pass(5000);
  assert.equal(root.toJSON(), `即時更新中 ${id}`);
  await root.unmount();
});

test("on a server nothing connects", () => {
  const { server } = page();
  assert.equal(renderToString(h(OrderTracking, { orderId: "1" })), "連線已斷開 ?");
  assert.deepEqual(server.tried, []);
});

test("the simple hook follows its VITE_WS_URL with a display token, and hands each event to the handler", async () => {
  const token = "display_0123456789abcdefghij";
  const { server, pass, show } = page({ url: `wss://example.test/display/${token}`, token: undefined });
  server.channels = ["orders", "routes", "drivers"];
  /** @type {any[]} */
  const got = [];
  /** @type {ReturnType<typeof useSimpleWebSocket> | undefined} */
  let socket;
  const Board = () => ((socket = useSimpleWebSocket((event) => got.push(event))), null);
  const root = await show(h(StrictMode, null, h(Board)));
  assert.equal(server.last.url.href, `wss://example.test/ws?format=standard&token=${token}`);
  assert.equal(socket?.readyState, 1);
  const id = server.publish(["orders"]);
  server.last.post([{ type: "driver_location", id: "p1", data: { driver_id: "7" }, timestamp: "" }]);
  await pass();
  assert.deepEqual(got.map((event) => event.id ?? event.type), ["connected", id, "p1"]);
  await act(async () => server.last.drop());
  assert.equal(socket?.readyState, 0);
  await pass(1000);
  socket?.send('{"type":"ping"}');
  await pass();
  assert.equal(server.last.saidOf("ping").length, 1);
  await root.unmount();
  assert.equal(server.open.size, 0);
});

test("without a token nothing can be configured", () => {
  assert.throws(() => configure({ url: "wss://example.test/api" }), TypeError);
});
