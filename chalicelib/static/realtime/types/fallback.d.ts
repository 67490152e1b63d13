/** Reads the same logs over HTTPS while no WebSocket opens or stays open. */
export class Fallback {
    /**
     * @param {{eventsUrl?: string, format?: string}} options
     * @param {{
     *   platform: import("./platform.js").Platform,
     *   serverTime: import("./server-time.js").ServerTime,
     *   renewal: import("./renewal.js").Renewal,
     *   subscriptions: import("./subscriptions.js").Subscriptions,
     *   onChange: () => void,
     *   onRefused: (error: {status: number, code: string}) => void,
     * }} tools onChange: `isLive` may have changed
     */
    constructor({ eventsUrl, format }: {
        eventsUrl?: string;
        format?: string;
    }, tools: {
        platform: import("./platform.js").Platform;
        serverTime: import("./server-time.js").ServerTime;
        renewal: import("./renewal.js").Renewal;
        subscriptions: import("./subscriptions.js").Subscriptions;
        onChange: () => void;
        onRefused: (error: {
            status: number;
            code: string;
        }) => void;
    });
    /** Whether everything missed has come, and the server answers. */
    get isLive(): boolean;
    /** There is no connection; polls where the next does not come soon. */
    begin(): void;
    /** The network or the page is there again. */
    wake(): void;
    /** A connection has taken over, or nothing is to be followed. */
    end(): void;
    #private;
}
