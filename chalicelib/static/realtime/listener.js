import { backoff } from "./backoff.js";

// A list that takes longer is as good as none: what is shown is old, or nothing.
const LATE_MS = 10_000;

/**
 * @typedef {{cursors?: Record<string, number>, epochs?: Record<string, string>}} Snapshot
 *   Where the logs stood before a list's rows were read, as lists over REST say it.
 * @typedef {{
 *   onEvent(event: import("./log.js").Event, channel: string): void,
 *   onReload?(channel: string): Promise<Snapshot | void> | Snapshot | void,
 *   onLost?(code: string, channel: string): void,
 *   since?: number,
 *   epoch?: string,
 * }} Handlers
 *   onReload: loads what is shown anew, shows it, and answers the list's `cursors` and `epochs`; called at the start
 *   (unless `since` says where that is), and whenever too much was missed. It is tried again until it succeeds.
 *   onLost: there is nothing more to be heard in this channel, because access ended or was refused.
 */

/** One who listens to a channel: what they have been told, and their reloads. */
export class Listener {
  /** @type {number | undefined} The last number told, or counted by their list. */
  #after;
  #loading = false;
  #again = false;
  #stopped = false;
  /** @type {(() => void) | undefined} */
  #wakeUp;
  #channel;
  #handlers;
  #tools;

  /**
   * @param {string} channel
   * @param {Handlers} handlers
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   seen: import("./recent.js").Recent,
   *   onError: (error: unknown) => void,
   *   cursor: () => number | undefined,
   *   begin: (cursor: number | undefined, epoch?: string) => void,
   *   late: (isLate: boolean) => void,
   * }} tools seen: ids that this handler has been told in any channel. cursor: the log's. begin: what comes after a
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
    else if (handlers.onReload) this.reload();
  }

  /** Whether a list is on its way, and with it the cursor to begin at. */
  get loading() {
    return this.#loading;
  }

  /** Whether a list was loaded before anybody knew where the log stood: it may lack what came between. */
  get blind() {
    return !this.#loading && this.#after === undefined && this.#handlers.onReload !== undefined;
  }

  /**
   * @param {number} number
   * @param {import("./log.js").Event} event
   */
  tell(number, event) {
    if (this.#after !== undefined && number <= this.#after) return;
    this.#after = number;
    this.show(event);
  }

  /** @param {import("./log.js").Event} event one that has no number here, or whose number has come */
  show(event) {
    // While a list is being loaded, nothing is told: what the list does not hold is replayed from its cursor.
    if (this.#loading || !this.#tools.seen.add(event.id)) return;
    try {
      this.#handlers.onEvent(event, this.#channel);
    } catch (error) {
      this.#tools.onError(error);
    }
  }

  /** Too much was missed, or where the log stands was not known at the last load. */
  reload() {
    if (this.#handlers.onReload) void this.#load(() => this.#handlers.onReload?.(this.#channel));
    else this.#after = this.#tools.cursor();
  }

  /** @param {string} code */
  lose(code) {
    this.stop();
    this.#handlers.onLost?.(code, this.#channel);
  }

  stop() {
    this.#stopped = true;
    this.#tools.late(false);
    this.#wakeUp?.();
  }

  /** @param {() => Promise<Snapshot | void> | Snapshot | void} load */
  async #load(load) {
    this.#again = true;
    if (this.#loading) return;
    this.#loading = true;
    const { clock } = this.#tools.platform;
    const isLate = () => this.#tools.late(!this.#stopped);
    const timer = clock.setTimeout(isLate, LATE_MS);
    for (let tries = 0; this.#again && !this.#stopped; ) {
      this.#again = false;
      const before = this.#tools.cursor();
      try {
        const snapshot = (await load()) ?? {};
        if (this.#stopped || this.#again) continue;
        const cursor = snapshot.cursors?.[this.#channel] ?? before;
        this.#again = cursor === undefined && this.#tools.cursor() !== undefined;
        if (!this.#again) this.#loaded(cursor, snapshot.epochs?.[this.#channel]);
      } catch (error) {
        // Nobody waits for it any more, and what they have aborted is no error.
        if (this.#stopped) break;
        this.#tools.onError(error);
        this.#again = true;
        isLate();
        await this.#pause(backoff(tries++, this.#tools.platform.random));
      }
    }
    this.#loading = false;
    clock.clearTimeout(timer);
    this.#tools.late(false);
  }

  /**
   * @param {number | undefined} cursor
   * @param {string} [epoch]
   */
  #loaded(cursor, epoch) {
    this.#loading = false;
    this.#after = cursor;
    // What came meanwhile may not be in the list; it comes again, and must not be taken for a repeat.
    this.#tools.seen.clear();
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
