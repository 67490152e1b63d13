import { browser } from "./platform.js";
import { Realtime } from "./realtime.js";
import { harmless, safely } from "./safely.js";

/**
 * @typedef {Omit<import("./realtime.js").Options, "token" | "format" | "onWelcome"> &
 *   {token?: import("./renewal.js").TokenSource}} Configuration
 *   Where to connect and with which token. A url that ends in `/display/<token>` brings its token.
 * @typedef {"standard" | "flat"} Format
 * @typedef {{
 *   onMessage(message: Record<string, any>): unknown,
 *   onChange(): void,
 *   reconnects(): boolean,
 * }} Owner
 *   onMessage: receives each message as the server sent it. onChange: `isConnected` may have changed. reconnects: whether
 *   a lost connection is to be opened again.
 */

// What is polled where no WebSocket says which channels the user has.
/** @type {Readonly<Record<Format, readonly string[]>>} */
const FIRST = { standard: ["orders", "routes", "drivers"], flat: ["system"] };

const DISPLAY = /^(.*)\/display\/(display_[\w-]+)\/?$/;

/** @type {import("./realtime.js").Options | undefined} */
let configured;
/** @type {Map<Format, SharedConnection>} */
const connections = new Map();

/**
 * Says once, before the first component is shown, where the hooks connect.
 *
 * @param {Configuration} configuration
 */
export function configure({ url, token, ...others }) {
  const [, base, display] = DISPLAY.exec(url) ?? [];
  if (!token && !display) throw new TypeError("configure() needs a token, or a url that ends in /display/<token>.");
  configured = { ...others, url: display ? `${base}/ws` : url, token: token ?? display };
}

/** One connection for all components of a page: a user may have five. */
class SharedConnection {
  /** @type {import("./connection.js").Welcome | undefined} The last one. */
  welcome;
  realtime;
  /** @type {Set<SharedSocket>} */
  #sockets = new Set();
  #format;
  #clock;

  /**
   * @param {import("./realtime.js").Options} options
   * @param {Format} format
   */
  constructor(options, format) {
    this.#format = format;
    this.#clock = options.platform?.clock ?? browser.clock;
    this.onError = harmless(options.onError ?? ((error) => console.error(error)));
    this.realtime = new Realtime({
      ...options,
      format,
      onWelcome: (welcome, message) => {
        this.welcome = welcome;
        for (const socket of [...this.#sockets]) socket.welcomed(welcome, message);
      },
    });
    this.realtime.onState((state) => {
      const sockets = [...this.#sockets];
      for (const socket of sockets) socket.changed();
      if (state === "offline" && !sockets.some((socket) => socket.reconnects)) this.realtime.stop();
    });
  }

  /** @param {SharedSocket} socket */
  join(socket) {
    this.#sockets.add(socket);
    this.realtime.start();
  }

  /** @param {SharedSocket} socket */
  leave(socket) {
    this.#sockets.delete(socket);
    // Not at once: React's strict mode, and a page that replaces another, leave and join within one turn.
    this.#clock.setTimeout(() => {
      if (this.#sockets.size || connections.get(this.#format) !== this) return;
      connections.delete(this.#format);
      this.realtime.stop();
    }, 0);
  }
}

/** What a component has of the shared connection: it behaves like a socket of its own. */
export class SharedSocket {
  /** @type {SharedConnection | undefined} None while it is disconnected. */
  #connection;
  /** @type {Set<string>} Channels that the component has subscribed to. */
  #requested = new Set();
  /** @type {Map<string, () => void>} By channel: stops it. */
  #stops = new Map();
  #format;
  #owner;

  /**
   * @param {Format} format
   * @param {Owner} owner
   */
  constructor(format, owner) {
    this.#format = format;
    this.#owner = owner;
  }

  /** Whether everything that happens is received: over the WebSocket, or by polling. */
  get isConnected() {
    return ["live", "polling"].includes(this.#connection?.realtime.state ?? "idle");
  }

  get reconnects() {
    return this.#owner.reconnects();
  }

  /** Also after `disconnect`, and where the connection has ended for good. */
  connect = () => {
    if (!configured) throw new Error("Call configure({ url, token }) before a component uses the hook.");
    const connection = connections.get(this.#format) ?? new SharedConnection(configured, this.#format);
    connections.set(this.#format, connection);
    if (this.#connection !== connection) {
      this.#connection = connection;
      for (const channel of [...FIRST[this.#format], ...this.#requested]) this.#follow(channel);
      if (connection.welcome) this.#begin(connection.welcome);
    }
    connection.join(this);
    this.#owner.onChange();
  };

  /** Ends it for this component; the connection ends with the last. */
  disconnect = () => {
    const connection = this.#connection;
    this.#connection = undefined;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
    connection?.leave(this);
    this.#owner.onChange();
  };

  /**
   * From now on, over every reconnect. To subscribe again changes nothing.
   *
   * @param {string} channel
   * @returns {() => void} unsubscribes
   */
  subscribe = (channel) => {
    this.#requested.add(channel);
    this.#follow(channel);
    return () => this.#unsubscribe(channel);
  };

  /**
   * Sends a message. The answer comes as a message, a refusal or a failure as `error`.
   *
   * @param {Record<string, any>} message
   */
  send = (message) => {
    const { type, channel, ref } = message;
    // The client sends its own.
    if (type === "heartbeat") return;
    if (type === "subscribe") return void this.subscribe(channel);
    if (type === "unsubscribe") return this.#unsubscribe(channel);
    const connection = this.#connection;
    const answered = (/** @type {Record<string, any>} */ { ref: ours, ...answer }) => {
      if (connection === this.#connection) this.#deliver(ref === undefined ? answer : { ...answer, ref });
    };
    const sent = connection?.realtime.send(message) ?? Promise.reject(new Error("The component is disconnected."));
    sent.then(answered, ({ code = "not_connected", message: why, answer }) =>
      answered({ type: "error", code, message: why, ...answer }),
    );
  };

  /**
   * @param {import("./connection.js").Welcome} welcome
   * @param {Record<string, any>} message
   */
  welcomed(welcome, message) {
    this.#begin(welcome);
    this.#deliver(message);
  }

  changed() {
    this.#owner.onChange();
  }

  /** Follows what the server sends without being asked. @param {import("./connection.js").Welcome} welcome */
  #begin({ channels, seen = {} }) {
    for (const channel of Object.keys(seen)) this.#follow(channel, { unseen: true });
    for (const channel of channels) this.#follow(channel);
  }

  /** @param {Record<string, any>} message */
  #deliver(message) {
    safely(() => this.#owner.onMessage(message), this.#connection?.onError ?? console.error);
  }

  /**
   * @param {string} channel
   * @param {{unseen?: boolean}} [from]
   */
  #follow(channel, from) {
    const connection = this.#connection;
    if (!connection || this.#stops.has(channel)) return;
    const stop = connection.realtime.subscribe(channel, {
      ...from,
      onEvent: this.#onEvent,
      onLost: (code) => {
        this.#stops.delete(channel);
        if (this.#requested.delete(channel)) this.#deliver({ type: "unsubscribed", channel, code });
      },
    });
    this.#stops.set(channel, stop);
  }

  /** @type {(event: import("./log.js").Event, channel: string) => unknown} One for all channels, so that each event comes once. */
  #onEvent = (event, channel) => {
    const outcome = this.#owner.onMessage(event);
    const number = event.cursors?.[channel];
    // The component has shown it, or has no use for it.
    if (channel in (this.#connection?.welcome?.seen ?? {}) && number) this.#connection?.realtime.seen(channel, number);
    return outcome;
  };

  /** @param {string} channel */
  #unsubscribe(channel) {
    this.#requested.delete(channel);
    this.#stops.get(channel)?.();
    this.#stops.delete(channel);
  }
}
