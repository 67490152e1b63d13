/** The server's clock, as far as its messages tell: a device's own may be hours off. */
export class ServerTime {
    /** @param {import("./platform.js").Clock} clock the device's */
    constructor(clock: import("./platform.js").Clock);
    /** Milliseconds since 1970, like `Date.now()`. Until the server has answered, the device's. */
    now(): number;
    /** @param {string | null | undefined} sent when the server sent what has just arrived; what is no time is ignored */
    learn(sent: string | null | undefined): void;
    #private;
}
