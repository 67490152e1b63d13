import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../chalicelib/static/console/shared/http.js";
import { Cart, orderable } from "../../../chalicelib/static/console/table/cart.js";
import { submitOrder } from "../../../chalicelib/static/console/table/submit-order.js";
import { isOpen, progressOf } from "../../../chalicelib/static/console/table/progress.js";

const RICE = { id: "rice", name: "滷肉飯", unit_price: "45", description: null, available: true };
const SOUP = { id: "soup", name: "貢丸湯", unit_price: "35.5", description: null, available: true };

/** @param {import("../../../chalicelib/static/console/table/cart.js").Dish[]} items */
function menu(...items) {
  return { currency: "TWD", open_now: true, opens_at: null, sections: [{ category: "飯", items: items.slice(0, 1) }, { category: null, items: items.slice(1) }] };
}

/** @returns {Storage} */
function storage() {
  const map = new Map();
  return /** @type {any} */ ({ getItem: (/** @type {string} */ key) => map.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => map.set(key, value), removeItem: (/** @type {string} */ key) => map.delete(key) });
}

test("a cart outlives a reload, and is empty for another guest", () => {
  const stored = storage();
  const cart = new Cart("guest-1", stored);
  cart.set(RICE, 2);
  cart.notes = "不要香菜";
  const again = new Cart("guest-1", stored);
  assert.equal(again.count("rice"), 2);
  assert.equal(again.notes, "不要香菜");
  const other = new Cart("guest-2", stored);
  assert.deepEqual([other.count("rice"), other.notes, other.sent], [0, "", undefined]);
});

test("a line is as the menu has it now, and what cannot be had is neither counted nor sent", () => {
  const cart = new Cart("guest", storage());
  cart.set(RICE, 2);
  cart.set(SOUP, 1);
  cart.set({ id: "tea", name: "紅茶", unit_price: "25" }, 3);
  const now = menu({ ...RICE, unit_price: "50" }, { ...SOUP, available: false });
  const lines = cart.lines(now);
  assert.deepEqual(lines.map(({ id, state, unit_price, before }) => [id, state, unit_price, before]), [
    ["rice", "there", "50", "45"], ["soup", "sold_out", "35.5", undefined], ["tea", "gone", "25", undefined],
  ]);
  assert.deepEqual(orderable(lines), { count: 2, amount: "100" });
  cart.seal(now, "key-1", 0);
  assert.deepEqual(cart.sent?.draft, { items: [{ menu_item_id: "rice", quantity: 2 }], expected_total: "100" });
});

test("sums are exact, and counts end at none and at fifty", () => {
  const cart = new Cart("guest", storage());
  cart.set(SOUP, 3);
  assert.equal(orderable(cart.lines(menu(RICE, SOUP))).amount, "106.5");
  cart.set(SOUP, 1000);
  assert.equal(cart.count("soup"), 50);
  cart.set(SOUP, -1);
  assert.deepEqual(cart.lines(menu(RICE, SOUP)), []);
});

/** @param {(ApiError | object)[]} answers */
function server(...answers) {
  /** @type {any[]} */
  const asked = [];
  const post = async (/** @type {string} */ _, /** @type {any} */ body, /** @type {any} */ { headers }) => {
    asked.push([headers["Idempotency-Key"], body]);
    const answer = answers.shift();
    if (answer instanceof ApiError) throw answer;
    return answer;
  };
  return { api: /** @type {any} */ ({ post }), asked };
}

test("what may have arrived is sent again under the same key with the same words, also after a reload", async () => {
  const stored = storage();
  const { api, asked } = server(new ApiError(0, { code: "network" }), new ApiError(502, {}), { id: "order" });
  const cart = new Cart("guest", stored);
  cart.set(RICE, 1);
  cart.seal(menu(RICE, SOUP), "key-1", 0);
  assert.deepEqual(await submitOrder(api, cart), {});
  const again = new Cart("guest", stored);
  assert.deepEqual(await submitOrder(api, again), {});
  assert.deepEqual(await submitOrder(api, again), { order: { id: "order" } });
  assert.equal(new Set(asked.map((each) => JSON.stringify(each))).size, 1);
  assert.deepEqual([again.sent, again.count("rice")], [undefined, 0]);
});

test("what was refused stays in the cart, to be put right", async () => {
  const { api } = server(new ApiError(422, { code: "sold_out" }));
  const cart = new Cart("guest", storage());
  cart.set(RICE, 1);
  cart.seal(menu(RICE, SOUP), "key-1", 0);
  const { refusal } = await submitOrder(api, cart);
  assert.equal(refusal?.code, "sold_out");
  assert.deepEqual([cart.sent, cart.count("rice")], [undefined, 1]);
});

test("an order's way is done, now and ahead; of one that is called off there is none", () => {
  const states = (/** @type {any} */ status) => progressOf(status).map(({ state }) => state);
  assert.deepEqual(states("pending"), ["ahead", "ahead", "ahead", "ahead"]);
  assert.deepEqual(states("preparing"), ["done", "now", "ahead", "ahead"]);
  assert.deepEqual(states("served"), ["done", "done", "done", "done"]);
  assert.deepEqual(states("completed"), ["done", "done", "done", "done"]);
  assert.deepEqual(states("cancelled"), []);
  assert.equal(isOpen({ status: "ready" }), true);
  assert.equal(isOpen({ status: "served" }), false);
});
