/**
 * @typedef {{
 *   resolve: (answer: any) => void, reject: (error: Error) => void, timer: unknown, sentAt: number, until: number,
 * }} Question
 *   timer: runs from when it was sent. sentAt: by the server's clock. until: when it fails, by the device's clock.
 * @typedef {{
 *   channels: string[], cursors: Record<string, number>, epochs: Record<string, string>,
 *   heartbeat_interval: number, token_expires_at: string, user_id: string, role: string, connection_id: string,
 *   seen?: Record<string, number>,
 * }} Welcome
 *   seen: up to where the user has seen the messages of their own channel; the server sends what follows by itself.
 * @typedef {{
 *   welcomed(connection: Connection, welcome: Welcome, message: Record<string, any>): void,
 *   sent(timestamp: string | undefined): void,
 *   event(event: import("./log.js").Event): void,
 *   now(): number,
 *   heads(cursors: Record<string, number>, epochs: Record<string, string>): void,
 *   lost(channel: string, code: string): void,
 *   leave(connection: Connection): void,
 *   closed(connection: Connection, code: string | undefined): void,
 * }} Owner
 *   Receives what comes. sent: when the server sent what follows. now: by the server's clock. leave: the server asks the
 *   client to connect anew soon. closed: called once, but not after `close()`; code: the server's reason, if it sent one.
 */
/** What was asked for was refused, or cannot be known to have been done. */
export class RealtimeError extends Error {
    /**
     * @param {string} code the server's, or `not_connected` (it was not sent), `disconnected`, `timeout` (it may have been done)
     * @param {string} message
     * @param {Record<string, any>} [answer] the whole error message
     */
    constructor(code: string, message: string, answer?: Record<string, any>);
    code: string;
    answer: Record<string, any>;
}
/** One socket, from the handshake to its end: heartbeats, questions and answers. It never comes back. */
export class Connection {
    /**
     * @param {string} url
     * @param {Owner} owner
     * @param {import("./platform.js").Platform} platform
     */
    constructor(url: string, owner: Owner, { WebSocket, clock }: import("./platform.js").Platform);
    /** Whether the welcome has come. */
    welcomed: boolean;
    /**
     * Says something and waits for its answer. Rejects with RealtimeError.
     *
     * @param {Record<string, any>} message
     * @returns {Promise<Record<string, any>>}
     */
    request(message: Record<string, any>): Promise<Record<string, any>>;
    /** Asks for a sign of life now. @param {{hurry?: boolean}} [how] hurry: there most likely is none */
    beat({ hurry }?: {
        hurry?: boolean;
    }): void;
    /** Ends it as soon as everything that was asked has its answer. */
    retire(): void;
    /** Ends it now. `closed` is not called. */
    close(): void;
    #private;
}
/**
 * timer: runs from when it was sent. sentAt: by the server's clock. until: when it fails, by the device's clock.
 */
export type Question = {
    resolve: (answer: any) => void;
    reject: (error: Error) => void;
    timer: unknown;
    sentAt: number;
    until: number;
};
/**
 * seen: up to where the user has seen the messages of their own channel; the server sends what follows by itself.
 */
export type Welcome = {
    channels: string[];
    cursors: Record<string, number>;
    epochs: Record<string, string>;
    heartbeat_interval: number;
    token_expires_at: string;
    user_id: string;
    role: string;
    connection_id: string;
    seen?: Record<string, number>;
};
/**
 * Receives what comes. sent: when the server sent what follows. now: by the server's clock. leave: the server asks the
 * client to connect anew soon. closed: called once, but not after `close()`; code: the server's reason, if it sent one.
 */
export type Owner = {
    welcomed(connection: Connection, welcome: Welcome, message: Record<string, any>): void;
    sent(timestamp: string | undefined): void;
    event(event: import("./log.js").Event): void;
    now(): number;
    heads(cursors: Record<string, number>, epochs: Record<string, string>): void;
    lost(channel: string, code: string): void;
    leave(connection: Connection): void;
    closed(connection: Connection, code: string | undefined): void;
};
