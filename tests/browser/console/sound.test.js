/** The sound of new orders, messages and notifications. */
import assert from "node:assert/strict";
import { test } from "node:test";

/** @type {Map<string, string>} */
const stored = new Map();
const storage = { getItem: (/** @type {string} */ key) => stored.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => stored.set(key, value) };
Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
const page = new EventTarget();
let notes = 0;

/** The browser's: it can be created at any time, and sounds only after a touch. */
class AudioContext {
  currentTime = 0;
  destination = {};
  resume = async () => {};
  suspend = async () => {};
  createGain = () => ({ gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (/** @type {unknown} */ to) => to });
  createOscillator = () => Object.assign(new EventTarget(), { frequency: {}, connect: (/** @type {unknown} */ to) => to, start: () => notes++, stop() {} });
}
Object.assign(globalThis, { AudioContext, addEventListener: page.addEventListener.bind(page) });
const { allowSound, isSoundOn, ring, setSound } = await import("../../../chalicelib/static/console/shared/sound.js");

test("it rings once for several at once, from the first touch until it is turned off", () => {
  assert.equal(isSoundOn(), true);
  allowSound();
  ring();
  assert.equal(notes, 0, "no browser allows it before a touch");
  page.dispatchEvent(new Event("pointerup"));
  for (let n = 0; n < 5; n++) ring();
  assert.equal(notes, 2, "a chime of two notes");
  setSound(false);
  assert.deepEqual([isSoundOn(), notes], [false, 2]);
  ring();
  assert.equal(notes, 2);
  setSound(true);
  assert.deepEqual([isSoundOn(), notes], [true, 4], "turned on, it rings at once");
});
