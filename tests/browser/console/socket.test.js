import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursors } from "../../../chalicelib/static/console/socket/cursors.js";
import { copied, Frames, matches, MOST_FRAMES, pretty } from "../../../chalicelib/static/console/socket/frames.js";
import { RawSocket } from "../../../chalicelib/static/console/socket/raw-socket.js";
import { examples, message, MESSAGES, NOTHING_SEEN, withRef } from "../../../chalicelib/static/console/socket/messages.js";

/** @param {Record<string, number>} cursors @param {{user?: string, epoch?: string}} [more] */
function welcome(cursors, { user = "U1", epoch = "E1" } = {}) {
  const channels = Object.keys(cursors);
  return { type: "connected", data: { user_id: user, channels, cursors, epochs: Object.fromEntries(channels.map((name) => [name, epoch])) } };
}

/** @param {number} n */
const event = (n, id = `O-${n}`) => ({ type: "order_updated", id, data: {}, cursors: { orders: n } });

/** @param {Cursors} cursors @param {unknown} message */
const types = (cursors, message) => cursors.received(message).map(({ type }) => type);

test("the next number is no news, a hole is, and so is what comes a second time", () => {
  const cursors = new Cursors();
  cursors.received(welcome({ orders: 5 }));
  assert.deepEqual(types(cursors, event(6)), ["cursor"]);
  assert.deepEqual(types(cursors, event(6)), ["repeat", "cursor"]);
  assert.deepEqual(cursors.received(event(9)), [
    { type: "gap", channel: "orders", n: 9, from: 7, to: 8 },
    { type: "cursor", channel: "orders", n: 9 },
  ]);
  assert.deepEqual(types(cursors, event(10)), ["cursor"], "the same gap is reported once");
  assert.deepEqual(types(cursors, event(8)), ["cursor"], "late, but wanted");
  assert.deepEqual(types(cursors, event(7)), ["cursor"]);
  assert.equal(cursors.channels.get("orders")?.cursor, 10);
});

test("an event in two channels that comes again in one of them is a repeat, and its number counts", () => {
  const cursors = new Cursors();
  cursors.received(welcome({ orders: 5, "order:1": 1 }));
  cursors.received({ type: "order_updated", id: "A", cursors: { orders: 6 } });
  assert.deepEqual(types(cursors, { type: "order_updated", id: "A", cursors: { "order:1": 2 } }), ["repeat", "cursor"]);
  assert.equal(cursors.channels.get("order:1")?.cursor, 2);
});

test("to ask from a number on makes what is replayed new, and the answer closes holes", () => {
  const cursors = new Cursors();
  cursors.received(welcome({ orders: 5 }));
  cursors.sent({ type: "subscribe", channel: "orders", since: 2, epoch: "E1" });
  assert.deepEqual(types(cursors, event(3)), ["cursor"]);
  assert.deepEqual(types(cursors, event(5)), ["cursor"], "the welcome has reported 5 numbers");
  assert.deepEqual(types(cursors, { type: "subscribed", channel: "orders", cursor: 5, epoch: "E1", recovered: true }), []);
  assert.equal(cursors.channels.get("orders")?.cursor, 5);
});

test("what cannot be recovered is lost; without since that says nothing", () => {
  const cursors = new Cursors();
  const answer = { type: "subscribed", channel: "orders", cursor: 900, epoch: "E1", recovered: false };
  assert.deepEqual(types(cursors, answer), []);
  cursors.sent({ type: "subscribe", channel: "orders", since: 1 });
  assert.deepEqual(types(cursors, answer), ["lost"]);
  assert.equal(cursors.channels.get("orders")?.cursor, 900);
});

test("a heartbeat, and the welcome of the next connection, tell what was missed", () => {
  const cursors = new Cursors();
  cursors.received(welcome({ orders: 5 }));
  assert.deepEqual(cursors.received({ type: "heartbeat", cursors: { orders: 7 } }), [{ type: "behind", channel: "orders", n: 7 }]);
  cursors.ended();
  assert.equal(cursors.channels.get("orders")?.watched, false);
  cursors.received(welcome({ orders: 9 }));
  assert.deepEqual({ ...cursors.channels.get("orders"), ahead: 0 }, { cursor: 5, head: 9, epoch: "E1", watched: true, ahead: 0 });
  cursors.received(welcome({ orders: 2 }, { epoch: "E2" }));
  assert.equal(cursors.channels.get("orders")?.cursor, 2, "another log");
  cursors.received(welcome({ system: 1 }, { user: "U2" }));
  assert.deepEqual([...cursors.channels.keys()], ["system"], "another user");
});

test("an event may come before the welcome", () => {
  const cursors = new Cursors();
  cursors.received(event(6));
  cursors.received(welcome({ orders: 5 }));
  assert.deepEqual(types(cursors, event(7)), ["cursor"]);
});

test("whatever is received is taken", () => {
  const cursors = new Cursors();
  for (const odd of [null, 7, "x", [], {}, { cursors: 3 }, { cursors: { a: "b" } }, { channels: [] }, { type: "subscribed" }]) cursors.received(odd);
  for (const odd of [null, [], { type: "subscribe" }, { type: "subscribe", channel: 3, since: "x" }]) cursors.sent(odd);
});

test("a thousand frames are stored, with no token in them", () => {
  const frames = new Frames();
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_";
  const frame = frames.add("sent", `{"type":"authenticate","token":"${token}"}`, { at: 0 });
  assert.ok(!(frame.text + pretty(frame) + copied([frame])).includes(token));
  assert.ok(frame.bytes > token.length, "the size is that of what was sent");
  for (let n = 0; n < MOST_FRAMES; n++) frames.add("received", "{}");
  assert.equal(frames.all.length, MOST_FRAMES);
  assert.equal(frames.all.at(-1)?.n, MOST_FRAMES + 1);
});

test("an answer is recognised by its ref, with the time that it took", () => {
  const frames = new Frames();
  frames.add("sent", '{"type":"ping","ref":1}', { at: 100 });
  assert.equal(frames.add("received", '{"type":"pong","ref":1}', { at: 142 }).took, 42);
  assert.equal(frames.add("received", '{"type":"pong","ref":1}', { at: 150 }).took, undefined);
  assert.deepEqual([frames.add("received", "{no").type, frames.add("note", "open").type, frames.add("received", '"é"').bytes], ["?", "", 4]);
  assert.deepEqual(frames.types(), ["?", "ping", "pong"]);
  assert.deepEqual(frames.all.map((each) => matches(each, "-")), [false, false, false, true, true, true]);
});

test("forms make what they hold, wrong values too, and leave out what is empty", () => {
  assert.deepEqual(message("subscribe", { channel: "orders", since: "3", epoch: "" }, 1), { type: "subscribe", channel: "orders", since: 3, ref: 1 });
  assert.deepEqual(message("subscribe", { channel: "", since: "three" }, undefined), { type: "subscribe", channel: "", since: "three" });
  assert.equal(withRef('{ "type": "x", "ref": 1, nonsense', 12), '{ "type": "x", "ref": 12, nonsense');
  for (const type of Object.keys(MESSAGES)) assert.equal(message(type, examples(type, { ...NOTHING_SEEN, now: "now" }), 1).type, type);
});

test("a refused handshake is distinguished from a connection that ended", () => {
  class Fake {
    /** @type {(() => void) | undefined} */ onopen;
    /** @type {((event: any) => void) | undefined} */ onclose;
    /** @param {string} url */
    constructor(url) {
      opened.push([url, this]);
    }
    close() {}
  }
  /** @type {[string, Fake][]} */
  const opened = [];
  /** @type {string[]} */
  const states = [];
  const line = new RawSocket({ received: () => {}, changed: () => states.push(line.state) }, /** @type {any} */ (Fake));
  line.open("ws://a");
  line.open("ws://b");
  assert.equal(opened.length, 1);
  opened[0]?.[1].onclose?.({ code: 1006, reason: "" });
  assert.deepEqual(line.end, { refused: true, code: 1006, reason: "" });
  line.open("ws://c");
  opened[1]?.[1].onopen?.();
  opened[1]?.[1].onclose?.({ code: 1000, reason: "bye" });
  assert.deepEqual(line.end, { refused: false, code: 1000, reason: "bye" });
  line.open("ws://d");
  line.close();
  opened[2]?.[1].onclose?.({ code: 1006, reason: "" });
  assert.equal(line.end?.refused, false, "we left");
  assert.deepEqual(states, ["connecting", "closed", "connecting", "open", "closed", "connecting", "closing", "closed"]);
});
