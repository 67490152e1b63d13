import assert from "node:assert/strict";
import { test } from "node:test";
import { world } from "./world.js";

/** A session as a frontend has one: tokens that are numbered, until it has ended. */
function session() {
  let number = 1;
  /** @type {boolean[]} */
  const asked = [];
  const self = {
    asked,
    /** @type {unknown} */
    error: undefined,
    token: async (/** @type {{renew: boolean}} */ { renew }) => {
      asked.push(renew);
      if (self.error) throw self.error;
      return `t${renew ? ++number : number}`;
    },
  };
  return self;
}

test("the token is renewed on the open connection before it ends, again and again", async () => {
  const { token, asked } = session();
  const { server, clock, live, states } = world({ token });
  await live();
  await clock.advance(3_440_000);
  assert.equal(server.last.saidOf("authenticate").length, 0);
  await clock.advance(80_000);
  assert.deepEqual(server.last.saidOf("authenticate").map(({ token }) => token), ["t2"]);
  await clock.advance(3_600_000);
  assert.deepEqual(server.last.saidOf("authenticate").map(({ token }) => token), ["t2", "t3"]);
  assert.deepEqual(states, ["connecting", "live"]);
  assert.deepEqual(asked, [false, true, true]);
});

test("how long a token lasts is counted by the server's clock, whatever the device's clock shows", async () => {
  const { token } = session();
  const { server, clock, live } = world({ token });
  const wire = server.wire.bind(server);
  server.wire = (seconds = 0) => wire(seconds - 86_400);
  await live();
  await clock.advance(3_440_000);
  assert.equal(server.last.saidOf("authenticate").length, 0);
  await clock.advance(80_000);
  assert.equal(server.last.saidOf("authenticate").length, 1);
});

test("a refresh that does not get through is tried again in time", async () => {
  const source = session();
  const { server, clock, live } = world({ token: source.token });
  await live();
  source.error = new TypeError("fetch failed");
  await clock.advance(3_520_000);
  source.error = undefined;
  await clock.advance(60_000);
  assert.equal(server.last.saidOf("authenticate").length, 1);
});

test("a token that never comes is asked for again: at a reconnect, and for the open connection", async () => {
  let asked = 0;
  let hangs = false;
  const token = () => (asked++, hangs ? new Promise(() => {}) : `t${asked}`);
  const { server, realtime, clock, live } = world({ token: /** @type {any} */ (token) });
  await live(1000);
  hangs = true;
  server.last.drop();
  await clock.advance(120_000);
  assert.ok(asked >= 4 && asked <= 8, `asked ${asked} times`);
  assert.equal(realtime.state, "offline");
  hangs = false;
  await clock.advance(60_000);
  assert.equal(realtime.state, "live");
  hangs = true;
  await clock.advance(3_500_000);
  assert.equal(server.last.saidOf("authenticate").length, 0);
  hangs = false;
  await clock.advance(60_000);
  assert.equal(server.last.saidOf("authenticate").length, 1);
  assert.equal(realtime.state, "live");
});

test("a token that comes after its time opens no second connection", async () => {
  /** @type {((token: string) => void)[]} */
  const owed = [];
  const { server, clock, live } = world({ token: () => new Promise((resolve) => owed.push(resolve)) });
  await live(21_000);
  owed[0]?.("late");
  await clock.advance();
  owed[1]?.("t1");
  await clock.advance(60_000);
  assert.deepEqual(server.tried.map(({ url }) => url.searchParams.get("token")), ["t1"]);
});

test("a session that has ended is reported when its token cannot be renewed", async () => {
  const source = session();
  const { server, clock, live, states } = world({ token: source.token });
  await live();
  source.error = Object.assign(new Error("over"), { status: 401, code: "session_revoked" });
  await clock.advance(3_600_000);
  assert.deepEqual(states, ["connecting", "live", "signed_out:session_revoked"]);
  assert.equal(server.open.size, 0);
});

test("a token that the server does not take on the open connection makes it connect with another", async () => {
  const { token } = session();
  const { server, clock, live, states } = world({ token });
  await live();
  server.refuses = { authenticate: "token_outdated" };
  await clock.advance(3_560_000);
  assert.deepEqual(states, ["connecting", "live", "offline:token_outdated", "live"]);
  assert.equal(server.last.url.searchParams.get("token"), "t3");
});

test("a refused handshake, which looks like any other failure, has a fresh token tried once", async () => {
  const { token, asked } = session();
  const { server, clock, live, realtime } = world({ token });
  server.admits = (sent) => sent === "t2";
  await live();
  await clock.advance(1000);
  assert.equal(realtime.state, "live");
  assert.deepEqual(asked, [false, true]);
});

test("where a fresh token does not help either, the sign-in stays: it is the network", async () => {
  const { token, asked } = session();
  const { server, clock, live, realtime } = world({ token });
  server.admits = () => false;
  await live();
  await clock.advance(600_000);
  assert.equal(realtime.state, "offline");
  assert.equal(asked.filter((renew) => renew).length, 1, "or a refresh token would be used up with each try");
});

test("a token that ended on the connection is renewed once; if the next is over as well, one must sign in", async () => {
  const { token } = session();
  const { server, clock, live, states } = world({ token });
  await live();
  server.last.closing("token_expired");
  await clock.advance(1000);
  assert.equal(server.last.url.searchParams.get("token"), "t2");
  server.last.closing("token_expired");
  await clock.advance(60_000);
  assert.deepEqual(states, ["connecting", "live", "offline:token_expired", "live", "signed_out:token_expired"]);
});

test("a token that cannot be renewed leaves nothing but to sign in when it is over", async () => {
  const { server, clock, live, states } = world({ token: "t1" });
  await live();
  await clock.advance(3_600_000);
  assert.equal(server.last.saidOf("authenticate").length, 0);
  server.last.closing("token_expired");
  await clock.advance(60_000);
  assert.equal(states.at(-1), "signed_out:token_expired");
});

for (const [code, state] of [
  ["tenant_suspended", "closed"],
  ["user_suspended", "closed"],
  ["table_suspended", "closed"],
  ["session_revoked", "signed_out"],
  ["qr_expired", "signed_out"],
]) {
  test(`${code}: it does not come back by itself, and says why`, async () => {
    const { token } = session();
    const { server, clock, live, realtime, wake } = world({ token });
    await live();
    server.last.closing(code);
    await clock.advance(1000);
    wake();
    await clock.advance(600_000);
    assert.equal(realtime.state, state);
    assert.equal(realtime.reason, code);
    assert.equal(server.tried.length, 1);
    await live();
    assert.equal(realtime.state, "live", "started anew, after a sign-in, it goes on");
    assert.equal(server.last.url.searchParams.get("token"), "t2");
  });
}

for (const code of ["idle", "something_new"]) {
  test(`${code}: it comes back by itself`, async () => {
    const { server, clock, live, realtime, states } = world();
    await live();
    server.last.closing(code);
    await clock.advance(1000);
    assert.equal(realtime.state, "live");
    assert.deepEqual(states, ["connecting", "live", `offline:${code}`, "live"]);
  });
}

test("a suspended business gets that reason at the first connection", async () => {
  const source = session();
  source.error = Object.assign(new Error("no"), { status: 403, code: "tenant_suspended" });
  const { live, states } = world({ token: source.token });
  await live();
  assert.deepEqual(states, ["connecting", "closed:tenant_suspended"]);
});
