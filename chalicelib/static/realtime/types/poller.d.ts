/**
 * @typedef {{
 *   event(event: import("./log.js").Event): void,
 *   answered(): void,
 *   refused(error: {status: number, code: string}): void,
 *   ended(): void,
 * }} PollerOwner
 *   answered: the server has answered a request. refused: it will not have us, or takes no token of ours. ended: there is
 *   no way to it.
 */
/** Follows logs over HTTPS: a transport like a connection, but one that brings only what it is asked for. */
export class Poller {
    /**
     * @param {PollerOwner} owner
     * @param {{
     *   url: URL,
     *   token: (why: {renew: boolean}) => Promise<string>,
     *   pace: import("./pace.js").Pace,
     *   platform: import("./platform.js").Platform,
     *   serverTime: import("./server-time.js").ServerTime,
     * }} tools url: of the events, with the format
     */
    constructor(owner: PollerOwner, tools: {
        url: URL;
        token: (why: {
            renew: boolean;
        }) => Promise<string>;
        pace: import("./pace.js").Pace;
        platform: import("./platform.js").Platform;
        serverTime: import("./server-time.js").ServerTime;
    });
    /** How long to wait before a channel is asked for again, in milliseconds. */
    pause(): number;
    /**
     * Answers `subscribe` as a connection does, after the events, and `seen`. Rejects with RealtimeError.
     *
     * @param {Record<string, any>} message
     * @returns {Promise<Record<string, any>>}
     */
    request(message: Record<string, any>): Promise<Record<string, any>>;
    /** Ends it without a word to its owner. */
    close(): void;
    #private;
}
/**
 * answered: the server has answered a request. refused: it will not have us, or takes no token of ours. ended: there is
 * no way to it.
 */
export type PollerOwner = {
    event(event: import("./log.js").Event): void;
    answered(): void;
    refused(error: {
        status: number;
        code: string;
    }): void;
    ended(): void;
};
