/**
 * @typedef {import("./states.js").State} State
 */
/** The state that is shown, and the handler that receives its changes. */
export class Status {
    /** @param {(error: unknown) => void} onError gets what listeners throw */
    constructor(onError: (error: unknown) => void);
    /** @type {State} */
    state: State;
    /** @type {string | undefined} */
    reason: string | undefined;
    /**
     * @param {(state: State, reason: string | undefined) => void} listener
     * @returns {() => void} stops it
     */
    listen(listener: (state: State, reason: string | undefined) => void): () => void;
    /**
     * @param {State} state
     * @param {string} [reason]
     */
    set(state: State, reason?: string): void;
    #private;
}
export type State = import("./states.js").State;
