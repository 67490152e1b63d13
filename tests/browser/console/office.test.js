/** The rest of the office: lists in pages, rows that others change, and texts for people. */
import assert from "node:assert/strict";
import { test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { addEventListener: () => {}, document: { documentElement: {}, hidden: false, addEventListener: () => {} } });
Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
const { Pager } = await import("../../../chalicelib/static/console/shared/pager.js");
const { changesOf, merge } = await import("../../../chalicelib/static/console/office/edited-fields.js");
const { asAgreed, countsOf, itemsOf, laidOver } = await import("../../../chalicelib/static/console/office/order-lines.js");
const { findings } = await import("../../../chalicelib/static/console/office/health-findings.js");
const { recurrenceText } = await import("../../../chalicelib/static/console/office/recurrence.js");
const { ApiError } = await import("../../../chalicelib/static/console/shared/http.js");
const { userNames } = await import("../../../chalicelib/static/console/office/user-names.js");
const { why } = await import("../../../chalicelib/static/console/office/sms-words.js");
const { whileVisible } = await import("../../../chalicelib/static/console/office/while-visible.js");

/** @param {string[]} ids @param {number} size */
function listOf(ids, size) {
  /** @type {{cursor: string | null | undefined}[]} */
  const asked = [];
  /** @param {{cursor?: string | null | undefined}} page @param {AbortSignal} signal */
  const read = async ({ cursor }, signal) => {
    asked.push({ cursor });
    await Promise.resolve();
    signal.throwIfAborted();
    const from = Number(cursor ?? 0);
    const next = from + size;
    return { items: ids.slice(from, next).filter((id) => id !== "-").map((id) => ({ id })), next_cursor: next < ids.length ? String(next) : null };
  };
  return { read, asked };
}

const idsOf = (/** @type {{rows: {id: string}[]}} */ pager) => pager.rows.map(({ id }) => id).join("");

test("a list is read page by page, and as far as it is shown when it is read anew", async () => {
  const { read, asked } = listOf([..."abcdef"], 2);
  const pager = new Pager(read, new AbortController().signal, 2);
  assert.equal(await pager.load(), true);
  assert.equal(idsOf(pager), "ab");
  await pager.more();
  assert.equal(idsOf(pager), "abcd");
  asked.length = 0;
  await pager.load({ shown: true });
  assert.equal(idsOf(pager), "abcd");
  assert.equal(asked.length, 2);
  await pager.more();
  assert.deepEqual([idsOf(pager), pager.hasMore], ["abcdef", false]);
});

test("an empty page of a search is no end", async () => {
  const { read } = listOf([..."----e"], 2);
  const pager = new Pager(read, new AbortController().signal, 2);
  await pager.load();
  assert.deepEqual([idsOf(pager), pager.hasMore], ["e", false]);
});

test("of two lists that are asked for the later one counts, whichever comes first", async () => {
  const { read } = listOf([..."abcd"], 2);
  const pager = new Pager(read, new AbortController().signal, 2);
  const [first, second] = await Promise.all([pager.load(), pager.load()]);
  assert.deepEqual([first, second, idsOf(pager)], [false, true, "ab"]);
});

test("more rows that are on their way come, too, where the list is read anew meanwhile, and the other way round", async () => {
  const ids = [..."abcdef"];
  const { read } = listOf(ids, 2);
  const pager = new Pager(read, new AbortController().signal, 2);
  await pager.load();
  assert.deepEqual(await Promise.all([pager.more(), pager.load({ shown: true })]), [false, true]);
  assert.equal(idsOf(pager), "abcd");
  const anew = pager.load({ shown: true });
  ids[0] = "A";
  assert.deepEqual(await Promise.all([anew, pager.more()]), [false, true]);
  assert.equal(idsOf(pager), "Abcdef");
});

test("only what was touched is sent, and what others changed is taken over where it was not", () => {
  const control = (/** @type {string} */ name, /** @type {string} */ value) => /** @type {import("../../../chalicelib/static/console/office/edited-fields.js").Control} */ ({ name, value });
  const fields = ["name", "notes", "phone"].map((name) => ({ label: name, control: control(name, "before"), text: (/** @type {any} */ row) => row[name] }));
  const base = { name: "before", notes: "before", phone: "before" };
  const [name, notes] = fields.map((field) => field.control);
  if (name) name.value = "mine";
  assert.deepEqual(changesOf(fields, base), { name: "mine" });
  const newest = { name: "theirs", notes: "theirs", phone: "before" };
  assert.deepEqual(merge(fields, base, newest), ["name（theirs）", "notes（theirs）"]);
  assert.deepEqual([name?.value, notes?.value], ["mine", "theirs"]);
  if (notes) notes.value = " ";
  assert.deepEqual(changesOf(fields, newest), { name: "mine", notes: null });
});

test("who made a step is named to admins, asked for once; a guest has no name", async () => {
  /** @type {string[]} */
  const asked = [];
  const api = {
    get: async (/** @type {string} */ path) => {
      asked.push(path);
      if (path.endsWith("guest")) throw new ApiError(404, { code: "not_found" });
      return { name: "阿明" };
    },
  };
  const signal = new AbortController().signal;
  const names = userNames(api, { id: "me", name: "老闆", role: "admin" }, signal);
  for (let n = 0; n < 2; n++) await names.learn(["me", "driver", "guest", "driver", null]);
  assert.deepEqual(asked, ["/v1/users/driver", "/v1/users/guest"]);
  assert.deepEqual(["me", "driver", "guest", null].map(names.name), ["老闆", "阿明", "", ""]);
  asked.length = 0;
  const office = userNames(api, { id: "me", name: "美惠", role: "office_staff" }, signal);
  await office.learn(["me", "driver"]);
  assert.deepEqual([asked, office.name("me"), office.name("driver")], [[], "美惠", ""]);
});

test("of an order's lines only those that were touched are laid over what others made of it", () => {
  const line = (/** @type {string | null} */ product_id, /** @type {number} */ quantity) => ({ product_id, quantity, name: product_id ?? "搬運", unit_price: "100" });
  const products = [{ id: "20kg" }, { id: "16kg" }, { id: "regulator" }];
  const touched = new Map([["regulator", 1], ["16kg", 0]]);
  // 20 kg were one before, and the carrying was not there.
  const theirs = { items: [line("gone from sale", 1), line("16kg", 1), line("20kg", 2), line(null, 1)] };
  assert.deepEqual(laidOver(theirs, touched), new Map([["gone from sale", 1], ["20kg", 2], ["regulator", 1]]));
  assert.deepEqual(itemsOf(theirs, laidOver(theirs, touched), products), [
    { product_id: "gone from sale", quantity: 1 },
    { product_id: "20kg", quantity: 2 },
    { name: "搬運", quantity: 1, unit_price: "100" },
    { product_id: "regulator", quantity: 1 },
  ]);
});

const HEALTH = { status: "healthy", database: "healthy", streams: { orders: { lag_ms: 20, source: "ok" } }, queues: { sms: 0, sms_dead_letters: 0, stream_dead_letters: 0 } };
const SMS = { status: "healthy", sms_provider: "http", sent_today: 4, failed_today: 1, providers_down: 0, queued: 0, dead_letters: 0 };
const faults = (/** @type {any} */ seen) => findings({ state: "live", health: HEALTH, sms: SMS, ...seen }).map((/** @type {{fault: string}} */ { fault }) => fault);

test("all is well where nothing is wrong, and each fault is found by itself", () => {
  assert.deepEqual(faults({}), []);
  assert.deepEqual(faults({ health: undefined }), ["unreachable"]);
  assert.deepEqual(faults({ state: "offline" }), ["notLive"]);
  assert.deepEqual(faults({ state: "polling" }), ["polling"]);
  assert.deepEqual(faults({ health: { ...HEALTH, streams: { orders: { lag_ms: 5 }, routes: { lag_ms: 61_000 } } } }), ["behind"]);
  assert.deepEqual(faults({ health: { ...HEALTH, streams: { routes: { lag_ms: 0, source: "stopped" } } } }), ["stopped"]);
  assert.deepEqual(faults({ health: { ...HEALTH, queues: { ...HEALTH.queues, stream_dead_letters: 2 } } }), ["setAside"]);
  assert.deepEqual(faults({ sms: { ...SMS, failed_today: 5 } }), ["smsFail"]);
  assert.deepEqual(faults({ sms: { ...SMS, queued: 501 } }), ["smsWait"]);
  assert.deepEqual(faults({ sms: { ...SMS, dead_letters: 2, providers_down: 1 } }), ["providerDown", "deadLetters"]);
  assert.deepEqual(faults({ ownSms: { failed: 1, unknown: 1 } }), ["ownSms"]);
});

test("why an SMS was not sent is shown in words", () => {
  assert.equal(why("landline"), "市話收不到簡訊。");
  assert.equal(why("retries_exhausted: timeout"), "試了很多次都沒有成功。 簡訊業者太久沒有回應。");
  assert.match(why("http_400"), /拒收（400）/);
  assert.match(why("provider_broken: OSError"), /連線發生錯誤/);
  assert.match(why("mitake_e"), /mitake_e/);
});

test("how often something is ordered again is shown in words", () => {
  assert.equal(recurrenceText({ rule: { every_days: 30 }, interval_days: null }), "每 30 天");
  assert.equal(recurrenceText({ rule: { every_weeks: 1, weekdays: ["thu", "mon"] }, interval_days: null }), "每週一、四");
  assert.equal(recurrenceText({ rule: { every_weeks: 2, weekdays: ["sun"] }, interval_days: null }), "每 2 週的週日");
  assert.equal(recurrenceText({ rule: { by_consumption: {} }, interval_days: 21 }), "依用量，目前約每 21 天");
});

test("what is looked at again and again comes sooner when it is asked for, and ends with the page", async () => {
  const gone = new AbortController();
  let count = 0;
  const again = whileVisible(async () => {
    count++;
    return 10_000;
  }, gone.signal);
  again(10_000);
  again(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(count, 1);
  again(5);
  gone.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(count, 1);
});

test("lines of an order stay in their order and as agreed, and of several of one product the last give way", () => {
  const line = (/** @type {string | null} */ product_id, quantity = 1, unit_price = "600") => ({ id: "", name: product_id ?? "運費", product_id, menu_item_id: null, quantity, unit_price });
  const order = { items: [line("b", 2, "600"), line(null), line("a"), line("b", 3, "650")] };
  const products = [{ id: "a", name: "A", unit_price: "1" }, { id: "b", name: "B", unit_price: "2" }, { id: "c", name: "C", unit_price: "3" }];
  const lines = (/** @type {Record<string, number>} */ counts) =>
    itemsOf(order, new Map(Object.entries(counts)), products).map((each) => `${"product_id" in each ? each.product_id : each.unit_price}×${each.quantity}`).join(" ");
  assert.deepEqual([...countsOf(order)], [["b", 5], ["a", 1]]);
  assert.equal(lines({ a: 1, b: 5 }), "b×2 600×1 a×1 b×3");
  assert.equal(lines({ b: 6, c: 1 }), "b×2 600×1 b×4 c×1");
  assert.equal(lines({ a: 1, b: 1 }), "b×1 600×1 a×1");
  assert.deepEqual(asAgreed(order, products).map(({ name, unit_price }) => name + unit_price), ["a600", "b650", "C3"]);
});
