import { Bell } from "./bell.js";

// Two notes up, as a doorbell has them: audible over a telephone call, and no alarm. On until it is turned off: a driver who
// misses a new order costs more than a ring too many.
const bell = new Bell("sound", { isOnAtFirst: true, hertz: [660, 880], apart: 0.18, lasts: 0.36, volume: 0.2 });
// Several orders that are assigned at once ring once.
const QUIET_MS = 2000;

let rungAt = -Infinity;

export function isSoundOn() {
  return bell.isOn;
}

/** @param {boolean} on in a handler of a touch or a key */
export function setSound(on) {
  bell.setOn(on);
  if (!on) return;
  void bell.wake();
  bell.ring();
}

/** Rings where the sound is on and the page has been touched. */
export function ring() {
  if (performance.now() - rungAt >= QUIET_MS && bell.ring()) rungAt = performance.now();
}

/** Makes the first touch of the page allow sound. */
export function allowSound() {
  for (const type of ["pointerup", "keydown"]) addEventListener(type, () => void bell.wake(), { once: true });
}
