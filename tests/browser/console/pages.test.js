import assert from "node:assert/strict";
import { test } from "node:test";

// What the browser has and Node has not.
Object.assign(globalThis, { document: { documentElement: {}, querySelector: () => null } });
const { PAGES, pageAt } = await import("../../../chalicelib/static/console/pages.js");

test("an address names a page and its path", () => {
  const { found, path } = pageAt(PAGES, "#orders/01J%2F2");
  assert.deepEqual([found?.name, path], ["orders", ["01J/2"]]);
  assert.equal(pageAt(PAGES, "#nothing").found, undefined);
});

test("bookmarks with the former name of the SMS page open it", () => {
  const { found, path } = pageAt(PAGES, "#texts/templates");
  assert.deepEqual([found?.name, path], ["sms", ["templates"]]);
});
