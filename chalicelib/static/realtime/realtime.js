import { backoff } from "./backoff.js";
import { Connection, RealtimeError } from "./connection.js";
import { browser } from "./platform.js";
import { Renewal } from "./renewal.js";
import { ServerTime } from "./server-time.js";
import { after, REASON_TEXTS, STATE_TEXTS } from "./states.js";
import { Subscriptions } from "./subscriptions.js";

export { REASON_TEXTS, RealtimeError, STATE_TEXTS };

// A connection that lives so long was a good one: the next outage is another.
const STABLE_MS = 5000;
// Ghosts of a network that was away for a moment count as connections until the sweep, for two minutes at most.
const YIELD_MS = 120_000;
const YIELD_SPREAD_MS = 180_000;
// Windows that push each other out in turn come to rest.
const YIELD_AGAIN_MS = 86_400_000;

/**
 * @typedef {import("./states.js").State} State
 * @typedef {{
 *   url: string,
 *   token: import("./renewal.js").TokenSource,
 *   eventsUrl?: string,
 *   format?: "standard" | "flat" | "restaurant",
 *   onError?: (error: unknown) => void,
 *   platform?: Partial<import("./platform.js").Platform>,
 * }} Options
 *   url: the WebSocket endpoint, without the token. eventsUrl: of `GET /v1/events`, which is polled while no WebSocket can
 *   be opened or kept; without it nothing is. onError: hears what handlers throw and what loading a list rejects
 *   with; the browser's console by default.
 */

/**
 * A connection to the realtime endpoint that is always there, or on its way back, and never misses an event:
 *
 *     const realtime = new Realtime({ url, token: () => session.token() });
 *     realtime.onState((state) => { banner.textContent = STATE_TEXTS["zh-TW"][state]; });
 *     realtime.subscribe("orders", { onEvent: (event) => board.apply(event), onReload: () => board.load() });
 *     realtime.start();
 */
export class Realtime {
  /** @type {State} */
  #state = "idle";
  /** @type {string | undefined} */
  #reason;
  /** @type {Set<(state: State, reason: string | undefined) => void>} */
  #listeners = new Set();
  /** @type {Connection | undefined} The one that has been welcomed last. */
  #current;
  /** @type {Connection | undefined} One on its way. */
  #next;
  /** Made anew with each try to connect, so that a late token does not open a second socket. */
  #attempt = {};
  /** Whether the next token must be a fresh one, because the last was refused or may have been; tried: that was not it. */
  #renew = /** @type {"no" | "perhaps" | "tried" | "refused"} */ ("no");
  #tries = 0;
  /** Whether everything missed was caught up with, over the connection that there is or the one before it. */
  #caughtUp = false;
  #welcomedAt = 0;
  /** When it last came back by itself after others had gone first. */
  #yieldedAt = -Infinity;
  /** @type {unknown} */
  #timer;
  /** @type {() => void} */
  #deafen = () => {};
  /** @type {import("./connection.js").Owner} */
  #owner = {
    welcomed: (connection, welcome) => void this.#welcomed(connection, welcome),
    event: (event) => this.#subscriptions.take(event),
    sent: (timestamp) => this.#serverTime.learn(timestamp),
    heads: (cursors) => this.#subscriptions.heads(cursors),
    lost: (channel, code) => this.#subscriptions.lost(channel, code),
    leave: (connection) => connection === this.#current && !this.#next && this.#roll(),
    closed: (connection, code) => {
      if (connection === this.#next) this.#failed(code);
      else if (connection === this.#current) this.#dropped(code);
    },
  };
  #options;
  #platform;
  #renewal;
  #serverTime;
  #subscriptions;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#platform = { ...browser, ...options.platform, WebSocket: options.platform?.WebSocket ?? browser.WebSocket };
    const onError = options.onError ?? ((error) => console.error(error));
    this.#serverTime = new ServerTime(this.#platform.clock);
    this.#renewal = new Renewal(options.token, this.#platform, this.#serverTime, (error) => this.#refused(error));
    this.#subscriptions = new Subscriptions(this.#platform, onError, () => this.#tellLive());
  }

  /** @type {State} */
  get state() {
    return this.#state;
  }

  /** Why: the code of docs/protocol.md where the server said so, or `loading` where a list does not come. */
  get reason() {
    return this.#reason;
  }

  /** Milliseconds since 1970 by the server's clock; by the device's until the server has answered. For ages and countdowns. */
  now() {
    return this.#serverTime.now();
  }

  /**
   * Tells each change of the state from now on.
   *
   * @param {(state: State, reason: string | undefined) => void} listener
   * @returns {() => void} stops it
   */
  onState(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, and stays connected until `stop()`, or until the server will not have us. */
  start() {
    if (this.#state !== "idle" && this.#state !== "signed_out" && this.#state !== "closed") return;
    this.#tries = 0;
    this.#deafen();
    this.#deafen = this.#platform.listen((sign) => this.#wake(sign));
    this.#set("connecting");
    void this.#open();
  }

  /** Disconnects. Who listens stays; `start()` goes on from where they are. */
  stop() {
    this.#end("idle");
  }

  /**
   * Listens to a channel, now and after every reconnect, until the function that is returned is called.
   *
   * @param {string} channel
   * @param {import("./listener.js").Handlers} handlers
   * @returns {() => void}
   */
  subscribe(channel, handlers) {
    return this.#subscriptions.add(channel, handlers);
  }

  /**
   * Says something on the socket and waits for the answer. Rejects with RealtimeError: the server's refusal under its
   * code; nothing is kept for later when there is no connection.
   *
   * @param {Record<string, any>} message
   * @returns {Promise<Record<string, any>>}
   */
  send(message) {
    if (!this.#current) return Promise.reject(new RealtimeError("not_connected", "There is no connection."));
    return this.#current.request(message);
  }

  /**
   * @param {State} state
   * @param {string} [reason]
   */
  #set(state, reason) {
    if (state === this.#state && reason === this.#reason) return;
    this.#state = state;
    this.#reason = reason;
    for (const listener of [...this.#listeners]) listener(state, reason);
  }

  /** A new connection, beside the present one if there is one. */
  async #open() {
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const attempt = (this.#attempt = {});
    try {
      const { token, isNew } = await this.#renewal.get({ renew: this.#renew === "perhaps" || this.#renew === "refused" });
      if (attempt !== this.#attempt) return;
      if (this.#renew === "refused" && !isNew) this.#end("signed_out", this.#reason);
      else this.#next = new Connection(this.#address(token), this.#owner, this.#platform);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const { status } = /** @type {{status?: number}} */ (error);
      if (status === 401 || status === 403) this.#refused(error);
      else this.#retry(this.#reason);
    }
  }

  /** @param {string} token */
  #address(token) {
    const address = new URL(this.#options.url);
    address.searchParams.set("format", this.#options.format ?? "standard");
    address.searchParams.set("token", token);
    return address.href;
  }

  /**
   * @param {Connection} connection
   * @param {import("./connection.js").Welcome} welcome
   */
  async #welcomed(connection, welcome) {
    const former = this.#current;
    this.#current = connection;
    this.#next = undefined;
    this.#welcomedAt = this.#platform.clock.now();
    if (this.#renew !== "refused") this.#renew = "no";
    this.#renewal.watch(connection, welcome.token_expires_at);
    await this.#subscriptions.resume(connection, welcome);
    // Only now: until everything is caught up with, the former one goes on telling.
    former?.retire();
    if (connection !== this.#current) return;
    this.#caughtUp = true;
    this.#tellLive();
  }

  /** Live, unless what is shown has not come yet: then the connection alone is no good. */
  #tellLive() {
    if (!this.#caughtUp) return;
    if (this.#subscriptions.areListsLate) this.#set("connecting", "loading");
    else this.#set("live");
  }

  /** The present connection has to go soon: another takes its place before it does. */
  #roll() {
    this.#tries = 0;
    this.#renew = "no";
    void this.#open();
  }

  /**
   * The one on its way did not get through.
   *
   * @param {string | undefined} code
   */
  #failed(code) {
    this.#next = undefined;
    // A browser does not tell a refused handshake from a network that is away: a fresh token is tried, but once.
    if (this.#renew !== "refused") this.#renew = this.#renew === "no" ? "perhaps" : "tried";
    if (this.#current) this.#retry();
    else this.#proceed(code);
  }

  /**
   * The present one has ended.
   *
   * @param {string | undefined} code
   */
  #dropped(code) {
    this.#current = undefined;
    this.#caughtUp = false;
    this.#renewal.stop();
    this.#subscriptions.pause();
    if (this.#platform.clock.now() - this.#welcomedAt > STABLE_MS) {
      this.#tries = 0;
      this.#renew = "no";
    }
    // Another that is on its way takes its place; it may even be why this one had to go.
    if (this.#next) this.#set("connecting");
    else this.#proceed(code);
  }

  /** @param {string | undefined} code why there is no connection, where the server said so */
  #proceed(code) {
    const next = after(code);
    if (next === "stop") this.#end("closed", code);
    else if (next === "yield") this.#yield(code);
    else if (next === "sign_in" || (next === "renew" && this.#renew === "refused")) this.#end("signed_out", code);
    else {
      if (next === "renew") this.#renew = "refused";
      this.#retry(code);
    }
  }

  /**
   * Others go first, as the user has too many connections. Whoever looks at this page wants it live, and a display on a
   * wall that nobody ever touches must come back as well.
   *
   * @param {string | undefined} code
   */
  #yield(code) {
    const { clock, listen, random } = this.#platform;
    this.#end("closed", code);
    this.#renew = "no";
    this.#deafen = listen((sign) => sign === "back" && this.start());
    if (clock.now() - this.#yieldedAt < YIELD_AGAIN_MS) return;
    this.#timer = clock.setTimeout(() => {
      this.#yieldedAt = clock.now();
      this.start();
    }, YIELD_MS + random() * YIELD_SPREAD_MS);
  }

  /** @param {unknown} error with a `status` where no token is to be had, a `code` where the server says why */
  #refused(error) {
    const { status, code } = /** @type {{status?: number, code?: string}} */ (error);
    const next = after(code);
    if (next === "stop") this.#end("closed", code);
    else if (next === "sign_in" || status !== undefined) this.#end("signed_out", code);
    else {
      this.#current?.close();
      this.#dropped(code);
    }
  }

  /** @param {string} [reason] */
  #retry(reason) {
    const { clock, random } = this.#platform;
    this.#attempt = {};
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => void this.#open(), backoff(this.#tries++, random));
    if (!this.#current) this.#set("offline", reason);
  }

  /** @param {import("./platform.js").Sign} sign */
  #wake(sign) {
    if (this.#current) this.#current.beat({ hurry: sign === "away" });
    else if (sign === "back" && this.#timer !== undefined) void this.#open();
  }

  /**
   * @param {State} state
   * @param {string} [reason]
   */
  #end(state, reason) {
    this.#attempt = {};
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#deafen();
    this.#renewal.stop();
    this.#subscriptions.pause();
    this.#current?.close();
    this.#next?.close();
    this.#current = this.#next = undefined;
    this.#caughtUp = false;
    // Whoever starts again after a refusal comes with a fresh token.
    this.#renew = state === "idle" ? "no" : "perhaps";
    this.#set(state, reason);
  }
}
