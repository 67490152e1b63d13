// The server takes 20 messages at once and then two a second; a few are left for who shares the connection's count.
const BURST = 16;
const SPACING_MS = 500;

/** Runs what it is given, in order, never faster than the server takes messages. */
export class Pace {
  /** @type {(() => void)[]} */
  #waiting = [];
  /** When all that was run would be paid for, at one turn each half second. */
  #paidAt = 0;
  /** @type {unknown} */
  #timer;
  #clock;

  /** @param {import("./platform.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {() => void} turn called when its turn has come */
  push(turn) {
    this.#waiting.push(turn);
    if (this.#timer === undefined) this.#go();
  }

  /** Lets nothing run for a while: the server asks for it. @param {number} ms */
  hold(ms) {
    this.#paidAt = Math.max(this.#paidAt, this.#clock.now() + ms + (BURST - 1) * SPACING_MS);
  }

  /** Forgets what waits. */
  stop() {
    this.#waiting = [];
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go() {
    this.#timer = undefined;
    for (let next; (next = this.#waiting[0]); ) {
      const now = this.#clock.now();
      const early = this.#paidAt - now - (BURST - 1) * SPACING_MS;
      if (early > 0) {
        this.#timer = this.#clock.setTimeout(() => this.#go(), early);
        return;
      }
      this.#paidAt = Math.max(this.#paidAt, now) + SPACING_MS;
      this.#waiting.shift();
      next();
    }
  }
}
