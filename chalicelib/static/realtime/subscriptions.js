import { Recent } from "./recent.js";
import { Seen } from "./seen.js";
import { Watch } from "./watch.js";

/** All channels with listeners on this page. */
export class Subscriptions {
  /** What the user has seen of their own channel. */
  seen;
  /** @type {Map<string, Watch>} */
  #watches = new Map();
  /** @type {WeakMap<Function, Recent>} What each handler has received: an event may come in several channels. */
  #delivered = new WeakMap();
  /** @type {import("./watch.js").Transport | undefined} */
  #transport;
  /** @type {Set<import("./listener.js").Listener>} Whose list could not be loaded, or takes long. */
  #late = new Set();
  #platform;
  #onError;
  #onLate;

  /**
   * @param {import("./platform.js").Platform} platform
   * @param {(error: unknown) => void} onError
   * @param {() => void} onLate called when `areListsLate` has changed
   */
  constructor(platform, onError, onLate) {
    this.seen = new Seen(platform.clock);
    this.#platform = platform;
    this.#onError = onError;
    this.#onLate = onLate;
  }

  /**
   * @param {string} channel
   * @param {import("./listener.js").Handlers} handlers
   * @returns {() => void} stops listening
   */
  add(channel, handlers) {
    let watch = this.#watches.get(channel);
    if (!watch) {
      watch = new Watch(channel, {
        platform: this.#platform,
        onError: this.#onError,
        transport: this.#transport,
        unseen: () => this.seen.from(channel),
        onEnd: (ended) => this.#watches.get(channel) === ended && this.#watches.delete(channel),
        onLate: (listener, isLate) => this.#note(listener, isLate),
      });
      this.#watches.set(channel, watch);
    }
    const delivered = this.#delivered.get(handlers.onEvent) ?? new Recent();
    this.#delivered.set(handlers.onEvent, delivered);
    return watch.add(handlers, delivered);
  }

  /** @param {import("./log.js").Event} event from whichever connection */
  take(event) {
    for (const [channel, number] of Object.entries(event.cursors ?? {})) this.#watches.get(channel)?.take(number, event);
    if (!event.cursors) for (const channel of unnumbered(event)) this.#watches.get(channel)?.show(event);
  }

  /**
   * @param {Record<string, number>} cursors where logs end
   * @param {Record<string, string>} epochs which logs these are
   */
  heads(cursors, epochs) {
    for (const [channel, number] of Object.entries(cursors)) this.#watches.get(channel)?.head(number, epochs[channel]);
  }

  /**
   * @param {string} channel
   * @param {string} code
   */
  lost(channel, code) {
    this.#watches.get(channel)?.lose(code);
  }

  /**
   * A new connection takes over.
   *
   * @param {import("./watch.js").Transport} transport
   * @param {Pick<import("./connection.js").Welcome, "cursors" | "epochs" | "seen">} [welcome] none where it is polled
   * @returns {Promise<void>} when every channel has caught up, or has been refused
   */
  async resume(transport, welcome) {
    this.#transport = transport;
    const caughtUp = [...this.#watches].map(([channel, watch]) =>
      watch.resume(transport, welcome?.cursors[channel], welcome?.epochs[channel]),
    );
    if (welcome) this.seen.welcomed(transport, welcome);
    else this.seen.polled(transport);
    await Promise.all(caughtUp);
  }

  /** Whether something that is shown is old, or not there, though there is a connection. */
  get areListsLate() {
    return this.#late.size > 0;
  }

  /**
   * @param {import("./listener.js").Listener} listener
   * @param {boolean} isLate
   */
  #note(listener, isLate) {
    const before = this.areListsLate;
    if (isLate) this.#late.add(listener);
    else this.#late.delete(listener);
    if (this.areListsLate !== before) this.#onLate();
  }

  /** There is no connection any more. */
  pause() {
    this.#transport = undefined;
    this.seen.pause();
    for (const watch of [...this.#watches.values()]) watch.pause();
  }
}

/**
 * The channel of an event without numbers: only positions have none, and they name their driver.
 *
 * @param {import("./log.js").Event} event
 */
function unnumbered(event) {
  const driver = event.data?.driver_id ?? event.driver_id;
  return driver ? ["drivers", `driver:${driver}`] : [];
}
