import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../../../chalicelib/static/console/shared/api.js";
import { serverClock } from "../../../chalicelib/static/console/shared/clock.js";
import { call } from "../../../chalicelib/static/console/shared/http.js";

test("the page's clock follows the server's, by every answer that has its time, refusals too", async (t) => {
  const header = (/** @type {number} */ minutes) => ({ Date: new Date(Date.now() + minutes * 60_000).toUTCString() });
  /** @type {[number, Record<string, string>][]} */
  const answers = [[200, header(60)], [200, {}], [200, { Date: "soon" }], [422, header(-60)]];
  t.mock.method(globalThis, "fetch", async () => {
    const [status, headers] = answers.shift() ?? [500, {}];
    return new Response("{}", { status, headers });
  });
  const api = new Api("", { token: async () => "token" });
  const ahead = () => Math.round((serverClock.now() - Date.now()) / 60_000);
  for (let n = 0; n < 3; n++) {
    await api.get("/v1/x");
    assert.equal(ahead(), 60);
  }
  await assert.rejects(api.get("/v1/x"), { status: 422 });
  assert.equal(ahead(), -60);
});

/** A server that takes requests, and answers with the first bytes of a body at most. @param {{heads?: boolean}} [how] */
function silent({ heads = false } = {}) {
  /** @type {AbortSignal[]} */
  const signals = [];
  globalThis.fetch = /** @type {any} */ (
    (/** @type {string} */ _url, /** @type {{signal: AbortSignal}} */ { signal }) => {
      signals.push(signal);
      const ended = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return heads ? Promise.resolve({ ok: true, headers: new Headers(), text: () => ended, blob: () => ended }) : ended;
    }
  );
  return signals;
}

// Timers of AbortSignal alone do not keep Node running.
const awake = setInterval(() => {}, 1000);
test.after(() => clearInterval(awake));

for (const [what, heads, accept] of /** @type {[string, boolean, string | undefined][]} */ ([
  ["an answer", false, undefined],
  ["the rest of an answer", true, undefined],
  ["the rest of a file", true, "text/csv"],
])) {
  test(`${what} that does not come in time counts as no network`, async () => {
    silent({ heads });
    const request = { method: "GET", within: 20, ...(accept && { accept }) };
    await assert.rejects(call("/v1/orders", request), { name: "ApiError", status: 0, code: "network" });
  });
}

test("every request ends some time, and a page's own signal ends it too, as an abort", async () => {
  const signals = silent();
  const page = new AbortController();
  const left = assert.rejects(call("/v1/orders", { method: "GET", signal: page.signal }), { name: "AbortError" });
  assert.notEqual(signals[0], page.signal, "it has a limit of its own besides");
  page.abort();
  await left;
});
