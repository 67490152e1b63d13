/** The server's time, estimated from its messages and answers: a device's own clock may be hours off. */
export class ServerTime {
    /** @param {() => number} [device] the device's clock, milliseconds since 1970 */
    constructor(device?: () => number);
    /** Milliseconds since 1970, like `Date.now()`. */
    now(): number;
    /** The device's clock, to be passed to `header` as `asked`. */
    device(): number;
    /** @param {string | undefined} sent when the server sent the message that has just arrived; what is no time is ignored */
    learn(sent: string | undefined): void;
    /**
     * Corrects the clock by an answer's `Date` header. The server wrote it after the request and before the answer came, which
     * bounds the offset. Within the bounds it stays: a slow answer changes nothing, and a clock that is right is left alone.
     *
     * @param {string | null} date of an answer that has just come; ignored where it is missing or no date
     * @param {number} asked when the request went out, by `device()`
     */
    header(date: string | null, asked: number): void;
    #private;
}
