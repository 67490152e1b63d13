/** All channels with listeners on this page. */
export class Subscriptions {
    /**
     * @param {import("./platform.js").Platform} platform
     * @param {(error: unknown) => void} onError
     * @param {() => void} onLate called when `areListsLate` has changed
     */
    constructor(platform: import("./platform.js").Platform, onError: (error: unknown) => void, onLate: () => void);
    /** What the user has seen of their own channel. */
    seen: Seen;
    /**
     * @param {string} channel
     * @param {import("./listener.js").Handlers} handlers
     * @returns {() => void} stops listening
     */
    add(channel: string, handlers: import("./listener.js").Handlers): () => void;
    /** @param {import("./log.js").Event} event from whichever connection */
    take(event: import("./log.js").Event): void;
    /**
     * @param {Record<string, number>} cursors where logs end
     * @param {Record<string, string>} epochs which logs these are
     */
    heads(cursors: Record<string, number>, epochs: Record<string, string>): void;
    /**
     * @param {string} channel
     * @param {string} code
     */
    lost(channel: string, code: string): void;
    /**
     * A new connection takes over.
     *
     * @param {import("./watch.js").Transport} transport
     * @param {Pick<import("./connection.js").Welcome, "cursors" | "epochs" | "seen">} [welcome] none where it is polled
     * @returns {Promise<void>} when every channel has caught up, or has been refused
     */
    resume(transport: import("./watch.js").Transport, welcome?: Pick<import("./connection.js").Welcome, "cursors" | "epochs" | "seen">): Promise<void>;
    /** Whether something that is shown is old, or not there, though there is a connection. */
    get areListsLate(): boolean;
    /** There is no connection any more. */
    pause(): void;
    #private;
}
import { Seen } from "./seen.js";
