import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const console_ = new URL("../../../chalicelib/static/console/", import.meta.url);
/** What all pages share, and what only documents of their own load. */
const APART = new Set(["base.css", "shell.css", "guest.css", "socket.css", "table/table.css"]);

/** @param {string} css the class with which each selector begins */
function heads(css) {
  const plain = css.replace(/\/\*[^]*?\*\//g, "");
  const selectors = [...plain.matchAll(/([^{}]+)\{/g)].flatMap(([, found]) => found.split(","));
  return new Set(selectors.map((selector) => selector.trim().match(/^\.([a-z][a-z-]*)/)?.[1]).filter((name) => name !== undefined));
}

// All pages are one document, and its stylesheets are always there: an office's column once hid a kitchen's on phones.
test("no page's stylesheet begins with a class of another's", () => {
  /** @type {Map<string, string>} */
  const owners = new Map();
  const files = globSync("**/*.css", { cwd: console_ }).filter((file) => !APART.has(file));
  assert.ok(files.length > 2);
  for (const file of files)
    for (const name of heads(readFileSync(new URL(file, console_), "utf8"))) {
      assert.equal(owners.get(name) ?? file, file, `.${name} is ${owners.get(name)}'s and ${file}'s`);
      owners.set(name, file);
    }
});
