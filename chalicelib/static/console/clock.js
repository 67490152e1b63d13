// The `Date` header has no milliseconds.
const HEADER_MS = 999;

/**
 * The server's time. Devices are minutes or hours off, so ages, "today" and "late" are counted by this clock and never
 * by the device's own. It reads the device's clock and corrects it by the `Date` header of every answer.
 */
export class ServerClock {
  /** How far the server is ahead of the device, in milliseconds. 0 until the first answer. */
  #offset = 0;
  #device;

  /** @param {() => number} [device] the device's clock, milliseconds since 1970 */
  constructor(device = () => Date.now()) {
    this.#device = device;
  }

  /** Milliseconds since 1970. */
  now() {
    return this.#device() + this.#offset;
  }

  /** The device's clock, to be passed to `header` as `sent`. */
  device() {
    return this.#device();
  }

  /**
   * Corrects the clock by an answer's `Date` header. The server wrote it after the request and before the answer came, which
   * bounds the offset. Within the bounds it stays: a slow answer changes nothing, and a clock that is right is left alone.
   *
   * @param {string | null} date of an answer that has just come; ignored where it is missing or no date
   * @param {number} sent when the request went out, by `device()`
   */
  header(date, sent) {
    const time = Date.parse(date ?? "");
    const [least, most] = [time - this.#device(), time + HEADER_MS - sent];
    // Not where the device's clock was set in between, nor for NaN.
    if (least <= most) this.#offset = Math.min(Math.max(this.#offset, least), most);
  }
}

/** The clock of this page. */
export const serverClock = new ServerClock();

/** The server's time, in milliseconds since 1970. */
export function now() {
  return serverClock.now();
}
