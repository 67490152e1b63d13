import assert from "node:assert/strict";
import { test } from "node:test";

const { ApiError } = await import("../../../chalicelib/static/console/shared/http.js");
const { optimistic } = await import("../../../chalicelib/static/console/delivery/optimistic.js");
const { Outbox } = await import("../../../chalicelib/static/console/delivery/outbox.js");
const { memory } = await import("../../../chalicelib/static/console/delivery/row-store.js");

const PIN = { confirmation_type: "pin", pin: "123456", confirmed_at: "2026-11-25T04:00:00.000Z" };
const OFFLINE = () => new ApiError(0, { code: "network" });

/**
 * @param {(path: string, body: any, n: number) => unknown} answer throws what the server refuses
 * @param {import("../../../chalicelib/static/console/delivery/row-store.js").Store} [store]
 * @param {{request(name: string, act: () => unknown): unknown}} [locks]
 */
function phone(answer, store = memory(), locks = { request: (_, act) => act() }) {
  /** @type {{path: string, body: any}[]} */
  const requests = [];
  /** @type {(() => void)[]} */
  const later = [];
  const clock = { now: Date.parse("2026-11-25T04:00:00Z") };
  const outbox = new Outbox(
    {
      post: async (path, body) => {
        requests.push({ path, body: structuredClone(body) });
        return answer(path, body, requests.length);
      },
    },
    "driver",
    {
      store: Promise.resolve(store),
      locks: /** @type {any} */ (locks),
      now: () => clock.now++,
      later: (act) => later.push(act),
      upload: async (_, { label }) => {
        if (label === "too large") throw new Error("the upload was answered with 403");
        return "uploaded/key.png";
      },
    },
  );
  const wakes = async () => {
    later.splice(0).forEach((act) => act());
    await settled();
  };
  return { outbox, requests, later, wakes, clock };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
/** @param {Partial<import("../../../chalicelib/static/console/delivery/outbox.js").Entry>} [more] */
const confirm = (more) =>
  /** @type {const} */ ({ kind: "confirm", subject: "o1", label: "王小姐", path: "/v1/deliveries/o1/confirm", body: PIN, ...more });
/** @param {string} status @param {string} [subject] */
const step = (status, subject = "o1") => /** @type {const} */ ({ kind: "step", subject, label: "王小姐", path: `/v1/orders/${subject}/status`, body: { status } });
/** @param {"start" | "complete"} kind */
const ofRoute = (kind) => /** @type {const} */ ({ kind, subject: "r1", label: "早班", path: `/v1/routes/r1/${kind}`, body: {} });

test("what was confirmed without a network is sent with the same words, once, in the order in which it was done", async () => {
  let online = false;
  const { outbox, requests, wakes } = phone(() => {
    if (!online) throw OFFLINE();
  });
  assert.equal(await outbox.send(step("delivering")), "waiting");
  assert.equal(await outbox.send(confirm()), "waiting");
  assert.equal(outbox.entries.length, 2);
  requests.length = 0;
  online = true;
  await wakes();
  assert.deepEqual(requests.map(({ body }) => body), [{ status: "delivering" }, PIN]);
  assert.deepEqual(outbox.sent.map(({ kind }) => kind), ["step", "confirm"], "until a list shows it");
  assert.deepEqual(outbox.entries, []);
  await wakes();
  assert.equal(requests.length, 2);
});

test("it outlives the page, and another user of the same phone does not send it", async () => {
  const store = memory();
  await phone(() => {
    throw OFFLINE();
  }, store).outbox.send(confirm());
  const other = phone(() => {}, store);
  await store.put(/** @type {any} */ ({ ...confirm(), id: "x", who: "another user", at: "2026" }));
  await other.outbox.flush();
  assert.deepEqual(other.requests.map(({ body }) => body), [PIN]);
  assert.equal((await store.all()).length, 1);
});

test("a refusal goes to the caller, and nothing waits", async () => {
  const { outbox } = phone(() => {
    throw new ApiError(422, { code: "pin_wrong" });
  });
  await assert.rejects(outbox.send(confirm()), { code: "pin_wrong" });
  assert.deepEqual(outbox.entries, []);
});

test("a refusal without an open form stays until it is dismissed, and holds nothing up", async () => {
  let online = false;
  const { outbox, wakes, requests } = phone((path) => {
    if (!online) throw OFFLINE();
    if (path.includes("o1")) throw new ApiError(422, { code: "pin_wrong" });
  });
  await outbox.send(confirm());
  await outbox.send(confirm({ subject: "o2", path: "/v1/deliveries/o2/confirm" }));
  online = true;
  await wakes();
  assert.deepEqual(outbox.entries.map(({ subject, refused }) => [subject, refused]), [["o1", "pin_wrong"]]);
  requests.length = 0;
  await outbox.flush();
  assert.equal(requests.length, 0, "a refused entry is not sent again");
  await outbox.dismiss(outbox.entries[0]?.id ?? "");
  assert.deepEqual(outbox.entries, []);
});

test("a refusal that comes after the form was closed stands, too", async () => {
  /** @type {(() => void)[]} */
  const refuse = [];
  const { outbox } = phone(() => new Promise((_, reject) => refuse.push(() => reject(new ApiError(422, { code: "pin_wrong" })))));
  const form = new AbortController();
  const asked = assert.rejects(outbox.send(confirm(), { signal: form.signal }), { code: "pin_wrong" });
  await settled();
  form.abort();
  refuse[0]?.();
  await asked;
  assert.deepEqual(outbox.entries.map(({ refused }) => refused), ["pin_wrong"]);
});

test("no customer is notified that the driver is coming after the delivery, or long after the step", async () => {
  let online = false;
  const { outbox, requests, wakes, clock } = phone(() => {
    if (!online) throw OFFLINE();
  });
  for (const status of ["delivering", "arriving", "arrived"]) await outbox.send(step(status));
  await outbox.send(confirm());
  for (const status of ["arriving", "arrived"]) await outbox.send(step(status, "o2"));
  await outbox.send(step("arriving", "o3"));
  clock.now += 6 * 60_000;
  await outbox.send(step("arriving", "o4"));
  await outbox.send(step("arrived", "o5"));
  // Pressed one after the other, while the order was not out yet.
  for (const status of ["arriving", "arrived"]) await outbox.send(step(status, "o6"));
  requests.length = 0;
  online = true;
  await wakes();
  assert.deepEqual(requests.map(({ path, body }) => [path.split("/")[3], body.status ?? "delivered"]), [["o1", "delivering"], ["o1", "delivered"], ["o4", "arriving"], ["o5", "arrived"], ["o6", "arriving"], ["o6", "arrived"]]);
  assert.deepEqual(outbox.entries, []);
});

test("a picture that cannot be uploaded holds up its own order, and the end of the route", async () => {
  const { outbox, requests } = phone(() => {});
  const picture = confirm({ label: "too large", body: { confirmation_type: "photo" }, picture: new Blob(["x"]) });
  assert.equal(await outbox.send(picture), "waiting");
  assert.equal(await outbox.send(step("arriving", "o2")), "sent");
  assert.equal(await outbox.send(ofRoute("complete")), "waiting");
  assert.equal(await outbox.send({ ...ofRoute("start"), subject: "r2" }), "waiting");
  assert.deepEqual(requests.map(({ path }) => path), ["/v1/orders/o2/status"]);
  assert.equal(outbox.answered, true, "not for want of a network");
});

test("a route whose start is not taken yet holds up its orders; without a network there is one try, not one for each", async () => {
  let trouble = new ApiError(503, { code: "unavailable" });
  const { outbox, requests, later } = phone(() => {
    throw trouble;
  });
  await outbox.send(ofRoute("start"));
  await outbox.send(step("arriving"));
  await outbox.send(step("arriving", "o2"));
  assert.deepEqual(new Set(requests.map(({ path }) => path)), new Set(["/v1/routes/r1/start"]));
  assert.equal(outbox.answered, true);
  trouble = OFFLINE();
  await outbox.dismiss(outbox.entries[0]?.id ?? "");
  requests.length = 0;
  await outbox.flush();
  assert.equal(requests.length, 1);
  assert.equal(outbox.answered, false);
  assert.equal(later.length, 1);
});

test("what another tab has sent, or had refused, is reported to the tab of the caller", async () => {
  const store = memory();
  let queue = Promise.resolve();
  // One lock for both, as tabs of a browser have.
  const locks = { request: (/** @type {string} */ _, /** @type {() => any} */ act) => (queue = queue.then(act)) };
  /** @type {(() => void)[]} */
  const answers = [];
  const here = phone(() => new Promise((answer) => answers.push(() => answer(undefined))), store, locks);
  const there = phone((path) => {
    if (path.includes("o3")) throw new ApiError(409, { code: "not_found" });
  }, store, locks);
  const first = here.outbox.send(step("arriving"));
  await settled();
  void there.outbox.flush();
  const second = here.outbox.send(step("arriving", "o2"));
  const third = assert.rejects(here.outbox.send(step("arriving", "o3")), { code: "not_found" });
  await settled();
  answers[0]?.();
  assert.deepEqual(await Promise.all([first, second]), ["sent", "sent"]);
  await third;
  assert.deepEqual(there.requests.map(({ path }) => path), ["/v1/orders/o2/status", "/v1/orders/o3/status"]);
  assert.deepEqual(await store.all(), [], "the refusal was seen here");
});

test("a step that the server took already is done: its answer was lost, or the server was quicker", async () => {
  for (const current of ["arriving", "arrived", "delivered"]) {
    const { outbox } = phone(() => {
      throw new ApiError(409, { code: "illegal_transition", current_status: current });
    });
    assert.equal(await outbox.send(step("arriving")), "sent");
  }
  const failed = phone(() => {
    throw new ApiError(409, { code: "illegal_transition", current_status: "failed" });
  });
  await assert.rejects(failed.outbox.send(step("arriving")), { code: "illegal_transition" });
});

test("right after the route has started its orders may be a moment behind", async () => {
  let out = false;
  const { outbox, wakes } = phone((path) => {
    if (path.includes("confirm") && !out) throw new ApiError(409, { code: "illegal_transition", current_status: "assigned" });
  });
  await outbox.send(ofRoute("start"));
  assert.equal(await outbox.send(confirm()), "waiting");
  out = true;
  await wakes();
  assert.deepEqual(outbox.entries, []);
});

test("a picture is uploaded once, and every try confirms with its key", async () => {
  let online = false;
  const store = memory();
  const { outbox, requests, wakes } = phone(() => {
    if (!online) throw OFFLINE();
  }, store);
  await outbox.send(confirm({ body: { confirmation_type: "photo" }, picture: new Blob(["x"], { type: "image/jpeg" }) }));
  assert.equal((await store.all())[0].body.upload_key, "uploaded/key.png");
  online = true;
  await wakes();
  assert.deepEqual(requests.map(({ body }) => body.upload_key), ["uploaded/key.png", "uploaded/key.png"]);
});

test("tries come at growing distances, one at a time", async () => {
  const { outbox, later } = phone(() => {
    throw new ApiError(503, { code: "unavailable" });
  });
  await outbox.send(confirm());
  for (let n = 0; n < 5; n++) await outbox.flush();
  assert.equal(later.length, 1);
});

test("orders are shown as they will be", () => {
  const order = { id: "o1", status: "assigned", route_id: "r1" };
  const entry = { id: "1", who: "d", at: "1", label: "" };
  const start = /** @type {const} */ ({ ...entry, kind: "start", subject: "r1", path: "", body: {} });
  assert.deepEqual(optimistic(order, []), { ...order, waits: false });
  assert.deepEqual(optimistic(order, [start]), { ...order, status: "delivering", waits: false });
  assert.deepEqual(optimistic(order, [start, { ...entry, ...confirm() }]), { ...order, status: "delivered", waits: true });
  assert.deepEqual(optimistic(order, [{ ...entry, ...step("delivering"), sent: 1 }]), { ...order, status: "delivering", waits: false });
  assert.deepEqual(optimistic(order, [{ ...entry, ...step("failed"), refused: "not_found" }]).status, "assigned");
});
