import { backoff } from "./backoff.js";
import { Connection } from "./connection.js";
import { refusal } from "./renewal.js";

/** Opens connections, one after the other: with which token, and when. */
export class Dialer {
  /** @type {Connection | undefined} The one on its way. */
  next;

  /** Made anew with each try to connect, so that a late token does not open a second socket. */
  #attempt = {};
  /** Whether the next token must be a fresh one, because the last was refused or may have been; tried: that was not it. */
  #renew = /** @type {"no" | "perhaps" | "tried" | "refused"} */ ("no");
  #tries = 0;
  /** Whether a connection has ended and none has taken its place: the server counts reconnects. */
  #hasLost = false;
  /** @type {unknown} */
  #timer;
  #options;
  #tools;

  /**
   * @param {{url: string, format?: string}} options
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   renewal: import("./renewal.js").Renewal,
   *   owner: import("./connection.js").Owner,
   *   onRefused: (error: unknown) => void,
   *   onOver: () => void,
   *   onFailed: () => void,
   * }} tools onRefused: no token is to be had. onOver: the token was refused, and there is no other. onFailed: no token
   *   came, or no socket could be made
   */
  constructor(options, tools) {
    this.#options = options;
    this.#tools = tools;
  }

  /** Whether the server has refused the last token; with another refusal it is over. */
  get isRefused() {
    return this.#renew === "refused";
  }

  /** Whether it waits for the next try. */
  get isWaiting() {
    return this.#timer !== undefined;
  }

  /** A new connection, beside the present one if there is one. */
  async open() {
    this.#clear();
    const { platform, renewal, owner, onRefused, onOver, onFailed } = this.#tools;
    const attempt = (this.#attempt = {});
    try {
      const { token, isNew } = await renewal.get({ renew: this.#renew === "perhaps" || this.#renew === "refused" });
      if (attempt !== this.#attempt) return;
      if (this.#renew === "refused" && !isNew) onOver();
      else this.next = new Connection(this.#address(token), owner, platform);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const { status } = refusal(error);
      if (status === 401 || status === 403) onRefused(error);
      else onFailed();
    }
  }

  /** Tries again in a while. */
  later() {
    const { clock, random } = this.#tools.platform;
    this.#attempt = {};
    this.#clear();
    this.#timer = clock.setTimeout(() => void this.open(), backoff(this.#tries++, random));
  }

  /** The one on its way has arrived. */
  arrived() {
    this.next = undefined;
    this.#hasLost = false;
    if (this.#renew !== "refused") this.#renew = "no";
  }

  /** The present one has ended. */
  lost() {
    this.#hasLost = true;
  }

  /** The one on its way did not get through. */
  failed() {
    this.next = undefined;
    // A browser does not tell a refused handshake from a network that is away: a fresh token is tried, but once.
    if (this.#renew !== "refused") this.#renew = this.#renew === "no" ? "perhaps" : "tried";
  }

  /** The server has refused the token: the next must be another. */
  refuse() {
    this.#renew = "refused";
  }

  /** What has failed before says nothing about the next try. */
  forget() {
    this.#tries = 0;
    this.#renew = "no";
  }

  /** @param {{renew: boolean}} how renew: a client that starts again needs a fresh token */
  stop({ renew }) {
    this.#attempt = {};
    this.#clear();
    this.next?.close();
    this.next = undefined;
    this.#tries = 0;
    this.#hasLost = false;
    this.#renew = renew ? "perhaps" : "no";
  }

  #clear() {
    this.#tools.platform.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {string} token */
  #address(token) {
    const address = new URL(this.#options.url);
    address.searchParams.set("format", this.#options.format ?? "standard");
    address.searchParams.set("token", token);
    if (this.#hasLost) address.searchParams.set("reconnect", "1");
    return address.href;
  }
}
