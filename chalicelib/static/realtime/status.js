import { safely } from "./safely.js";

/**
 * @typedef {import("./states.js").State} State
 */

/** The state that is shown, and the handler that receives its changes. */
export class Status {
  /** @type {State} */
  state = "idle";
  /** @type {string | undefined} */
  reason;

  /** @type {Set<(state: State, reason: string | undefined) => void>} */
  #listeners = new Set();
  #onError;

  /** @param {(error: unknown) => void} onError gets what listeners throw */
  constructor(onError) {
    this.#onError = onError;
  }

  /**
   * @param {(state: State, reason: string | undefined) => void} listener
   * @returns {() => void} stops it
   */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * @param {State} state
   * @param {string} [reason]
   */
  set(state, reason) {
    if (state === this.state && reason === this.reason) return;
    this.state = state;
    this.reason = reason;
    for (const listener of [...this.#listeners]) safely(() => listener(state, reason), this.#onError);
  }
}
