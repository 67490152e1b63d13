import assert from "node:assert/strict";
import { test } from "node:test";
import { act, createElement as h, StrictMode, useState } from "react";
import { renderToString } from "react-dom/server";
import renderer from "react-test-renderer";
import { useRealtime } from "../../../chalicelib/static/realtime/react.js";
import { list, world } from "./world.js";

// React's own switches: updates go through act(), and the renderer does not tell us to use another.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true, IS_REACT_NATIVE_TEST_ENVIRONMENT: true });

/**
 * A component that shows the state and the ids that it was received.
 *
 * @param {ReturnType<typeof world>} it
 */
function boardOf({ realtime, server }) {
  let loads = 0;
  /** @param {{channels: string | string[], prefix?: string}} props */
  function Board({ channels, prefix = "" }) {
    const [shown, setShown] = useState(/** @type {string[]} */ ([]));
    const state = useRealtime(realtime, channels, {
      onEvent: (event) => setShown((before) => [...before, prefix + event.id]),
      onReload: (channel) => (loads++, setShown([]), list(server, channel)),
    });
    return [state, ...shown].join(" ");
  }
  return { Board, loads: () => loads };
}

test("a component shows the state and what its channels tell, while it is there", async () => {
  const it = world();
  const { Board, loads } = boardOf(it);
  const pass = (/** @type {number} */ ms = 0) => act(() => it.clock.advance(ms));
  const root = await act(async () => renderer.create(h(StrictMode, null, h(Board, { channels: ["orders", "order:1"] }))));
  assert.equal(root.toJSON(), "idle");
  await act(() => it.live());
  assert.equal(root.toJSON(), "live");
  const both = it.server.publish(["orders", "order:1"]);
  await pass();
  assert.equal(root.toJSON(), `live ${both}`);
  await act(async () => it.server.last.drop());
  assert.equal(root.toJSON(), `offline ${both}`);
  const missed = it.server.publish(["orders"]);
  await pass(1000);
  assert.equal(root.toJSON(), `live ${both} ${missed}`);
  const before = loads();
  await act(async () => root.update(h(StrictMode, null, h(Board, { channels: ["orders", "order:1"], prefix: "new-" }))));
  const next = it.server.publish(["orders"]);
  await pass();
  assert.equal(root.toJSON(), `live ${both} ${missed} new-${next}`, "the newest handlers are called");
  assert.equal(loads(), before, "and nothing is loaded for a render");
  await act(async () => root.unmount());
  await pass(10_000);
  assert.deepEqual(it.server.last.saidOf("unsubscribe").map(({ channel }) => channel).sort(), ["order:1", "orders"]);
});

test("other channels are listened to when they change", async () => {
  const it = world();
  const { Board } = boardOf(it);
  await it.live();
  const root = await act(async () => renderer.create(h(Board, { channels: "order:1" })));
  await act(async () => root.update(h(Board, { channels: "order:2" })));
  await act(() => it.clock.advance());
  it.server.publish(["order:1"]);
  const id = it.server.publish(["order:2"]);
  await act(() => it.clock.advance());
  assert.equal(root.toJSON(), `live ${id}`);
});

test("on a server, where nothing connects, a component is idle", async () => {
  const { Board } = boardOf(world());
  assert.equal(renderToString(h(Board, { channels: "orders" })), "idle");
});

test("renders do not subscribe to the state anew", async () => {
  const it = world();
  const { Board } = boardOf(it);
  await it.live();
  let subscribed = 0;
  const onState = it.realtime.onState.bind(it.realtime);
  it.realtime.onState = (listener) => (subscribed++, onState(listener));
  const root = await act(async () => renderer.create(h(Board, { channels: "orders" })));
  for (const prefix of ["a", "b", "c"]) await act(async () => root.update(h(Board, { channels: "orders", prefix })));
  assert.equal(subscribed, 1);
});
