import { browserStorage, kept } from "../shared/storage.js";

// Loud enough to be heard over a fan: two tones a fifth apart.
const TONES = [
  { hertz: 880, at: 0 },
  { hertz: 1320, at: 0.18 },
];
const LASTS = 0.35;
const VOLUME = 0.4;

/**
 * A sound for who has asked for one. A browser gives none before the page has been touched; the choice is kept, and
 * then waits for the first touch.
 */
export class Chime {
  /** @type {AudioContext | undefined} */
  #audio;
  #chosen;

  /** @param {string} name of the setting */
  constructor(name) {
    this.#chosen = kept(browserStorage, name);
  }

  get wanted() {
    return this.#chosen.get() === "on";
  }

  /** Whether it is wanted but would not be heard. */
  get mute() {
    return this.wanted && this.#audio?.state !== "running";
  }

  /** @param {boolean} wanted */
  want(wanted) {
    this.#chosen.set(wanted ? "on" : null);
  }

  /** In a handler of a touch or a key. Resolves when it can be heard. */
  async wake() {
    if (!this.wanted) return;
    this.#audio ??= new AudioContext();
    await this.#audio.resume();
  }

  ring() {
    const audio = this.#audio;
    if (!audio || !this.wanted || audio.state !== "running") return;
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
