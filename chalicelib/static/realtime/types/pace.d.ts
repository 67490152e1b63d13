/** Runs what it is given, in order, never faster than the server takes messages. */
export class Pace {
    /** @param {import("./platform.js").Clock} clock */
    constructor(clock: import("./platform.js").Clock);
    /** @param {() => void} turn called when its turn has come */
    push(turn: () => void): void;
    /** Lets nothing run for a while: the server asks for it. @param {number} ms */
    hold(ms: number): void;
    /** Forgets what waits. */
    stop(): void;
    #private;
}
