import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { GuestSession } from "../../../chalicelib/static/console/shared/guest-session.js";
import { TableSession } from "../../../chalicelib/static/console/table/table-session.js";

/** @type {BroadcastChannel[]} */
let channels = [];
/** @type {string[]} Names of the locks that are held. */
let held = [];
/** @type {(string | undefined)[]} What each new token was asked for with. */
let earlier = [];

beforeEach(() => {
  held = [];
  earlier = [];
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ _, /** @type {{body: string}} */ { body }) => {
      earlier.push(JSON.parse(body).access_token);
      return new Response(JSON.stringify({ access_token: `token-${earlier.length}`, expires_in: 3600 }), { status: 200 });
    }
  );
});

afterEach(() => {
  for (const channel of channels) channel.close();
  channels = [];
});

/** A tab, which a camera has opened. @param {Record<string, string>} [stored] */
function tab(stored = {}) {
  const channel = new BroadcastChannel("luckygas.guest");
  channels.push(channel);
  const locks = /** @type {any} */ ({ query: async () => ({ held: held.map((name) => ({ name })) }), request: (/** @type {string} */ name) => held.push(name) });
  const storage = /** @type {any} */ ({ getItem: (/** @type {string} */ key) => stored[key] ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => (stored[key] = value) });
  return { stored, session: new GuestSession("", { path: "/v1/guests/table", code: { qr: "x" } }, { visit: new TableSession({ channel, locks }), storage }) };
}

test("a guest who scans again in another tab is the same guest, and the first one is new", async () => {
  const first = tab();
  await first.session.open();
  await tab().session.open();
  assert.deepEqual(earlier, [undefined, "token-1"]);
});

test("a tab that was reloaded can be asked before it has asked for anything", async () => {
  const { session, stored } = tab();
  await session.open();
  for (const channel of channels) channel.close();
  held = [];
  tab(stored);
  await tab().session.open();
  assert.deepEqual(earlier, [undefined, "token-1"]);
});

test("a tab that is asleep is not waited for for long", async () => {
  held = ["luckygas.guest"];
  const began = Date.now();
  await tab().session.open();
  assert.deepEqual(earlier, [undefined]);
  assert.ok(Date.now() - began < 2000);
});

test("the order that comes with a token is not stored with it", async () => {
  const { session, stored } = tab();
  globalThis.fetch = /** @type {any} */ (async () => new Response(JSON.stringify({ access_token: "t", expires_in: 3600, order: { id: "01J" }, cursors: { "order:01J": 4 }, epochs: {} })));
  const { order, cursors } = await session.open();
  assert.deepEqual([order?.id, cursors], ["01J", { "order:01J": 4 }]);
  assert.deepEqual(JSON.parse(stored["luckygas.guest"] ?? "").admission, { access_token: "t", expires_in: 3600 });
  assert.equal((await session.open()).order, undefined, "it may be older than what is shown");
});
