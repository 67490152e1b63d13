/**
 * Says once, before the first component is shown, where the hooks connect.
 *
 * @param {Configuration} configuration
 */
export function configure({ url, token, ...others }: Configuration): void;
/** What a component has of the shared connection: it behaves like a socket of its own. */
export class SharedSocket {
    /**
     * @param {Format} format
     * @param {Owner} owner
     */
    constructor(format: Format, owner: Owner);
    /** Whether everything that happens is received: over the WebSocket, or by polling. */
    get isConnected(): boolean;
    get reconnects(): boolean;
    /** Also after `disconnect`, and where the connection has ended for good. */
    connect: () => void;
    /** Ends it for this component; the connection ends with the last. */
    disconnect: () => void;
    /**
     * From now on, over every reconnect. To subscribe again changes nothing.
     *
     * @param {string} channel
     * @returns {() => void} unsubscribes
     */
    subscribe: (channel: string) => () => void;
    /**
     * Sends a message. The answer comes as a message, a refusal or a failure as `error`.
     *
     * @param {Record<string, any>} message
     */
    send: (message: Record<string, any>) => void;
    /**
     * @param {import("./connection.js").Welcome} welcome
     * @param {Record<string, any>} message
     */
    welcomed(welcome: import("./connection.js").Welcome, message: Record<string, any>): void;
    changed(): void;
    #private;
}
/**
 * Where to connect and with which token. A url that ends in `/display/<token>` brings its token.
 */
export type Configuration = Omit<import("./realtime.js").Options, "token" | "format" | "onWelcome"> & {
    token?: import("./renewal.js").TokenSource;
};
export type Format = "standard" | "flat";
/**
 * onMessage: receives each message as the server sent it. onChange: `isConnected` may have changed. reconnects: whether
 * a lost connection is to be opened again.
 */
export type Owner = {
    onMessage(message: Record<string, any>): unknown;
    onChange(): void;
    reconnects(): boolean;
};
