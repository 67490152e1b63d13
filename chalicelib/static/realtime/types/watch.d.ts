/**
 * @typedef {{request(message: Record<string, any>): Promise<Record<string, any>>, pause?: () => number}} Transport
 *   pause: of a transport that brings nothing by itself; how many milliseconds to wait before asking again.
 */
/** A channel with listeners on this page. It requests missing events over the present connection. */
export class Watch {
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
    constructor(channel: string, { platform, onError, transport, unseen, onEnd, onLate }: {
        platform: import("./platform.js").Platform;
        onError: (error: unknown) => void;
        transport: Transport | undefined;
        unseen: () => Promise<import("./seen.js").Mark | undefined>;
        onEnd: (watch: Watch) => void;
        onLate: (listener: Listener, isLate: boolean) => void;
    });
    /**
     * @param {import("./listener.js").Handlers} handlers
     * @param {import("./recent.js").Recent} delivered
     * @returns {() => void} stops listening
     */
    add(handlers: import("./listener.js").Handlers, delivered: import("./recent.js").Recent): () => void;
    /**
     * A new connection is there. Without a cursor of our own, its welcome's is where we begin.
     *
     * @param {Transport} transport
     * @param {number} [cursor] the welcome's, where it watches this channel already
     * @param {string} [epoch]
     * @returns {Promise<void>} when it has caught up, or need not
     */
    resume(transport: Transport, cursor?: number, epoch?: string): Promise<void>;
    /** The connection is gone. */
    pause(): void;
    /**
     * @param {number} number
     * @param {import("./log.js").Event} event
     */
    take(number: number, event: import("./log.js").Event): void;
    /** @param {import("./log.js").Event} event one without a number: a position */
    show(event: import("./log.js").Event): void;
    /**
     * @param {number} number where the log ends
     * @param {string} [epoch] which log that is
     */
    head(number: number, epoch?: string): undefined;
    /** @param {string} code why no more events come */
    lose(code: string): void;
    #private;
}
/**
 * pause: of a transport that brings nothing by itself; how many milliseconds to wait before asking again.
 */
export type Transport = {
    request(message: Record<string, any>): Promise<Record<string, any>>;
    pause?: () => number;
};
import { Listener } from "./listener.js";
