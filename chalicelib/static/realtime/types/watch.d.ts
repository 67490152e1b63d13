/**
 * @typedef {{request(message: Record<string, any>): Promise<Record<string, any>>, pause?: () => number}} Link
 *   pause: of a link that brings nothing by itself; how many milliseconds to wait before asking again.
 */
/** A channel that somebody here listens to: asks for what is missing, over whatever connection there is. */
export class Watch {
    /**
     * @param {string} channel
     * @param {{
     *   platform: import("./platform.js").Platform,
     *   onError: (error: unknown) => void,
     *   link: Link | undefined,
     *   unseen: () => Promise<import("./seen.js").Mark | undefined>,
     *   onEnd: (watch: Watch) => void,
     *   onLate: (listener: Listener, isLate: boolean) => void,
     * }} tools link: the connection that there is. unseen: where messages begin that the user has not seen. onEnd: no listener
     *   is left. onLate: a list does not come, or has come
     */
    constructor(channel: string, { platform, onError, link, unseen, onEnd, onLate }: {
        platform: import("./platform.js").Platform;
        onError: (error: unknown) => void;
        link: Link | undefined;
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
     * @param {Link} link
     * @param {number} [cursor] the welcome's, where it watches this channel already
     * @param {string} [epoch]
     * @returns {Promise<void>} when it has caught up, or need not
     */
    resume(link: Link, cursor?: number, epoch?: string): Promise<void>;
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
    /** @param {string} code why nothing more is to be heard */
    lose(code: string): void;
    #private;
}
/**
 * pause: of a link that brings nothing by itself; how many milliseconds to wait before asking again.
 */
export type Link = {
    request(message: Record<string, any>): Promise<Record<string, any>>;
    pause?: () => number;
};
import { Listener } from "./listener.js";
