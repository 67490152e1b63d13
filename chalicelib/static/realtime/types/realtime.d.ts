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
    /** @param {Options} options */
    constructor(options: Options);
    /** @type {State} */
    get state(): State;
    /** Why: the code of docs/protocol.md if the server sent one, or `loading` where a list does not come. */
    get reason(): string | undefined;
    /** Milliseconds since 1970 by the server's clock; by the device's until the server has answered. For ages and countdowns. */
    now(): number;
    /**
     * Reports each change of the state from now on.
     *
     * @param {(state: State, reason: string | undefined) => void} listener
     * @returns {() => void} stops it
     */
    onState(listener: (state: State, reason: string | undefined) => void): () => void;
    /** Connects, and stays connected until `stop()`, or until the server refuses the connection. */
    start(): void;
    /** Disconnects. Listeners stay; `start()` continues from their cursors. */
    stop(): void;
    /**
     * Listens to a channel, now and after every reconnect, until the function that is returned is called.
     *
     * @param {string} channel
     * @param {import("./listener.js").Handlers} handlers
     * @returns {() => void}
     */
    subscribe(channel: string, handlers: import("./listener.js").Handlers): () => void;
    /**
     * The user has seen this message of their own channel (`user:{id}`), and those before it: no device receives them anew.
     * Sent now, or as soon as there is a connection.
     *
     * @param {string} channel
     * @param {number} cursor the event's `cursors[channel]`
     */
    seen(channel: string, cursor: number): void;
    /**
     * Sends a message and waits for the answer. Rejects with RealtimeError: the code is that of the server's refusal.
     * Without a connection it rejects at once; the message is not sent later.
     *
     * @param {Record<string, any>} message
     * @returns {Promise<Record<string, any>>}
     */
    send(message: Record<string, any>): Promise<Record<string, any>>;
    #private;
}
export type State = import("./states.js").State;
/**
 * url: the WebSocket endpoint, without the token. eventsUrl: of `GET /v1/events`, which is polled while no WebSocket opens
 * or stays open; without it nothing is polled. onError: receives what handlers throw and what loading a list rejects
 * with; the browser's console by default. onWelcome: receives each connection's welcome, and the message as it came.
 */
export type Options = {
    url: string;
    token: import("./renewal.js").TokenSource;
    eventsUrl?: string;
    format?: "standard" | "flat" | "restaurant";
    onError?: (error: unknown) => void;
    onWelcome?: (welcome: import("./connection.js").Welcome, message: Record<string, any>) => void;
    platform?: Partial<import("./platform.js").Platform>;
};
import { REASON_TEXTS } from "./states.js";
import { RealtimeError } from "./connection.js";
import { STATE_TEXTS } from "./states.js";
export { REASON_TEXTS, RealtimeError, STATE_TEXTS };
