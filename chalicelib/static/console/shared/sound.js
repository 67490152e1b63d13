import { browserStorage, storedSetting } from "./storage.js";

// On until it is turned off: a driver who misses a new order costs more than a ring too many.
const chosen = storedSetting(browserStorage, "sound");
// Two notes up, as a doorbell has them: audible over a telephone call, and no alarm.
const NOTES_HZ = [660, 880];
const NOTE_SECONDS = 0.18;
// Several orders that are assigned at once ring once.
const QUIET_MS = 2000;

/** @type {AudioContext | undefined} Browsers allow sound only after the page has been touched. */
let context;
let rungAt = -Infinity;

export function isSoundOn() {
  return chosen.get() !== "off";
}

/** @param {boolean} on in a handler of a touch or a key */
export function setSound(on) {
  chosen.set(on ? "on" : "off");
  if (!on) return;
  unlock();
  play();
}

/** Rings where the sound is on and the page has been touched. */
export function ring() {
  if (!context || !isSoundOn() || performance.now() - rungAt < QUIET_MS) return;
  rungAt = performance.now();
  play();
}

/** Makes the first touch of the page allow sound. */
export function allowSound() {
  for (const type of ["pointerup", "keydown"]) addEventListener(type, unlock, { once: true });
}

function unlock() {
  context ??= new AudioContext();
  // Safari allows it only where a touch has resumed the context; at rest it takes no power.
  void context.resume().then(rest);
}

let playing = 0;

function rest() {
  if (playing === 0) void context?.suspend();
}

function play() {
  if (!context) return;
  void context.resume();
  for (const [n, pitch] of NOTES_HZ.entries()) {
    const start = context.currentTime + n * NOTE_SECONDS;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS * 2);
    tone.connect(volume).connect(context.destination);
    playing++;
    tone.addEventListener("ended", () => {
      playing--;
      rest();
    });
    tone.start(start);
    tone.stop(start + NOTE_SECONDS * 2);
  }
}
