/** Sends what it is given, in order, never faster than the server takes it. */
export class Pace {
    /**
     * @param {(text: string) => void} send
     * @param {import("./platform.js").Clock} clock
     */
    constructor(send: (text: string) => void, clock: import("./platform.js").Clock);
    /**
     * @param {string} text
     * @param {() => void} [onSent] called when its turn has come: until then nobody could have answered
     */
    push(text: string, onSent?: () => void): void;
    stop(): void;
    #private;
}
