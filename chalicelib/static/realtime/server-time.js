/** The server's clock, as far as its messages tell: a device's own may be hours off. */
export class ServerTime {
  /** How far the server's clock is ahead of the device's, in milliseconds. */
  #ahead = 0;
  #clock;

  /** @param {import("./platform.js").Clock} clock the device's */
  constructor(clock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970, like `Date.now()`. Until the server has answered, the device's. */
  now() {
    return this.#clock.now() + this.#ahead;
  }

  /** @param {string | null | undefined} sent when the server sent what has just arrived; what is no time is ignored */
  learn(sent) {
    const at = Date.parse(sent ?? "");
    if (!Number.isNaN(at)) this.#ahead = at - this.#clock.now();
  }
}
