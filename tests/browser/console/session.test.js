/**
 * Tabs that share a session, with Node's own BroadcastChannel and locks, and a server whose refresh tokens work once.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Api } from "../../../chalicelib/static/console/shared/api.js";
import { Session } from "../../../chalicelib/static/console/shared/session.js";

/** @type {BroadcastChannel[]} */
let channels = [];
/** @type {Session[]} */
let sessions = [];
let server = fakeServer();

beforeEach(() => {
  server = fakeServer();
  globalThis.fetch = /** @type {any} */ (server.fetch);
});

afterEach(async () => {
  for (const session of sessions) session.end();
  await settled();
  for (const channel of channels) channel.close();
  channels = [];
  sessions = [];
});

/** The API's sign-in: one session, whose refresh token must be the newest, and access tokens that can be made to end. */
function fakeServer() {
  let turn = 0;
  const self = {
    revoked: false,
    refreshes: 0,
    /** @type {string[]} */
    asked: [],
    /** @type {Set<string>} */
    over: new Set(),
    away: false,
    /** Whether answers to refreshes are lost on their way. */
    loses: false,
    /** Whether requests get no answer at all. */
    hangs: false,
    hanging: false,
    /** With which key the last refresh token was used up. @type {string | undefined} */
    key: undefined,
    /** Whose the sign-in is, where it says so: the function of the version before does not. @type {{id: string} | undefined} */
    user: undefined,
    /** Names this browser as a known device of its user. @type {string | undefined} */
    device: undefined,
    /** The device of each sign-in. @type {(string | undefined)[]} */
    devices: [],
    knowsDevices: true,
    pair: () => ({ access_token: `a${turn}`, refresh_token: `s1.r${turn}`, expires_in: 3600 }),
    /**
     * @param {string} url
     * @param {{headers: Record<string, string>, body?: string, signal: AbortSignal}} request
     */
    fetch: async (url, { headers, body = "{}", signal }) => {
      await settled();
      if (self.hangs) self.hanging = true;
      if (self.hangs) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      if (self.away) throw new TypeError("fetch failed");
      const sent = JSON.parse(body);
      self.asked.push(url);
      if (url.endsWith("/login")) {
        self.devices.push(sent.device);
        if (sent.device && !self.knowsDevices) return answer(422, { code: "invalid", errors: [{ field: "device" }] });
        return answer(200, { ...self.pair(), user: self.user, device: self.device });
      }
      if (url.endsWith("/refresh")) {
        self.refreshes++;
        const again = sent.refresh_token === `s1.r${turn - 1}` && sent.retry_key === self.key;
        if (!again && sent.refresh_token !== `s1.r${turn}`) self.revoked = true;
        if (self.revoked) return answer(401, { code: "refresh_token_reused" });
        if (!again) turn++;
        self.key = sent.retry_key;
        if (self.loses) throw new TypeError("fetch failed");
        return answer(200, self.pair());
      }
      const token = headers.Authorization?.slice(7) ?? "";
      if (self.revoked || self.over.has(token)) return answer(401, { code: "token_expired" });
      return answer(200, { id: "u1", token });
    },
  };
  return self;
}

/** @param {number} status @param {unknown} content */
function answer(status, content) {
  return new Response(JSON.stringify(content), { status });
}

/** Messages between tabs take a moment of their own. */
function settled() {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** @param {Map<string, string>} values */
function storageOf(values) {
  return /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => values.set(key, value),
    removeItem: (/** @type {string} */ key) => values.delete(key),
  }));
}

/**
 * A tab with its own storage.
 *
 * @param {Record<string, string>} [stored] what a duplicated tab brings along
 * @param {Map<string, string>} [inBrowser] what all tabs of a browser share
 */
function tab(stored = {}, inBrowser = new Map()) {
  const values = new Map(Object.entries(stored));
  const [storage, browser] = [storageOf(values), storageOf(inBrowser)];
  const channel = new BroadcastChannel("luckygas.session.test");
  channels.push(channel);
  const session = new Session("", { storage, browser, tabs: { channel: /** @type {any} */ (channel) }, refreshMs: 100 });
  sessions.push(session);
  return { session, stored: () => Object.fromEntries(values) };
}

/** What a tab has stored, once its access token has ended. @param {Record<string, string>} stored */
function ended(stored) {
  const tokens = JSON.parse(stored["luckygas.session"] ?? "{}");
  return { "luckygas.session": JSON.stringify({ ...tokens, expires_at: 0 }) };
}

/** @param {{stored(): Record<string, string>}} of */
function newest({ stored }) {
  return JSON.parse(stored()["luckygas.session"] ?? "{}").refresh_token;
}

async function signedIn() {
  const first = tab();
  await first.session.signIn("x", "y");
  await settled();
  return first;
}

test("who signs in is known", async () => {
  const { session } = await signedIn();
  assert.equal(session.me?.id, "u1");
});

test("a sign-in that says whose it is takes one request", async () => {
  server.user = { id: "u2" };
  const { session, stored } = await signedIn();
  assert.equal(session.me?.id, "u2");
  assert.deepEqual(server.asked, ["/v1/auth/login"]);
  server.away = true;
  const again = tab(stored());
  await again.session.start();
  assert.equal(again.session.me?.id, "u2", "a reload knows it as well");
});

test("a browser is a known device of its user from the first sign-in on, also after a sign-out", async () => {
  const browser = new Map();
  server.device = "d1";
  const first = tab({}, browser);
  await first.session.signIn("x", "y");
  first.session.end();
  server.device = "d2";
  const second = tab({}, browser);
  await second.session.signIn("x", "y");
  await second.session.signIn("x", "y");
  assert.deepEqual(server.devices, [undefined, "d1", "d2"]);
});

test("a function of the version before, which knows no devices, still signs in", async () => {
  server.knowsDevices = false;
  const { session } = tab({}, new Map([["luckygas.device", "d1"]]));
  await session.signIn("x", "y");
  assert.equal(session.me?.id, "u1");
  assert.deepEqual(server.devices, ["d1", undefined]);
});

test("a reload goes on with the session, and uses up no refresh token", async () => {
  const { session, stored } = await signedIn();
  const storage = stored();
  await session.signOut();
  const again = tab(storage);
  await again.session.start();
  assert.equal(again.session.me?.id, "u1");
  assert.equal(server.refreshes, 0);
});

test("a reload without a network goes on with who it was and what is remembered, a new tab does not", async () => {
  const { session, stored } = await signedIn();
  session.remember("day", { stops: 3 });
  server.away = true;
  const again = tab(stored());
  await again.session.start();
  assert.equal(again.session.me?.id, "u1");
  assert.deepEqual(again.session.recall("day"), { stops: 3 });
  const other = tab();
  await assert.rejects(other.session.start(), { code: "network" });
});

test("a reload that is refused remembers nothing, and neither does a tab that has signed out", async () => {
  const { session, stored } = await signedIn();
  session.remember("day", { stops: 3 });
  server.revoked = true;
  const again = tab(stored());
  await again.session.start();
  assert.equal(again.session.me, undefined);
  assert.equal(again.session.recall("day"), undefined);
  session.end();
  assert.deepEqual(stored(), {});
});

test("a refresh that is refused after a sign-out does not end the next sign-in, nor draw its form anew", async () => {
  const { session } = await signedIn();
  server.revoked = true;
  let changes = 0;
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ url, /** @type {any} */ request) => {
      if (url.endsWith("/refresh")) {
        await session.signOut();
        session.onChange(() => changes++);
      }
      return server.fetch(url, request);
    }
  );
  await assert.rejects(session.token({ renew: true }), { status: 401 });
  assert.equal(changes, 0);
  assert.equal(session.reason, undefined);
});

test("a reload after an hour refreshes once", async () => {
  const alone = tab(ended({ "luckygas.session": JSON.stringify({ ...server.pair(), expires_at: 0, turn: 0 }) }));
  await alone.session.start();
  assert.equal(server.refreshes, 1);
  assert.equal(newest(alone), "s1.r1");
});

test("everybody who wants a token at once gets the same refresh", async () => {
  const { session } = await signedIn();
  const tokens = await Promise.all([1, 2, 3].map(() => session.token({ renew: true })));
  assert.deepEqual(tokens, ["a1", "a1", "a1"]);
  assert.equal(server.refreshes, 1);
});

test("a new tab goes on with the session of the others, without a refresh", async () => {
  await signedIn();
  const second = tab();
  await second.session.start();
  assert.equal(second.session.me?.id, "u1");
  assert.equal(server.refreshes, 0);
});

test("tabs that refresh at once do not use a refresh token twice", async () => {
  const first = await signedIn();
  // A duplicated tab has the same refresh token.
  const others = [tab(ended(first.stored())), tab(ended(first.stored())), tab()];
  await Promise.all(others.map(({ session }) => session.start()));
  await settled();
  const all = [first, ...others];
  for (let round = 0; round < 5; round++) {
    await Promise.all(all.map(({ session }) => session.token({ renew: true })));
    await settled();
  }
  assert.equal(server.revoked, false);
  assert.equal(new Set(all.map(newest)).size, 1, "all have the newest");
  assert.ok(server.refreshes >= 5);
});

test("a tab that comes back after others have refreshed asks them first", async () => {
  const first = await signedIn();
  const asleep = ended(first.stored());
  await first.session.token({ renew: true });
  const back = tab(asleep);
  await back.session.start();
  assert.equal(server.revoked, false);
  assert.equal(server.refreshes, 1);
  assert.equal(await back.session.token(), "a1");
});

test("signing out ends it in all tabs", async () => {
  const first = await signedIn();
  const second = tab();
  await second.session.start();
  let calls = 0;
  second.session.onChange(() => calls++);
  await first.session.signOut();
  await settled();
  assert.equal(second.session.me, undefined);
  assert.deepEqual([first.stored(), second.stored()], [{}, {}]);
  assert.equal(calls, 1);
});

test("a session that the server has ended is over, with its reason", async () => {
  const { session } = await signedIn();
  server.revoked = true;
  await assert.rejects(session.token({ renew: true }), { status: 401, code: "refresh_token_reused" });
  assert.equal(session.me, undefined);
  assert.equal(session.reason, "refresh_token_reused");
});

test("without a network no user is signed out", async () => {
  const first = await signedIn();
  server.away = true;
  await assert.rejects(first.session.token({ renew: true }), { status: 0, code: "network" });
  assert.equal(first.session.me?.id, "u1");
  server.away = false;
  assert.equal(await first.session.token({ renew: true }), "a1");
});

test("a refresh whose answer is lost is asked again as the same, also after a reload", async () => {
  const { session, stored } = await signedIn();
  server.loses = true;
  await assert.rejects(session.token({ renew: true }), { code: "network" });
  const impatient = tab(stored());
  await impatient.session.start();
  await assert.rejects(impatient.session.token({ renew: true }), { code: "network" });
  server.loses = false;
  assert.equal(await impatient.session.token({ renew: true }), "a1");
  assert.equal(server.revoked, false);
  assert.equal(await impatient.session.token({ renew: true }), "a2", "with a new key");
  assert.equal(server.revoked, false);
});

test("a tab that is closed while it refreshes leaves the others able to ask again", async () => {
  const first = await signedIn();
  const second = tab();
  await second.session.start();
  server.loses = true;
  await assert.rejects(first.session.token({ renew: true }), { code: "network" });
  await settled();
  assert.equal(JSON.parse(second.stored()["luckygas.session"] ?? "{}").retry_key, server.key, "they know its key before it is sent");
  server.loses = false;
  assert.equal(await second.session.token({ renew: true }), "a1");
  assert.equal(server.revoked, false);
});

test("a refresh that hangs holds up the other tabs for a while only, and signs no user out", async () => {
  const { session } = await signedIn();
  const second = tab();
  await second.session.start();
  server.hangs = true;
  const hanging = assert.rejects(session.token({ renew: true }), { status: 0, code: "network" });
  while (!server.hanging) await settled();
  server.hangs = false;
  assert.equal(await second.session.token({ renew: true }), "a1");
  await hanging;
  assert.equal(session.me?.id, "u1");
  assert.equal(server.revoked, false);
});

test("a request that is refused for its token is repeated with a fresh one, once", async () => {
  const { session } = await signedIn();
  const api = new Api("", session);
  server.over.add("a0");
  assert.equal((await api.get("/v1/orders", { query: { status: "pending", date: "", limit: 5 } })).token, "a1");
  assert.deepEqual(server.asked.slice(-3), ["/v1/orders?status=pending&limit=5", "/v1/auth/refresh", "/v1/orders?status=pending&limit=5"]);
  server.over.add("a1").add("a2");
  await assert.rejects(api.get("/v1/orders"), { status: 401 });
});
