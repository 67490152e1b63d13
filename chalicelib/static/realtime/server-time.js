// The `Date` header has no milliseconds.
const HEADER_MS = 999;

/** The server's time, estimated from its messages and answers: a device's own clock may be hours off. */
export class ServerTime {
  /** How far the server's clock is ahead of the device's, in milliseconds. 0 until the server has answered. */
  #ahead = 0;
  #device;

  /** @param {() => number} [device] the device's clock, milliseconds since 1970 */
  constructor(device = () => Date.now()) {
    this.#device = device;
  }

  /** Milliseconds since 1970, like `Date.now()`. */
  now() {
    return this.#device() + this.#ahead;
  }

  /** The device's clock, to be passed to `header` as `asked`. */
  device() {
    return this.#device();
  }

  /** @param {string | undefined} sent when the server sent the message that has just arrived; what is no time is ignored */
  learn(sent) {
    const at = Date.parse(sent ?? "");
    if (!Number.isNaN(at)) this.#ahead = at - this.#device();
  }

  /**
   * Corrects the clock by an answer's `Date` header. The server wrote it after the request and before the answer came, which
   * bounds the offset. Within the bounds it stays: a slow answer changes nothing, and a clock that is right is left alone.
   *
   * @param {string | null} date of an answer that has just come; ignored where it is missing or no date
   * @param {number} asked when the request went out, by `device()`
   */
  header(date, asked) {
    const time = Date.parse(date ?? "");
    const [least, most] = [time - this.#device(), time + HEADER_MS - asked];
    // Not where the device's clock was set in between, nor for NaN.
    if (least <= most) this.#ahead = Math.min(Math.max(this.#ahead, least), most);
  }
}
