import { browserStorage, kept } from "../kept.js";

const wanted = kept(browserStorage, "sound");
// Two notes up, as a doorbell has them: heard over a telephone call, and no alarm.
const NOTES_HZ = [660, 880];
const NOTE_SECONDS = 0.18;

/** @type {AudioContext | undefined} Browsers let a page sound only after somebody has touched it. */
let context;

export function soundWanted() {
  return wanted.get() === "on";
}

/** @param {boolean} on */
export function setSound(on) {
  wanted.set(on ? "on" : null);
  if (on) play();
}

/** The sound for a new order, where it is wanted. */
export function ring() {
  if (soundWanted()) play();
}

function play() {
  context ??= new AudioContext();
  void context.resume();
  for (const [n, pitch] of NOTES_HZ.entries()) {
    const start = context.currentTime + n * NOTE_SECONDS;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS * 2);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS * 2);
  }
}
