import assert from "node:assert/strict";
import { test } from "node:test";

const { Api } = await import("../../../chalicelib/static/console/api.js");

test("whoever asks for it is told the server's time, where an answer has it", async (t) => {
  /** @type {Record<string, string>[]} */
  const headers = [{ Date: "Sat, 28 Nov 2026 06:00:01 GMT" }, {}, { Date: "soon" }];
  t.mock.method(globalThis, "fetch", async () => new Response('{"accepted": 1}', { headers: headers.shift() ?? {} }));
  const api = new Api("", { token: async () => "token" });
  /** @type {number[]} */
  const told = [];
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(await api.post("/v1/x", [], { dated: (ms) => told.push(ms) }), { accepted: 1 });
  }
  assert.deepEqual(told, [Date.UTC(2026, 10, 28, 6, 0, 1)]);
});
