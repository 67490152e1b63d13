import { backoff } from "./backoff.js";
import { RealtimeError } from "./connection.js";
import { safely } from "./safely.js";

// After so long without a list, the state says that what is shown is old.
const LATE_MS = 10_000;
// A request that never ends must not block the next ones; over a slow network each may take twice as long as the one before.
const LOAD_MS = 20_000;
const MOST_LOAD_MS = 300_000;

/**
 * @typedef {{cursors?: Record<string, number>, epochs?: Record<string, string>}} Snapshot
 *   Where the logs stood before a list's rows were read, as lists over REST say it.
 * @typedef {{
 *   onEvent(event: import("./log.js").Event, channel: string): void,
 *   onReload?(channel: string, how: {signal: AbortSignal}): Promise<Snapshot | void> | Snapshot | void,
 *   onLost?(code: string, channel: string): void,
 *   since?: number,
 *   epoch?: string,
 *   unseen?: boolean,
 * }} Handlers
 *   onReload: loads what is shown anew, shows it, and answers the list's `cursors` and `epochs`; called at the start
 *   (unless `since` says where that is), and whenever too much was missed. It is tried again until it succeeds; `signal`
 *   aborts where it has not within 20 seconds (later tries have longer), or where the listener has stopped.
 *   unseen: of the user's own channel: begins with the stored messages that the user has not seen, see `Realtime.seen`.
 *   onLost: no more events come from this channel, because access ended or was refused.
 */

/** A listener of a channel: what was delivered to it, and its reloads. */
export class Listener {
  /** @type {number | undefined} The last number delivered, or contained in its list. */
  #after;
  #loading = false;
  #again = false;
  #stopped = false;
  /** @type {(() => void) | undefined} */
  #wakeUp;
  /** @type {import("./seen.js").Mark | undefined} Where stored messages began. */
  #mark;
  /** Ends the load under way. */
  #given = new AbortController();
  #channel;
  #handlers;
  #tools;

  /**
   * @param {string} channel
   * @param {Handlers} handlers
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   delivered: import("./recent.js").Recent,
   *   onError: (error: unknown) => void,
   *   cursor: () => number | undefined,
   *   begin: (cursor: number | undefined, epoch?: string) => void,
   *   unseen: () => Promise<import("./seen.js").Mark | undefined>,
   *   rewind: (mark: import("./seen.js").Mark) => void,
   *   late: (isLate: boolean) => void,
   * }} tools delivered: ids of the events that this handler has received in any channel. cursor: the log's. begin: what comes after a
   *   cursor is wanted; without one, what comes from now on. late: the list could not be loaded or takes long, or is there
   */
  constructor(channel, handlers, tools) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#tools = tools;
    this.#after = tools.cursor();
    const { since, epoch } = handlers;
    const start = { cursors: { [channel]: since ?? 0 }, ...(epoch && { epochs: { [channel]: epoch } }) };
    if (since !== undefined) void this.#load(() => start);
    else if (handlers.unseen) void this.#rewind();
    else if (handlers.onReload) this.reload();
  }

  /** Whether a list is on its way, and with it the cursor to begin at. */
  get loading() {
    return this.#loading;
  }

  /** Whether a list was loaded before the log's cursor was known: it may lack what came between. */
  get blind() {
    return !this.#loading && this.#after === undefined && this.#handlers.onReload !== undefined;
  }

  /**
   * @param {number} number
   * @param {import("./log.js").Event} event
   */
  deliver(number, event) {
    if (this.#after !== undefined && number <= this.#after) return;
    this.#after = number;
    this.show(event);
  }

  /** @param {import("./log.js").Event} event one that has no number here, or whose number has come */
  show(event) {
    // While a list is being loaded, nothing is delivered: what the list does not contain is replayed from its cursor.
    if (this.#loading || !this.#tools.delivered.add(event.id)) return;
    safely(() => this.#handlers.onEvent(event, this.#channel), this.#tools.onError);
  }

  /** Too much was missed, or where the log stands was not known at the last load. */
  reload() {
    if (this.#handlers.onReload) void this.#load((signal) => this.#handlers.onReload?.(this.#channel, { signal }));
    else if (this.#handlers.unseen) void this.#rewind();
    else this.#after = this.#tools.cursor();
  }

  /** What this channel shows from here on is new to a listener that began before the log was known. @param {number} cursor */
  begin(cursor) {
    if (!this.#loading) this.#after ??= cursor;
  }

  /** Goes back to the first stored message that the user has not seen; but never twice to the same, if it is not there. */
  async #rewind() {
    if (this.#loading) return;
    this.#loading = true;
    const mark = await this.#tools.unseen();
    this.#loading = false;
    if (this.#stopped) return;
    const isTried = mark?.cursor === this.#mark?.cursor && mark?.epoch === this.#mark?.epoch;
    this.#mark = mark;
    this.#after = isTried ? this.#tools.cursor() : mark?.cursor;
    if (mark && !isTried) this.#tools.rewind(mark);
    else this.#tools.begin(this.#tools.cursor());
  }

  /** @param {string} code */
  lose(code) {
    this.stop();
    safely(() => this.#handlers.onLost?.(code, this.#channel), this.#tools.onError);
  }

  stop() {
    this.#stopped = true;
    this.#tools.late(false);
    this.#given.abort();
    this.#wakeUp?.();
  }

  /** @param {(signal: AbortSignal) => Promise<Snapshot | void> | Snapshot | void} load */
  async #load(load) {
    this.#again = true;
    if (this.#loading) return;
    this.#loading = true;
    const { clock } = this.#tools.platform;
    const isLate = () => this.#tools.late(!this.#stopped);
    const timer = clock.setTimeout(isLate, LATE_MS);
    let limit = LOAD_MS;
    for (let tries = 0; this.#again && !this.#stopped; ) {
      this.#again = false;
      const before = this.#tools.cursor();
      try {
        const snapshot = (await this.#inTime(load, limit)) ?? {};
        if (this.#stopped || this.#again) continue;
        const cursor = snapshot.cursors?.[this.#channel] ?? before;
        this.#again = cursor === undefined && this.#tools.cursor() !== undefined;
        if (!this.#again) this.#loaded(cursor, snapshot.epochs?.[this.#channel]);
      } catch (error) {
        // The listener has stopped, and a load that it aborted is no error.
        if (this.#stopped) break;
        this.#tools.onError(error);
        this.#again = true;
        if (error instanceof RealtimeError) limit = Math.min(limit * 2, MOST_LOAD_MS);
        isLate();
        await this.#pause(backoff(tries++, this.#tools.platform.random));
      }
    }
    this.#loading = false;
    clock.clearTimeout(timer);
    this.#tools.late(false);
  }

  /**
   * Rejects with RealtimeError `timeout` where loading takes too long.
   *
   * @param {(signal: AbortSignal) => Promise<Snapshot | void> | Snapshot | void} load
   * @param {number} ms
   */
  async #inTime(load, ms) {
    const { clock } = this.#tools.platform;
    const given = (this.#given = new AbortController());
    const loading = Promise.resolve(load(given.signal));
    let isOver = false;
    /** @type {Promise<never>} */
    const late = new Promise((_, reject) => {
      const timer = clock.setTimeout(() => {
        isOver = true;
        reject(new RealtimeError("timeout", "No list came in time."));
        given.abort();
      }, ms);
      const settled = () => clock.clearTimeout(timer);
      loading.then(settled, settled);
    });
    // One that comes after all has replaced what is shown, perhaps by something older.
    loading.then(() => isOver && !this.#loading && !this.#stopped && this.reload(), () => {});
    return Promise.race([loading, late]);
  }

  /**
   * @param {number | undefined} cursor
   * @param {string} [epoch]
   */
  #loaded(cursor, epoch) {
    this.#loading = false;
    this.#after = cursor;
    // What came meanwhile may not be in the list; it comes again, and must not be taken for a repeat.
    this.#tools.delivered.clear();
    this.#tools.begin(cursor, epoch);
  }

  /** @param {number} ms */
  #pause(ms) {
    const { clock } = this.#tools.platform;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(undefined), ms);
      this.#wakeUp = () => {
        clock.clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}
