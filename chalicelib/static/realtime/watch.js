import { Listener } from "./listener.js";
import { ChannelLog } from "./log.js";
import { backoff } from "./backoff.js";

// What is missing is most likely on its way.
const GAP_MS = 1000;
// A page that is left for another often wants the same channel again.
const LINGER_MS = 5000;
const TRY_AGAIN = new Set(["timeout", "rate_limited", "unavailable", "busy", "internal_error"]);

/**
 * @typedef {{request(message: Record<string, any>): Promise<Record<string, any>>}} Link
 */

/** A channel that somebody here listens to: asks for what is missing, over whatever connection there is. */
export class Watch {
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** @type {Link | undefined} */
  #link;
  /** Whether a question about this channel is under way; two at once could overtake each other on the server. */
  #busy = false;
  /** @type {(() => void) | undefined} Called when a new connection's first question has been answered. */
  #caughtUp;
  #tries = 0;
  /** @type {unknown} */
  #timer;
  #log;
  #channel;
  #platform;
  #onError;
  #onEnd;
  #onLate;

  /**
   * @param {string} channel
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   onError: (error: unknown) => void,
   *   link: Link | undefined,
   *   onEnd: (watch: Watch) => void,
   *   onLate: (listener: Listener, isLate: boolean) => void,
   * }} tools link: the connection that there is. onEnd: nobody listens any more. onLate: a list does not come, or has come
   */
  constructor(channel, { platform, onError, link, onEnd, onLate }) {
    this.#channel = channel;
    this.#link = link;
    this.#platform = platform;
    this.#onError = onError;
    this.#onEnd = onEnd;
    this.#onLate = onLate;
    this.#log = new ChannelLog((number, event) => {
      for (const listener of [...this.#listeners]) listener.tell(number, event);
    });
  }

  /**
   * @param {import("./listener.js").Handlers} handlers
   * @param {import("./recent.js").Recent} seen
   * @returns {() => void} stops listening
   */
  add(handlers, seen) {
    /** @type {Listener} */
    const listener = new Listener(this.#channel, handlers, {
      platform: this.#platform,
      seen,
      onError: this.#onError,
      cursor: () => this.#log.cursor,
      begin: (cursor, epoch) => this.#begin(listener, cursor, epoch),
      late: (isLate) => this.#onLate(listener, isLate),
    });
    this.#listeners.add(listener);
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#settle();
    return () => {
      listener.stop();
      if (this.#listeners.delete(listener) && !this.#listeners.size) this.#later(LINGER_MS);
    };
  }

  /**
   * A new connection is there. Without a cursor of our own, its welcome's is where we begin.
   *
   * @param {Link} link
   * @param {number} [cursor] the welcome's, where it watches this channel already
   * @param {string} [epoch]
   * @returns {Promise<void>} when it has caught up, or need not
   */
  resume(link, cursor, epoch) {
    this.#link = link;
    this.#busy = false;
    this.#isCaughtUp();
    return new Promise((resolve) => {
      this.#caughtUp = resolve;
      if (this.#log.cursor === undefined && cursor !== undefined) this.#start(cursor, epoch);
      else if (this.#knowsWhence) void this.#ask();
      else this.#isCaughtUp();
    });
  }

  /** The connection is gone. */
  pause() {
    this.#link = undefined;
    this.#busy = false;
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isCaughtUp();
    if (!this.#listeners.size) this.#onEnd(this);
  }

  /**
   * @param {number} number
   * @param {import("./log.js").Event} event
   */
  take(number, event) {
    this.#log.take(number, event);
    this.#settle();
  }

  /** @param {import("./log.js").Event} event one without a number: a position */
  show(event) {
    for (const listener of [...this.#listeners]) listener.show(event);
  }

  /** @param {number} number where the log ends */
  head(number) {
    this.#log.head(number);
    this.#settle();
  }

  /** @param {string} code why nothing more is to be heard */
  lose(code) {
    const lost = [...this.#listeners];
    this.#listeners.clear();
    this.#isCaughtUp();
    this.#onEnd(this);
    this.#platform.clock.clearTimeout(this.#timer);
    for (const listener of lost) listener.lose(code);
  }

  /** Whether to ask now: from our cursor, or from now on for whoever waits for no list. */
  get #knowsWhence() {
    return this.#log.cursor !== undefined || [...this.#listeners].some((listener) => !listener.loading);
  }

  /**
   * @param {number} cursor
   * @param {string} [epoch]
   */
  #start(cursor, epoch) {
    const blind = [...this.#listeners].filter((listener) => listener.blind);
    this.#log.start(cursor, epoch);
    this.#isCaughtUp();
    for (const listener of blind) listener.reload();
    this.#settle();
  }

  /**
   * A listener's list ends at `cursor`.
   *
   * @param {Listener} listener
   * @param {number | undefined} cursor
   * @param {string} [epoch]
   */
  #begin(listener, cursor, epoch) {
    const other = this.#log.isOther(epoch);
    if (cursor !== undefined && (this.#log.cursor === undefined || cursor < this.#log.cursor || other)) {
      this.#log.start(cursor, epoch);
      if (other) for (const each of [...this.#listeners]) if (each !== listener) each.reload();
      void this.#ask();
    } else this.#settle();
  }

  async #ask() {
    const link = this.#link;
    if (this.#busy || !link) return;
    this.#busy = true;
    const first = this.#log.cursor === undefined;
    try {
      const answer = await link.request({ type: "subscribe", channel: this.#channel, ...this.#log.ask() });
      if (link !== this.#link) return;
      this.#busy = false;
      this.#tries = 0;
      this.#answered(/** @type {import("./log.js").Answer} */ (answer), first);
    } catch (error) {
      if (link !== this.#link) return;
      this.#busy = false;
      this.#refused(/** @type {import("./connection.js").RealtimeError} */ (error).code);
    }
  }

  /**
   * @param {import("./log.js").Answer} answer
   * @param {boolean} first whether we had no cursor when we asked
   */
  #answered(answer, first) {
    const blind = [...this.#listeners].filter((listener) => first && listener.blind);
    const outcome = this.#log.answered(answer);
    for (const listener of outcome === "lost" ? [...this.#listeners] : blind) listener.reload();
    if (outcome === "stale") return void this.#ask();
    this.#isCaughtUp();
    this.#settle();
  }

  #isCaughtUp() {
    this.#caughtUp?.();
    this.#caughtUp = undefined;
  }

  /** Whether something has to be asked: what came before this connection, or is missing, or where the log stands. */
  get #owed() {
    return this.#caughtUp || this.#log.behind || (this.#log.cursor === undefined && this.#knowsWhence);
  }

  /** @param {string} code */
  #refused(code) {
    if (code === "disconnected") return;
    if (TRY_AGAIN.has(code)) this.#later(GAP_MS + backoff(this.#tries++, this.#platform.random));
    else this.lose(code);
  }

  /** Sees to what is to be done next, now or in a while. */
  #settle() {
    if (this.#busy || !this.#link || !this.#listeners.size) return;
    if (this.#log.behind) this.#later(GAP_MS);
    else if (this.#log.cursor === undefined && this.#knowsWhence) void this.#ask();
  }

  /** @param {number} ms */
  #later(ms) {
    this.#timer ??= this.#platform.clock.setTimeout(() => {
      this.#timer = undefined;
      if (!this.#listeners.size) void this.#leave();
      else if (this.#owed) void this.#ask();
    }, ms);
  }

  /** Nobody listens any more. Whoever comes meanwhile has to wait: two messages may overtake each other. */
  async #leave() {
    const link = this.#link;
    if (this.#busy) return this.#later(GAP_MS);
    if (link) {
      this.#busy = true;
      await link.request({ type: "unsubscribe", channel: this.#channel }).catch(() => {});
      if (link !== this.#link) return;
      this.#busy = false;
    }
    if (this.#listeners.size) void this.#ask();
    else this.#onEnd(this);
  }
}
