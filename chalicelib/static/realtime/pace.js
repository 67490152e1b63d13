// The server takes 20 messages at once and then two a second; a few are left for who shares the connection's count.
const BURST = 16;
const SPACING_MS = 500;

/** Sends what it is given, in order, never faster than the server takes it. */
export class Pace {
  /** @type {{text: string, onSent: (() => void) | undefined}[]} */
  #waiting = [];
  /** When all that was sent would be paid for, at one message each half second. */
  #paidAt = 0;
  /** @type {unknown} */
  #timer;
  #send;
  #clock;

  /**
   * @param {(text: string) => void} send
   * @param {import("./platform.js").Clock} clock
   */
  constructor(send, clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /**
   * @param {string} text
   * @param {() => void} [onSent] called when its turn has come: until then nobody could have answered
   */
  push(text, onSent) {
    this.#waiting.push({ text, onSent });
    if (this.#timer === undefined) this.#go();
  }

  stop() {
    this.#waiting = [];
    this.#clock.clearTimeout(this.#timer);
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
      this.#send(next.text);
      next.onSent?.();
    }
  }
}
