/** Time that stands still until a test moves it. */
export class FakeClock {
  #now = Date.parse("2026-11-22T04:00:00.000Z");
  #order = 0;
  /** @type {Map<number, {at: number, then: () => void}>} */
  #timers = new Map();

  now = () => this.#now;

  /**
   * @param {() => void} then
   * @param {number} ms
   */
  setTimeout = (then, ms) => {
    this.#timers.set(++this.#order, { at: this.#now + Math.max(0, ms), then });
    return this.#order;
  };

  /** @param {unknown} timer */
  clearTimeout = (timer) => {
    this.#timers.delete(/** @type {number} */ (timer));
  };

  /**
   * Moves time on, one timer after the other, and lets promises settle in between.
   *
   * @param {number} [ms]
   */
  async advance(ms = 0) {
    const until = this.#now + ms;
    await settled();
    for (let next; (next = this.#next(until)); await settled()) {
      const [id, { at, then }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      then();
    }
    this.#now = until;
  }

  /** @param {number} until */
  #next(until) {
    const due = [...this.#timers].filter(([, { at }]) => at <= until);
    return due.sort(([one, { at }], [other, { at: later }]) => at - later || one - other)[0];
  }
}

/** All promises that can settle without time have settled. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Random numbers that are the same for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number} in [0, 1)
 */
export function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
