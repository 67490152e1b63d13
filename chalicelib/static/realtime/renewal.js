import { backoff } from "./backoff.js";
import { RealtimeError } from "./connection.js";

// Before the token ends, with room for a refresh that has to be tried again.
const AHEAD_MS = 90_000;
// Clients that connected together do not all refresh together.
const SPREAD_MS = 60_000;
// A request that never ends must not be the end of all others.
const TOKEN_MS = 20_000;
const TRY_AGAIN = new Set(["timeout", "rate_limited", "unavailable"]);

/**
 * @typedef {string | ((why: {renew: boolean}) => Promise<string> | string)} TokenSource
 *   renew: a fresh one is needed, not one that was handed out before. Without an answer within 20 seconds it is called
 *   again. Rejects with an error whose `status` is 401 or
 *   403, and whose `code` says why, where there is none to be had without a new sign-in.
 */

/** The access token: handed out, and renewed on the open connection before it ends. */
export class Renewal {
  /** @type {string | undefined} The one in use. */
  #token;
  /** @type {import("./connection.js").Connection | undefined} The one whose token is renewed. */
  #connection;
  #tries = 0;
  /** @type {unknown} */
  #timer;
  #source;
  #platform;
  #serverTime;
  #onRefused;

  /**
   * @param {TokenSource} source
   * @param {import("./platform.js").Platform} platform
   * @param {import("./server-time.js").ServerTime} serverTime
   * @param {(error: unknown) => void} onRefused no token is to be had, or the server does not take it
   */
  constructor(source, platform, serverTime, onRefused) {
    this.#source = source;
    this.#platform = platform;
    this.#serverTime = serverTime;
    this.#onRefused = onRefused;
  }

  /**
   * A token. Rejects with what the source rejects with, or with RealtimeError `timeout`.
   *
   * @param {{renew: boolean}} why
   * @returns {Promise<{token: string, isNew: boolean}>} isNew: another than the last one
   */
  async get(why) {
    const token = await this.take(why);
    const isNew = token !== this.#token;
    this.#token = token;
    return { token, isNew };
  }

  /**
   * A token for something else than a connection. Rejects like `get`.
   *
   * @param {{renew: boolean}} why
   * @returns {Promise<string>}
   */
  async take(why) {
    return typeof this.#source === "string" ? this.#source : this.#inTime(this.#source(why));
  }

  /**
   * From now on renews the token of this connection, and of no other.
   *
   * @param {import("./connection.js").Connection} connection
   * @param {string} expiresAt by the server's clock
   */
  watch(connection, expiresAt) {
    this.#connection = connection;
    this.#schedule(expiresAt);
  }

  stop() {
    this.#connection = undefined;
    this.#platform.clock.clearTimeout(this.#timer);
  }

  /**
   * @param {Promise<string> | string} token
   * @returns {Promise<string>}
   */
  async #inTime(token) {
    const { clock } = this.#platform;
    /** @type {unknown} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = clock.setTimeout(() => reject(new RealtimeError("timeout", "No token came in time.")), TOKEN_MS);
    });
    try {
      return await Promise.race([token, /** @type {Promise<never>} */ (late)]);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** @param {string} expiresAt */
  #schedule(expiresAt) {
    const left = Date.parse(expiresAt) - this.#serverTime.now();
    this.#tries = 0;
    this.#later(Math.max(left / 2, left - AHEAD_MS - this.#platform.random() * SPREAD_MS));
  }

  /** @param {number} ms */
  #later(ms) {
    this.#platform.clock.clearTimeout(this.#timer);
    this.#timer = this.#platform.clock.setTimeout(() => void this.#renew(), ms);
  }

  async #renew() {
    const connection = this.#connection;
    try {
      const { token, isNew } = await this.get({ renew: true });
      // A token that never changes cannot be renewed; the server will say when it is over.
      if (!isNew || connection !== this.#connection) return;
      const answer = await connection?.request({ type: "authenticate", token });
      if (connection === this.#connection) this.#schedule(answer?.token_expires_at);
    } catch (error) {
      if (connection !== this.#connection) return;
      const { status, code } = refusal(error);
      if (code === "disconnected") return;
      const refused = error instanceof RealtimeError ? !TRY_AGAIN.has(error.code) : status === 401 || status === 403;
      if (refused) this.#onRefused(error);
      else this.#later(1000 + backoff(this.#tries++, this.#platform.random));
    }
  }
}

/**
 * What an error says about a refusal; a frontend may reject with anything, or nothing.
 *
 * @param {unknown} error
 * @returns {{status?: number, code?: string}}
 */
export function refusal(error) {
  return /** @type {any} */ (error) ?? {};
}
