import { RealtimeError } from "./connection.js";
import { Dialer } from "./dialer.js";
import { Fallback } from "./fallback.js";
import { browser } from "./platform.js";
import { refusal, Renewal } from "./renewal.js";
import { harmless, safely } from "./safely.js";
import { ServerTime } from "./server-time.js";
import { after, REASON_TEXTS, STATE_TEXTS } from "./states.js";
import { Status } from "./status.js";
import { Subscriptions } from "./subscriptions.js";

export { REASON_TEXTS, RealtimeError, STATE_TEXTS };

// After a connection that lasted so long, the next outage counts as a new one.
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
 *   onWelcome?: (welcome: import("./connection.js").Welcome, message: Record<string, any>) => void,
 *   platform?: Partial<import("./platform.js").Platform>,
 * }} Options
 *   url: the WebSocket endpoint, without the token. eventsUrl: of `GET /v1/events`, which is polled while no WebSocket opens
 *   or stays open; without it nothing is polled. onError: receives what handlers throw and what loading a list rejects
 *   with; the browser's console by default. onWelcome: receives each connection's welcome, and the message as it came.
 */

/**
 * A connection to the realtime endpoint. It comes back by itself, and misses no event:
 *
 *     const realtime = new Realtime({ url, token: () => session.token() });
 *     realtime.onState((state) => { banner.textContent = STATE_TEXTS["zh-TW"][state]; });
 *     realtime.subscribe("orders", { onEvent: (event) => board.apply(event), onReload: () => board.load() });
 *     realtime.start();
 */
export class Realtime {
  /** @type {import("./connection.js").Connection | undefined} The one that has been welcomed last. */
  #current;
  /** Whether everything missed was caught up with, over the connection that there is or the one before it. */
  #caughtUp = false;
  #welcomedAt = 0;
  /** When it last came back by itself after others had gone first. */
  #yieldedAt = -Infinity;
  /** @type {unknown} Runs while others go first. */
  #yielding;
  /** @type {() => void} */
  #stopListening = () => {};
  /** @type {import("./connection.js").Owner} */
  #owner = {
    welcomed: (connection, welcome, message) => void this.#welcomed(connection, welcome, message),
    event: (event) => this.#subscriptions.take(event),
    sent: (timestamp) => this.#serverTime.learn(timestamp),
    now: () => this.#serverTime.now(),
    heads: (cursors, epochs) => this.#subscriptions.heads(cursors, epochs),
    lost: (channel, code) => this.#subscriptions.lost(channel, code),
    leave: (connection) => connection === this.#current && !this.#dialer.next && this.#roll(),
    closed: (connection, code) => {
      if (connection === this.#dialer.next) this.#failed(code);
      else if (connection === this.#current) this.#dropped(code);
    },
  };
  #platform;
  #status;
  #serverTime;
  #renewal;
  #dialer;
  #subscriptions;
  #fallback;
  #onWelcome;

  /** @param {Options} options */
  constructor(options) {
    const platform = { ...browser, ...options.platform, WebSocket: options.platform?.WebSocket ?? browser.WebSocket };
    const onError = harmless(options.onError ?? ((error) => console.error(error)));
    const onRefused = (/** @type {unknown} */ error) => this.#refused(error);
    this.#platform = platform;
    this.#onWelcome = (/** @type {Parameters<NonNullable<Options["onWelcome"]>>} */ ...welcome) =>
      safely(() => options.onWelcome?.(...welcome), onError);
    this.#status = new Status(onError);
    const serverTime = (this.#serverTime = new ServerTime(() => platform.clock.now()));
    const renewal = (this.#renewal = new Renewal(options.token, platform, serverTime, onRefused));
    this.#dialer = new Dialer(options, {
      platform,
      renewal,
      owner: this.#owner,
      onRefused,
      onOver: () => this.#end("signed_out", this.reason),
      onFailed: () => this.#retry(this.reason),
    });
    const subscriptions = (this.#subscriptions = new Subscriptions(platform, onError, () => this.#tellLive()));
    const onChange = () => this.#tellPolling();
    this.#fallback = new Fallback(options, { platform, serverTime, renewal, subscriptions, onChange, onRefused });
  }

  /** @type {State} */
  get state() {
    return this.#status.state;
  }

  /** Why: the code of docs/protocol.md if the server sent one, or `loading` where a list does not come. */
  get reason() {
    return this.#status.reason;
  }

  /** Milliseconds since 1970 by the server's clock; by the device's until the server has answered. For ages and countdowns. */
  now() {
    return this.#serverTime.now();
  }

  /**
   * Reports each change of the state from now on.
   *
   * @param {(state: State, reason: string | undefined) => void} listener
   * @returns {() => void} stops it
   */
  onState(listener) {
    return this.#status.listen(listener);
  }

  /** Connects, and stays connected until `stop()`, or until the server refuses the connection. */
  start() {
    if (!["idle", "signed_out", "closed"].includes(this.state)) return;
    this.#platform.clock.clearTimeout(this.#yielding);
    this.#stopListening();
    this.#stopListening = this.#platform.listen((sign) => this.#wake(sign));
    this.#status.set("connecting");
    this.#fallback.begin();
    void this.#dialer.open();
  }

  /** Disconnects. Listeners stay; `start()` continues from their cursors. */
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
   * The user has seen this message of their own channel (`user:{id}`), and those before it: no device receives them anew.
   * Sent now, or as soon as there is a connection.
   *
   * @param {string} channel
   * @param {number} cursor the event's `cursors[channel]`
   */
  seen(channel, cursor) {
    this.#subscriptions.seen.mark(channel, cursor);
  }

  /**
   * Sends a message and waits for the answer. Rejects with RealtimeError: the code is that of the server's refusal.
   * Without a connection it rejects at once; the message is not sent later.
   *
   * @param {Record<string, any>} message
   * @returns {Promise<Record<string, any>>}
   */
  send(message) {
    if (!this.#current) return Promise.reject(new RealtimeError("not_connected", "There is no connection."));
    return this.#current.request(message);
  }

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {import("./connection.js").Welcome} welcome
   * @param {Record<string, any>} message
   */
  async #welcomed(connection, welcome, message) {
    const former = this.#current;
    this.#current = connection;
    this.#dialer.arrived();
    this.#welcomedAt = this.#platform.clock.now();
    this.#renewal.watch(connection, welcome.token_expires_at);
    this.#onWelcome(welcome, message);
    const resumed = this.#subscriptions.resume(connection, welcome);
    this.#fallback.end();
    await resumed;
    // Only now: until everything is caught up with, the former connection delivers events.
    former?.retire();
    if (connection !== this.#current) return;
    this.#caughtUp = true;
    this.#tellLive();
  }

  /** Live, unless a list has not come yet. */
  #tellLive() {
    if (!this.#caughtUp && !this.#fallback.isLive) return;
    if (this.#subscriptions.areListsLate) this.#status.set("connecting", "loading");
    else this.#status.set(this.#caughtUp ? "live" : "polling");
  }

  #tellPolling() {
    if (this.#fallback.isLive) this.#tellLive();
    else if (this.state === "polling" || this.reason === "loading") this.#status.set("offline");
  }

  /** The present connection ends soon: another one is opened before. */
  #roll() {
    this.#dialer.forget();
    void this.#dialer.open();
  }

  /**
   * The one on its way did not get through.
   *
   * @param {string | undefined} code
   */
  #failed(code) {
    this.#dialer.failed();
    if (this.#current) this.#retry();
    else this.#proceed(code);
  }

  /**
   * The present one has ended.
   *
   * @param {string | undefined} code
   */
  #dropped(code) {
    const wasGood = this.#caughtUp && this.#platform.clock.now() - this.#welcomedAt > STABLE_MS;
    this.#current = undefined;
    this.#dialer.lost();
    this.#caughtUp = false;
    this.#renewal.stop();
    this.#subscriptions.pause();
    if (wasGood) this.#dialer.forget();
    this.#fallback.begin();
    // Another that is on its way takes its place; it may even be why this one had to go.
    if (this.#dialer.next) this.#status.set("connecting");
    else this.#proceed(code);
  }

  /** @param {string | undefined} code why there is no connection, if the server sent it */
  #proceed(code) {
    const next = after(code);
    if (next === "stop") this.#end("closed", code);
    else if (next === "yield") this.#yield(code);
    else if (next === "sign_in" || (next === "renew" && this.#dialer.isRefused)) this.#end("signed_out", code);
    else {
      if (next === "renew") this.#dialer.refuse();
      this.#retry(code);
    }
  }

  /**
   * The user has too many connections, and others come first. This one connects again when the user looks at the page,
   * and once after a while: no user touches a display on a wall.
   *
   * @param {string | undefined} code
   */
  #yield(code) {
    const { clock, listen, random } = this.#platform;
    this.#end("closed", code, { renew: false });
    this.#stopListening = listen((sign) => sign === "back" && this.start());
    if (clock.now() - this.#yieldedAt < YIELD_AGAIN_MS) return;
    this.#yielding = clock.setTimeout(() => {
      this.#yieldedAt = clock.now();
      this.start();
    }, YIELD_MS + random() * YIELD_SPREAD_MS);
  }

  /** @param {unknown} error with a `status` where no token is to be had, a `code` where the server says why */
  #refused(error) {
    const { status, code } = refusal(error);
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
    this.#dialer.later();
    if (!this.#current && !this.#fallback.isLive) this.#status.set("offline", reason);
  }

  /** @param {import("./platform.js").Sign} sign */
  #wake(sign) {
    if (this.#current) this.#current.beat({ hurry: sign === "away" });
    else if (sign === "back") {
      this.#fallback.wake();
      if (this.#dialer.isWaiting) void this.#dialer.open();
    }
  }

  /**
   * @param {State} state
   * @param {string} [reason]
   * @param {{renew: boolean}} [how] renew: after a refusal, a client that starts again needs a fresh token
   */
  #end(state, reason, how = { renew: state !== "idle" }) {
    this.#platform.clock.clearTimeout(this.#yielding);
    this.#stopListening();
    this.#renewal.stop();
    this.#fallback.end();
    this.#subscriptions.pause();
    this.#current?.close();
    this.#current = undefined;
    this.#dialer.stop(how);
    this.#caughtUp = false;
    this.#status.set(state, reason);
  }
}
