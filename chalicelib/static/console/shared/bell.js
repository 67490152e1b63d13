import { browserStorage, storedSetting } from "./storage.js";

/**
 * A sound that can be turned on and off. A browser plays none before the page has been touched; the choice is stored, and then
 * waits for the first touch.
 */
export class Bell {
  /** @type {AudioContext | undefined} */
  #audio;
  /** Whether the browser has resumed it, which takes a touch. */
  #isAllowed = false;
  #playing = 0;
  #setting;
  #isOnAtFirst;
  #tone;

  /**
   * @param {string} name of the setting
   * @param {{isOnAtFirst?: boolean, hertz: readonly number[], apart: number, lasts: number, volume: number}} tone apart, lasts:
   *   seconds from tone to tone, and of each
   */
  constructor(name, { isOnAtFirst = false, ...tone }) {
    this.#setting = storedSetting(browserStorage, name);
    this.#isOnAtFirst = isOnAtFirst;
    this.#tone = tone;
  }

  get isOn() {
    const chosen = this.#setting.get();
    return chosen === null ? this.#isOnAtFirst : chosen === "on";
  }

  /** Whether it is on but the browser would not play it. */
  get isMute() {
    return this.isOn && !this.#isAllowed;
  }

  /** @param {boolean} on */
  setOn(on) {
    this.#setting.set(on ? "on" : this.#isOnAtFirst ? "off" : null);
  }

  /** In a handler of a touch or a key. Resolves when it can be played. */
  async wake() {
    if (!this.isOn) return;
    this.#audio ??= new AudioContext();
    // Safari allows it only where a touch has resumed the context; at rest it takes no power.
    await this.#audio.resume();
    this.#isAllowed = true;
    this.#rest();
  }

  /** Plays it where it is on and the page has been touched; where the browser does not allow it yet, as soon as it does. @returns {boolean} whether it plays */
  ring() {
    const audio = this.#audio;
    if (!audio || !this.isOn) return false;
    const { hertz, apart, lasts, volume } = this.#tone;
    void audio.resume();
    for (const [n, pitch] of hertz.entries()) {
      const start = audio.currentTime + n * apart;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(volume, start);
      gain.gain.exponentialRampToValueAtTime(0.001, start + lasts);
      tone.connect(gain).connect(audio.destination);
      this.#playing++;
      tone.addEventListener("ended", () => {
        this.#playing--;
        this.#rest();
      });
      tone.start(start);
      tone.stop(start + lasts);
    }
    return true;
  }

  /** Gives the loudspeaker back. */
  stop() {
    void this.#audio?.close();
    this.#audio = undefined;
    this.#isAllowed = false;
  }

  #rest() {
    if (this.#playing === 0) void this.#audio?.suspend();
  }
}
