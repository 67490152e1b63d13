import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {} } });
Object.defineProperty(globalThis, "localStorage", { value: storage(), configurable: true });
const { dictionary, language, onLanguage, setLanguage } = await import("../../../chalicelib/static/console/shared/i18n.js");
const { formats } = await import("../../../chalicelib/static/console/shared/format.js");
const { fieldFault } = await import("../../../chalicelib/static/console/shared/field-faults.js");
const { explained } = await import("../../../chalicelib/static/console/shared/words.js");

function storage() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => values.set(key, value),
    removeItem: (/** @type {string} */ key) => values.delete(key),
  };
}

test("words are Chinese until the user chooses English, and have their values put in as they are", () => {
  const words = dictionary({ "zh-TW": { hello: "{name}，您好 {other}" }, en: { hello: "Hello {name} {other}" } });
  assert.equal(words("hello", { name: "$& <b>" }), "$& <b>，您好 {other}");
  assert.equal(words("hello", { name: "\u202eabc" }), "\u2068abc\u2069，您好 {other}", "text from right to left is isolated");
  let calls = 0;
  const stop = onLanguage(() => calls++);
  setLanguage("en");
  assert.equal(words("hello", { name: "Mei" }), "Hello Mei {other}");
  stop();
  setLanguage("zh-TW");
  assert.equal(calls, 1);
  assert.equal(language(), "zh-TW");
});

test("a refusal is explained by its code, and an unknown one names it", () => {
  assert.equal(explained({ code: "too_fast", retryAfter: 90 }), "嘗試次數過多，請在 90 秒後再試。");
  assert.match(explained({ code: "history_full" }), /history_full/);
});

test("a code that only the console meets is explained where the console's words are loaded", async () => {
  assert.match(explained({ code: "stale_version" }), /stale_version/);
  await import("../../../chalicelib/static/console/refusals.js");
  assert.equal(explained({ code: "stale_version" }), "這筆資料剛被其他人修改，請重新載入後再試。");
  assert.equal(explained({ code: "network" }), "無法連線到伺服器，請檢查網路。");
});

test("without a choice the language is the page's", () => {
  const page = /** @type {{lang?: string}} */ (document.documentElement);
  localStorage.removeItem("luckygas.language");
  page.lang = "en";
  assert.equal(language(), "en");
  setLanguage("zh-TW");
  assert.deepEqual([language(), page.lang], ["zh-TW", "zh-Hant-TW"]);
  localStorage.removeItem("luckygas.language");
});

test("times are the business's own, and money is exact", () => {
  const { clock, day, money, ago } = formats({ time_zone: "Asia/Taipei", currency: "TWD" });
  assert.equal(clock("2026-11-22T16:05:00.000Z"), "00:05");
  assert.match(day("2026-11-22T16:05:00.000Z"), /11\/23/);
  assert.match(money("9007199254740993"), /9,007,199,254,740,993/);
  assert.match(money("12.5"), /12\.5/);
  assert.match(ago("2026-11-22T16:00:00.000Z", Date.parse("2026-11-22T16:05:00.000Z")), /5/);
});

test("faults of fields are shown in words, also those without a translation", () => {
  assert.equal(fieldFault("not a valid phone number"), "電話號碼不正確。");
  assert.equal(fieldFault("Expected `str` of length <= 100"), "最多 100 個字。");
  assert.equal(fieldFault("Expected `str` of length >= 1"), "請填寫這個欄位。");
  assert.equal(fieldFault("Expected `float` <= 90.0"), "不能大於 90。");
  assert.equal(fieldFault("Expected `int` >= 0"), "不能小於 0。");
  assert.equal(fieldFault("must have 8 to 128 characters"), "需要 8 到 128 個字。");
  assert.equal(fieldFault("Expected `str`, got `int`"), "這個欄位的內容不正確。");
});

const TEXTS = new URL("../../../chalicelib/static/console/texts/", import.meta.url);

/** The catalogues of a file: it is one, or holds several by name. @param {any} content @returns {any[]} */
const catalogues = (content) => (content.en ? [content] : Object.values(content));

test("both languages of every catalogue have the same keys and placeholders", () => {
  const files = readdirSync(TEXTS, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".json"));
  assert.ok(files.length > 50);
  for (const file of files)
    for (const { "zh-TW": zh, en } of catalogues(JSON.parse(readFileSync(new URL(file, TEXTS), "utf8")))) {
      assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort(), file);
      for (const key of Object.keys(zh)) assert.deepEqual(placeholders(zh[key]), placeholders(en[key]), `${file}: ${key}`);
    }
});

// As tests/docs/plain_english.py has them.
const HABITS = /\b(whoever|somebody|nobody|anybody|told|said|heard|kept|lets? in|g[ia]ven? up|gives up|giving up)\b/i;

test("keys and English texts use plain words", () => {
  const files = readdirSync(TEXTS, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".json"));
  const found = files.flatMap((file) =>
    catalogues(JSON.parse(readFileSync(new URL(file, TEXTS), "utf8"))).flatMap(({ en }) =>
      Object.entries(en).filter((entry) => entry.some((text) => HABITS.test(/** @type {string} */ (text)))).map(([key]) => `${file}: ${key}`),
    ),
  );
  assert.deepEqual(found, []);
});

/** @param {string} text */
function placeholders(text) {
  return [...new Set(text.match(/\{\w+\}/g))].sort();
}
