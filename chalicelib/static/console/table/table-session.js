import { Locks } from "../shared/locks.js";

/**
 * A camera opens each scan in a new tab. Tabs of one browser send each other the guest's token, so that a guest who scans
 * again finds their orders; no token is stored where it outlives them.
 *
 * @typedef {{kind: "ask"} | {kind: "answer", token: string}} Message
 */

// Half of a blink of a phone; a tab that is asleep does not answer.
const ANSWER_MS = 500;
const PRESENCE = "luckygas.guest";

export class TableSession {
  /** @type {((token: string) => void) | undefined} */
  #pending;
  #token = "";
  #channel;
  #locks;

  /** @param {{channel?: BroadcastChannel, locks?: LockManager}} [platform] */
  constructor({ channel = new BroadcastChannel(PRESENCE), locks = navigator.locks } = {}) {
    this.#channel = channel;
    this.#locks = new Locks(locks);
    channel.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** The token of another tab; undefined without one. @returns {Promise<string | undefined>} */
  async token() {
    if (!(await this.#locks.holders(PRESENCE))) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
      this.#pending = (token) => {
        clearTimeout(timer);
        resolve(token);
      };
      this.#channel.postMessage({ kind: "ask" });
    });
  }

  /** Offers the token to other tabs. @param {string} token the newest */
  share(token) {
    // A browser does not freeze a tab that holds a lock. The lock shows other tabs that this one can answer.
    if (!this.#token) void this.#locks.share(PRESENCE, new Promise(() => {}));
    this.#token = token;
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.kind === "answer") this.#pending?.(message.token);
    else if (this.#token) this.#channel.postMessage({ kind: "answer", token: this.#token });
  }
}
