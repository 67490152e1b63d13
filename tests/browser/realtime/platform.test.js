import assert from "node:assert/strict";
import { test } from "node:test";
import { browser } from "../../../chalicelib/static/realtime/platform.js";

test("a browser's own signs say whether the network or the page is back, or away", () => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  Object.assign(globalThis, {
    document,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
  /** @type {string[]} */
  const signs = [];
  const stop = browser.listen((sign) => signs.push(sign));
  const happen = () => {
    for (const name of ["offline", "online", "pageshow"]) page.dispatchEvent(new Event(name));
    document.dispatchEvent(new Event("visibilitychange"));
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
  };
  happen();
  assert.deepEqual(signs, ["away", "back", "back", "back"]);
  stop();
  happen();
  assert.equal(signs.length, 4);
});
