/**
 * @typedef {{cursor: number, epoch?: string}} Mark the number of the last message that the user has seen, and of which log
 */
/** How far the user has seen the messages of their own channel, on any device. */
export class Seen {
    /** @param {import("./platform.js").Clock} clock */
    constructor(clock: import("./platform.js").Clock);
    /**
     * Where the messages that the user has not seen begin; when the server has answered. None where the server does not store them.
     *
     * @param {string} channel
     * @returns {Promise<Mark | undefined>}
     */
    from(channel: string): Promise<Mark | undefined>;
    /**
     * The user has seen this message and those before it. Sent now, or with the next connection.
     *
     * @param {string} channel
     * @param {number} cursor
     */
    mark(channel: string, cursor: number): void;
    /**
     * A connection takes over. Its first message says that this client marks messages itself: a mark that is owed, else 0,
     * which moves nothing.
     *
     * @param {import("./watch.js").Transport} transport
     * @param {Pick<import("./connection.js").Welcome, "epochs" | "seen">} welcome
     */
    welcomed(transport: import("./watch.js").Transport, { seen, epochs }: Pick<import("./connection.js").Welcome, "epochs" | "seen">): void;
    /** Polling takes over. @param {import("./watch.js").Transport} transport */
    polled(transport: import("./watch.js").Transport): void;
    pause(): void;
    #private;
}
/**
 * the number of the last message that the user has seen, and of which log
 */
export type Mark = {
    cursor: number;
    epoch?: string;
};
