import { Listener } from "./listener.js";
import { ChannelLog } from "./log.js";
import { backoff } from "./backoff.js";

// What is missing is most likely on its way.
const GAP_MS = 1000;
// A page that is left for another often wants the same channel again.
const LINGER_MS = 5000;
const TRY_AGAIN = new Set(["timeout", "rate_limited", "unavailable", "busy", "internal_error"]);
const UNANSWERED = new Set(["timeout", "internal_error"]);
// After so many failed replays a list is loaded instead.
const MOST_UNANSWERED = 3;

/**
 * @typedef {{request(message: Record<string, any>): Promise<Record<string, any>>, pause?: () => number}} Transport
 *   pause: of a transport that brings nothing by itself; how many milliseconds to wait before asking again.
 */

/** A channel with listeners on this page. It requests missing events over the present connection. */
export class Watch {
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** @type {Transport | undefined} */
  #transport;
  /** Whether a question about this channel is under way; two at once could overtake each other on the server. */
  #busy = false;
  /** @type {(() => void) | undefined} Called when a new connection's first question has been answered. */
  #caughtUp;
  #tries = 0;
  /** How often no answer came to a question from the same cursor. */
  #unanswered = { since: -1, times: 0 };
  /** @type {unknown} */
  #timer;
  #log;
  #channel;
  #platform;
  #onError;
  #unseen;
  #onEnd;
  #onLate;

  /**
   * @param {string} channel
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   onError: (error: unknown) => void,
   *   transport: Transport | undefined,
   *   unseen: () => Promise<import("./seen.js").Mark | undefined>,
   *   onEnd: (watch: Watch) => void,
   *   onLate: (listener: Listener, isLate: boolean) => void,
   * }} tools transport: the connection that there is. unseen: where messages begin that the user has not seen. onEnd: no listener
   *   is left. onLate: a list does not come, or has come
   */
  constructor(channel, { platform, onError, transport, unseen, onEnd, onLate }) {
    this.#channel = channel;
    this.#transport = transport;
    this.#platform = platform;
    this.#onError = onError;
    this.#unseen = unseen;
    this.#onEnd = onEnd;
    this.#onLate = onLate;
    this.#log = new ChannelLog((number, event) => {
      for (const listener of [...this.#listeners]) listener.deliver(number, event);
    });
  }

  /**
   * @param {import("./listener.js").Handlers} handlers
   * @param {import("./recent.js").Recent} delivered
   * @returns {() => void} stops listening
   */
  add(handlers, delivered) {
    /** @type {Listener} */
    const listener = new Listener(this.#channel, handlers, {
      platform: this.#platform,
      delivered,
      onError: this.#onError,
      cursor: () => this.#log.cursor,
      begin: (cursor, epoch) => this.#begin(listener, cursor, epoch),
      unseen: this.#unseen,
      rewind: (mark) => this.#rewind(mark),
      late: (isLate) => this.#onLate(listener, isLate),
    });
    this.#listeners.add(listener);
    this.#clear();
    this.#settle();
    return () => {
      listener.stop();
      if (this.#listeners.delete(listener) && !this.#listeners.size) this.#later(LINGER_MS);
    };
  }

  /**
   * A new connection is there. Without a cursor of our own, its welcome's is where we begin.
   *
   * @param {Transport} transport
   * @param {number} [cursor] the welcome's, where it watches this channel already
   * @param {string} [epoch]
   * @returns {Promise<void>} when it has caught up, or need not
   */
  resume(transport, cursor, epoch) {
    this.#transport = transport;
    this.#busy = false;
    if (this.#listeners.size) this.#clear();
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
    this.#transport = undefined;
    this.#busy = false;
    this.#clear();
    this.#isCaughtUp();
    if (!this.#listeners.size) this.#onEnd(this);
  }

  /**
   * @param {number} number
   * @param {import("./log.js").Event} event
   */
  take(number, event) {
    if (this.#log.isTaken(number, event)) this.#forget();
    this.#log.take(number, event);
    this.#settle();
  }

  /** @param {import("./log.js").Event} event one without a number: a position */
  show(event) {
    for (const listener of [...this.#listeners]) listener.show(event);
  }

  /**
   * @param {number} number where the log ends
   * @param {string} [epoch] which log that is
   */
  head(number, epoch) {
    if (this.#log.contradicts(number, epoch)) return this.#listeners.size ? void this.#ask() : undefined;
    this.#log.head(number);
    this.#settle();
  }

  /** @param {string} code why no more events come */
  lose(code) {
    const lost = [...this.#listeners];
    this.#listeners.clear();
    this.#isCaughtUp();
    this.#onEnd(this);
    this.#clear();
    for (const listener of lost) listener.lose(code);
  }

  /** Whether to ask now: from our cursor, or from now on where no listener waits for a list. */
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
    for (const listener of this.#listeners) listener.begin(cursor);
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

  /** Stored messages begin after this mark. @param {import("./seen.js").Mark} mark */
  #rewind({ cursor, epoch }) {
    const before = this.#log.cursor;
    if (before === undefined || cursor < before || this.#log.isOther(epoch)) this.#log.start(cursor, epoch);
    // After a welcome they come by themselves, and are asked for only where they do not.
    if (before === undefined) void this.#ask();
    else this.#settle();
  }

  async #ask() {
    const transport = this.#transport;
    if (this.#busy || !transport) return;
    this.#busy = true;
    const since = this.#log.cursor;
    /** @type {import("./log.js").Answer} */
    let answer;
    try {
      const question = { type: "subscribe", channel: this.#channel, ...this.#log.ask() };
      answer = /** @type {import("./log.js").Answer} */ (await transport.request(question));
      if (transport !== this.#transport) return;
    } catch (error) {
      if (transport !== this.#transport) return;
      this.#busy = false;
      return this.#refused(/** @type {import("./connection.js").RealtimeError} */ (error).code, since);
    }
    this.#busy = false;
    this.#tries = this.#unanswered.times = 0;
    this.#answered(answer, since);
  }

  /**
   * @param {import("./log.js").Answer} answer
   * @param {number | undefined} since our cursor when we asked
   */
  #answered(answer, since) {
    const blind = [...this.#listeners].filter((listener) => since === undefined && listener.blind);
    const outcome = this.#log.answered(answer);
    if (since === undefined) for (const listener of this.#listeners) listener.begin(answer.cursor);
    for (const listener of outcome === "lost" ? [...this.#listeners] : blind) listener.reload();
    const isMore = outcome === "whole" && answer.more && answer.cursor > (since ?? 0);
    if (outcome === "stale" || isMore) return void this.#ask();
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

  /** The log cannot be followed from our cursor: lists are loaded anew, and it is followed from where they end. */
  #forget() {
    this.#unanswered.times = 0;
    this.#log.forget();
    for (const listener of [...this.#listeners]) listener.reload();
  }

  /**
   * @param {string} code
   * @param {number | undefined} since our cursor when we asked
   */
  #refused(code, since) {
    if (code === "disconnected") return;
    if (UNANSWERED.has(code) && since !== undefined) {
      const { since: before, times } = this.#unanswered;
      this.#unanswered = { since, times: since === before ? times + 1 : 1 };
      if (this.#unanswered.times >= MOST_UNANSWERED) this.#forget();
    }
    if (TRY_AGAIN.has(code)) this.#later(GAP_MS + backoff(this.#tries++, this.#platform.random));
    else this.lose(code);
  }

  /** Sees to what is to be done next, now or in a while. */
  #settle() {
    if (this.#busy || !this.#transport || !this.#listeners.size) return;
    if (this.#log.behind) this.#later(GAP_MS);
    else if (!this.#owed) this.#transport.pause && this.#later(this.#transport.pause());
    else if (this.#timer === undefined) void this.#ask();
  }

  #clear() {
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} ms */
  #later(ms) {
    this.#timer ??= this.#platform.clock.setTimeout(() => {
      this.#timer = undefined;
      if (!this.#listeners.size) void this.#leave();
      else if (this.#owed || (this.#transport?.pause && this.#knowsWhence)) void this.#ask();
    }, ms);
  }

  /** No listener is left. One that is added meanwhile has to wait: two messages may overtake each other. */
  async #leave() {
    const transport = this.#transport;
    if (this.#busy) return this.#later(GAP_MS);
    if (transport) {
      this.#busy = true;
      await transport.request({ type: "unsubscribe", channel: this.#channel }).catch(() => {});
      if (transport !== this.#transport) return;
      this.#busy = false;
    }
    if (this.#listeners.size) return void this.#ask();
    this.#isCaughtUp();
    this.#onEnd(this);
  }
}
