import { RealtimeError } from "./connection.js";
import { refusal } from "./renewal.js";
import { after } from "./states.js";

const PAUSE_MS = 2000;
const SPREAD_MS = 2000;
const ANSWER_MS = 15_000;
// So many requests in a row without a proper answer, and there is no way to the server.
const MOST_FAILURES = 3;
// A wait that a proxy invented must not be for ever.
const MOST_WAIT_S = 3600;
// The highest number that the server takes: nothing comes after it, and the answer says where the log ends.
const END = Number.MAX_SAFE_INTEGER;

/**
 * @typedef {{
 *   event(event: import("./log.js").Event): void,
 *   answered(): void,
 *   refused(error: {status: number, code: string}): void,
 *   ended(): void,
 * }} PollerOwner
 *   answered: the server has answered a request. refused: it will not have us, or takes no token of ours. ended: there is
 *   no way to it.
 */

/** Follows logs over HTTPS: a transport like a connection, but one that brings only what it is asked for. */
export class Poller {
  #failures = 0;
  /** @type {Promise<string> | undefined} */
  #token;
  /** @type {PollerOwner | undefined} None after the end. */
  #owner;
  /** @type {Set<AbortController>} Requests under way. */
  #open = new Set();
  #tools;

  /**
   * @param {PollerOwner} owner
   * @param {{
   *   url: URL,
   *   token: (why: {renew: boolean}) => Promise<string>,
   *   pace: import("./pace.js").Pace,
   *   platform: import("./platform.js").Platform,
   *   serverTime: import("./server-time.js").ServerTime,
   * }} tools url: of the events, with the format
   */
  constructor(owner, tools) {
    this.#owner = owner;
    this.#tools = tools;
  }

  /** How long to wait before a channel is asked for again, in milliseconds. */
  pause() {
    return PAUSE_MS + this.#tools.platform.random() * SPREAD_MS;
  }

  /**
   * Answers `subscribe` as a connection does, after the events, and `seen`. Rejects with RealtimeError.
   *
   * @param {Record<string, any>} message
   * @returns {Promise<Record<string, any>>}
   */
  request(message) {
    const { type, ...content } = message;
    if (type !== "subscribe" && type !== "seen") return Promise.resolve({});
    const ask = () => (type === "seen" ? this.#mark(content) : this.#ask(content));
    return new Promise((resolve, reject) => {
      this.#tools.pace.push(() => void ask().then(resolve, reject));
    });
  }

  /** Ends it without a word to its owner. */
  close() {
    this.#owner = undefined;
    for (const request of this.#open) request.abort();
  }

  /** @param {Record<string, any>} message */
  async #ask({ channel, since = END, epoch }) {
    const address = new URL(this.#tools.url);
    for (const [name, value] of Object.entries({ channel, since, epoch })) {
      if (value !== undefined) address.searchParams.set(name, value);
    }
    const { status, body } = await this.#authorized(address.href);
    if (!this.#owner) throw gone();
    const isAnswer = status === 200 && Array.isArray(body?.items) && Number.isInteger(body.cursor);
    // An answer that is no problem document comes from a proxy, which knows nothing of channels.
    if (!isAnswer && (status < 400 || status >= 500 || !body?.code)) {
      throw this.#failed(status >= 500 && status !== 503 ? "internal_error" : "unavailable");
    }
    this.#failures = 0;
    this.#owner.answered();
    if (isAnswer) {
      for (const event of body.items) this.#owner?.event(event);
      return body;
    }
    if (status === 401 || after(body.code) === "stop") {
      this.#owner?.refused({ status, code: body.code });
      throw gone();
    }
    throw new RealtimeError(status === 429 ? "rate_limited" : body.code, "The server has refused.", body);
  }

  /**
   * A server that has no such address may answer with anything, which says nothing about the way to it.
   *
   * @param {Record<string, any>} mark
   */
  async #mark(mark) {
    const { status, body } = await this.#authorized(new URL("realtime/seen", this.#tools.url).href, JSON.stringify(mark));
    if (!this.#owner) throw gone();
    if (status === 200 && Number.isInteger(body?.cursor)) return body;
    const isLater = status === 429 || status >= 500;
    throw new RealtimeError(isLater ? "unavailable" : (body?.code ?? "not_found"), "The server takes no mark.");
  }

  /**
   * An answer; a token that is not taken is renewed once.
   *
   * @param {string} address
   * @param {string} [sent] posted there, as JSON
   */
  async #authorized(address, sent) {
    for (let isRenewed = false; ; isRenewed = true) {
      const used = (this.#token ??= this.#tools.token({ renew: false }));
      const token = await used.catch((error) => this.#noToken(used, error));
      const answer = await this.#fetch(address, token, sent);
      const mayHelp = answer.status === 401 && answer.body?.code && after(answer.body.code) !== "sign_in";
      if (!mayHelp || isRenewed || !this.#owner) return answer;
      // Of several requests that were refused at once, the first renews it for all.
      if (this.#token === used) this.#token = this.#tools.token({ renew: true });
    }
  }

  /**
   * @param {Promise<string>} used
   * @param {unknown} error
   * @returns {never}
   */
  #noToken(used, error) {
    if (this.#token === used) this.#token = undefined;
    const { status, code } = refusal(error);
    if (status !== 401 && status !== 403) throw this.#failed("unavailable");
    this.#owner?.refused({ status, code: code ?? "" });
    throw gone();
  }

  /**
   * @param {string} address
   * @param {string} token
   * @param {string} [sent]
   * @returns {Promise<{status: number, body: any}>}
   */
  async #fetch(address, token, sent) {
    if (!this.#owner) throw gone();
    const { platform, pace, serverTime } = this.#tools;
    const request = new AbortController();
    this.#open.add(request);
    let isLate = false;
    const asked = serverTime.device();
    const timer = platform.clock.setTimeout(() => {
      isLate = true;
      request.abort();
    }, ANSWER_MS);
    try {
      const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
      const posted = sent && { method: "POST", body: sent, headers: { ...headers, "Content-Type": "application/json" } };
      const response = await platform.fetch(address, { headers, ...posted, signal: request.signal });
      serverTime.header(response.headers.get("Date"), asked);
      const { status } = response;
      if (status === 429 || status === 503) pace.hold(waitOf(response.headers.get("Retry-After"), serverTime.now()));
      return { status, body: await response.json().catch(() => undefined) };
    } catch {
      throw this.#failed(isLate ? "timeout" : "unavailable");
    } finally {
      platform.clock.clearTimeout(timer);
      this.#open.delete(request);
    }
  }

  /**
   * @param {string} code
   * @returns {RealtimeError}
   */
  #failed(code) {
    if (!this.#owner) return gone();
    if (++this.#failures >= MOST_FAILURES) {
      const owner = this.#owner;
      this.close();
      owner.ended();
    }
    return new RealtimeError(code, "The events could not be fetched.");
  }
}

/**
 * @param {string | null} retryAfter seconds, or a date
 * @param {number} now by the server's clock
 * @returns {number} milliseconds
 */
function waitOf(retryAfter, now) {
  const seconds = Number(retryAfter ?? 0);
  const wait = Number.isNaN(seconds) ? (Date.parse(String(retryAfter)) - now) / 1000 || 0 : seconds;
  return Math.min(Math.max(0, wait), MOST_WAIT_S) * 1000;
}

function gone() {
  return new RealtimeError("disconnected", "Polling has ended.");
}
