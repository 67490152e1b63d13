/**
 * @typedef {{cursors?: Record<string, number>, epochs?: Record<string, string>}} Snapshot
 *   Where the logs stood before a list's rows were read, as lists over REST say it.
 * @typedef {{
 *   onEvent(event: import("./log.js").Event, channel: string): void,
 *   onReload?(channel: string, how: {signal: AbortSignal}): Promise<Snapshot | void> | Snapshot | void,
 *   onLost?(code: string, channel: string): void,
 *   since?: number,
 *   epoch?: string,
 *   unseen?: boolean,
 * }} Handlers
 *   onReload: loads what is shown anew, shows it, and answers the list's `cursors` and `epochs`; called at the start
 *   (unless `since` says where that is), and whenever too much was missed. It is tried again until it succeeds; `signal`
 *   aborts where it has not within 20 seconds (later tries have longer), or where the listener has stopped.
 *   unseen: of the user's own channel: begins with the stored messages that the user has not seen, see `Realtime.seen`.
 *   onLost: no more events come from this channel, because access ended or was refused.
 */
/** A listener of a channel: what was delivered to it, and its reloads. */
export class Listener {
    /**
     * @param {string} channel
     * @param {Handlers} handlers
     * @param {{
     *   platform: import("./platform.js").Platform,
     *   delivered: import("./recent.js").Recent,
     *   onError: (error: unknown) => void,
     *   cursor: () => number | undefined,
     *   begin: (cursor: number | undefined, epoch?: string) => void,
     *   unseen: () => Promise<import("./seen.js").Mark | undefined>,
     *   rewind: (mark: import("./seen.js").Mark) => void,
     *   late: (isLate: boolean) => void,
     * }} tools delivered: ids of the events that this handler has received in any channel. cursor: the log's. begin: what comes after a
     *   cursor is wanted; without one, what comes from now on. late: the list could not be loaded or takes long, or is there
     */
    constructor(channel: string, handlers: Handlers, tools: {
        platform: import("./platform.js").Platform;
        delivered: import("./recent.js").Recent;
        onError: (error: unknown) => void;
        cursor: () => number | undefined;
        begin: (cursor: number | undefined, epoch?: string) => void;
        unseen: () => Promise<import("./seen.js").Mark | undefined>;
        rewind: (mark: import("./seen.js").Mark) => void;
        late: (isLate: boolean) => void;
    });
    /** Whether a list is on its way, and with it the cursor to begin at. */
    get loading(): boolean;
    /** Whether a list was loaded before the log's cursor was known: it may lack what came between. */
    get blind(): boolean;
    /**
     * @param {number} number
     * @param {import("./log.js").Event} event
     */
    deliver(number: number, event: import("./log.js").Event): void;
    /** @param {import("./log.js").Event} event one that has no number here, or whose number has come */
    show(event: import("./log.js").Event): void;
    /** Too much was missed, or where the log stands was not known at the last load. */
    reload(): void;
    /** What this channel shows from here on is new to a listener that began before the log was known. @param {number} cursor */
    begin(cursor: number): void;
    /** @param {string} code */
    lose(code: string): void;
    stop(): void;
    #private;
}
/**
 * Where the logs stood before a list's rows were read, as lists over REST say it.
 */
export type Snapshot = {
    cursors?: Record<string, number>;
    epochs?: Record<string, string>;
};
/**
 * onReload: loads what is shown anew, shows it, and answers the list's `cursors` and `epochs`; called at the start
 * (unless `since` says where that is), and whenever too much was missed. It is tried again until it succeeds; `signal`
 * aborts where it has not within 20 seconds (later tries have longer), or where the listener has stopped.
 * unseen: of the user's own channel: begins with the stored messages that the user has not seen, see `Realtime.seen`.
 * onLost: no more events come from this channel, because access ended or was refused.
 */
export type Handlers = {
    onEvent(event: import("./log.js").Event, channel: string): void;
    onReload?(channel: string, how: {
        signal: AbortSignal;
    }): Promise<Snapshot | void> | Snapshot | void;
    onLost?(code: string, channel: string): void;
    since?: number;
    epoch?: string;
    unseen?: boolean;
};
