/** Opens connections, one after the other: with which token, and when. */
export class Dialer {
    /**
     * @param {{url: string, format?: string}} options
     * @param {{
     *   platform: import("./platform.js").Platform,
     *   renewal: import("./renewal.js").Renewal,
     *   owner: import("./connection.js").Owner,
     *   onRefused: (error: unknown) => void,
     *   onOver: () => void,
     *   onFailed: () => void,
     * }} tools onRefused: no token is to be had. onOver: the token was refused, and there is no other. onFailed: no token
     *   came, or no socket could be made
     */
    constructor(options: {
        url: string;
        format?: string;
    }, tools: {
        platform: import("./platform.js").Platform;
        renewal: import("./renewal.js").Renewal;
        owner: import("./connection.js").Owner;
        onRefused: (error: unknown) => void;
        onOver: () => void;
        onFailed: () => void;
    });
    /** @type {Connection | undefined} The one on its way. */
    next: Connection | undefined;
    /** Whether the server has refused the last token; with another refusal it is over. */
    get isRefused(): boolean;
    /** Whether it waits for the next try. */
    get isWaiting(): boolean;
    /** A new connection, beside the present one if there is one. */
    open(): Promise<void>;
    /** Tries again in a while. */
    later(): void;
    /** The one on its way has arrived. */
    arrived(): void;
    /** The present one has ended. */
    lost(): void;
    /** The one on its way did not get through. */
    failed(): void;
    /** The server has refused the token: the next must be another. */
    refuse(): void;
    /** What has failed before says nothing about the next try. */
    forget(): void;
    /** @param {{renew: boolean}} how renew: a client that starts again needs a fresh token */
    stop({ renew }: {
        renew: boolean;
    }): void;
    #private;
}
import { Connection } from "./connection.js";
