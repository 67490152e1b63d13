/** What guests' pages load: each byte is one that a phone in a basement waits for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const console_ = new URL("../../../chalicelib/static/console/", import.meta.url);
const BEGINS = ["track/start.js", "table/start.js"].map((path) => new URL(path, console_).href);

/** @param {string} address */
function source(address) {
  return readFileSync(new URL(address), "utf8");
}

/** The modules that these import, with themselves; not those that are loaded lazily. @param {string[]} begins */
function reached(begins) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = [...begins];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const [, path = ""] of source(next).matchAll(/^(?:import|export) [^;]*?"(\.[^"]+\.js)"/gm)) waiting.push(new URL(path, next).href);
  }
  return [...found];
}

test("guests load neither the words nor the pictures that only the console has", () => {
  const names = reached(BEGINS).map((address) => address.replace(console_.href, ""));
  assert.ok(names.includes("shared/guest-page.js") && names.includes("shared/icons.js"));
  for (const apart of ["refusals.js", "shared/more-icons.js", "pages.js", "shared/session.js", "shared/map.js"]) assert.ok(!names.includes(apart), apart);
});

test("every picture that guests' pages draw is among those that they load", () => {
  const shapes = source(new URL("shared/icons.js", console_).href);
  const drawn = reached(BEGINS).flatMap((address) => [...source(address).matchAll(/\bicon(?:\(|: )"(\w+)"/g)].map(([, name]) => name));
  assert.ok(drawn.length > 10);
  for (const name of drawn) assert.ok(shapes.includes(`  ${name}: "`), name);
});
