import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelLog } from "../../../chalicelib/static/realtime/log.js";

const event = { type: "order_created", id: "a", timestamp: "" };

test("a replay is requested again if a list that ends before it is loaded during the request", () => {
  /** @type {number[]} */
  const delivered = [];
  const log = new ChannelLog((number) => delivered.push(number));
  log.start(0, "e1");
  log.ask();
  log.take(1, event);
  // The listener was still loading its list: it did not show the event, and the list does not contain it.
  log.start(0, "e1");
  assert.equal(log.answered({ cursor: 1, epoch: "e1", recovered: true }), "stale");
  assert.deepEqual(log.ask(), { since: 0, epoch: "e1" });
  log.take(1, event);
  assert.equal(log.answered({ cursor: 1, epoch: "e1", recovered: true }), "whole");
  assert.deepEqual(delivered, [1, 1]);
});
