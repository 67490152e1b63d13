import { browserStorage, storedSetting } from "../shared/storage.js";

// Audible over a fan: two tones a fifth apart.
const TONES = [
  { hertz: 880, at: 0 },
  { hertz: 1320, at: 0.18 },
];
const LASTS = 0.35;
const VOLUME = 0.4;

/**
 * A sound that is off until it is turned on. A browser plays none before the page has been touched; the choice is stored, and
 * then waits for the first touch.
 */
export class Chime {
  /** @type {AudioContext | undefined} */
  #audio;
  #chosen;

  /** @param {string} name of the setting */
  constructor(name) {
    this.#chosen = storedSetting(browserStorage, name);
  }

  get on() {
    return this.#chosen.get() === "on";
  }

  /** Whether it is on but the browser would not play it. */
  get mute() {
    return this.on && this.#audio?.state !== "running";
  }

  /** @param {boolean} on */
  setOn(on) {
    this.#chosen.set(on ? "on" : null);
  }

  /** In a handler of a touch or a key. Resolves when it can be played. */
  async wake() {
    if (!this.on) return;
    this.#audio ??= new AudioContext();
    await this.#audio.resume();
  }

  ring() {
    const audio = this.#audio;
    if (!audio || !this.on || audio.state !== "running") return;
    for (const { hertz, at } of TONES) {
      const tone = new OscillatorNode(audio, { frequency: hertz, type: "triangle" });
      const gain = new GainNode(audio, { gain: VOLUME });
      const begins = audio.currentTime + at;
      gain.gain.setValueAtTime(VOLUME, begins);
      gain.gain.exponentialRampToValueAtTime(0.001, begins + LASTS);
      tone.connect(gain).connect(audio.destination);
      tone.start(begins);
      tone.stop(begins + LASTS);
    }
  }

  /** Lets go of the loudspeaker. */
  stop() {
    void this.#audio?.close();
    this.#audio = undefined;
  }
}
