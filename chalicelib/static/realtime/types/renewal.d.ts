/**
 * What an error says about a refusal; a frontend may reject with anything, or nothing.
 *
 * @param {unknown} error
 * @returns {{status?: number, code?: string}}
 */
export function refusal(error: unknown): {
    status?: number;
    code?: string;
};
/**
 * @typedef {string | ((why: {renew: boolean}) => Promise<string> | string)} TokenSource
 *   renew: a fresh one is needed, not one that was handed out before. Without an answer within 20 seconds it is called
 *   again. Rejects with an error whose `status` is 401 or
 *   403, and whose `code` says why, where there is none to be had without a new sign-in.
 */
/** The access token: handed out, and renewed on the open connection before it ends. */
export class Renewal {
    /**
     * @param {TokenSource} source
     * @param {import("./platform.js").Platform} platform
     * @param {import("./server-time.js").ServerTime} serverTime
     * @param {(error: unknown) => void} onRefused no token is to be had, or the server does not take it
     */
    constructor(source: TokenSource, platform: import("./platform.js").Platform, serverTime: import("./server-time.js").ServerTime, onRefused: (error: unknown) => void);
    /**
     * A token. Rejects with what the source rejects with, or with RealtimeError `timeout`.
     *
     * @param {{renew: boolean}} why
     * @returns {Promise<{token: string, isNew: boolean}>} isNew: another than the last one
     */
    get(why: {
        renew: boolean;
    }): Promise<{
        token: string;
        isNew: boolean;
    }>;
    /**
     * A token for something else than a connection. Rejects like `get`.
     *
     * @param {{renew: boolean}} why
     * @returns {Promise<string>}
     */
    take(why: {
        renew: boolean;
    }): Promise<string>;
    /**
     * From now on renews the token of this connection, and of no other.
     *
     * @param {import("./connection.js").Connection} connection
     * @param {string} expiresAt by the server's clock
     */
    watch(connection: import("./connection.js").Connection, expiresAt: string): void;
    stop(): void;
    #private;
}
/**
 * renew: a fresh one is needed, not one that was handed out before. Without an answer within 20 seconds it is called
 * again. Rejects with an error whose `status` is 401 or
 * 403, and whose `code` says why, where there is none to be had without a new sign-in.
 */
export type TokenSource = string | ((why: {
    renew: boolean;
}) => Promise<string> | string);
