import { Locks } from "./locks.js";

/**
 * The tabs of one browser share a session, whose refresh token works once. They take turns to refresh, and the tab that has
 * refreshed sends the tokens to the others; no token is ever stored where it outlives them.
 *
 * @typedef {{access_token: string, refresh_token: string, expires_at: number, turn: number, retry_key?: string}} Tokens
 *   expires_at: of the access token, by our clock, in milliseconds. turn: how often the session has been refreshed.
 *   retry_key: with which a refresh was sent that has no answer yet.
 * @typedef {{kind: "tokens", tokens: Tokens}
 *   | {kind: "ended", session: string, reason: string | undefined}
 *   | {kind: "ask", id: string, session: string | undefined}
 *   | {kind: "answer", id: string, tokens: Tokens | undefined}} Message
 */

const ANSWER_MS = 1000;
const PRESENCE = "luckygas.tab";

/** @param {string} refreshToken @returns {string} which session it is of */
export function sessionOf(refreshToken) {
  return refreshToken.split(".", 1)[0] ?? "";
}

export class Tabs {
  /** @type {Map<string, (tokens: Tokens | undefined) => void>} Questions of ours, by id. */
  #requests = new Map();
  /** @type {(() => void) | undefined} */
  #leave;
  #channel;
  #locks;
  #owner;

  /**
   * @param {{
   *   tokens(): Tokens | undefined,
   *   received(tokens: Tokens): void,
   *   ended(session: string, reason: string | undefined): void,
   * }} owner tokens: those of this tab. received: another tab has refreshed, or is about to. ended: another tab's session is over
   * @param {{channel?: BroadcastChannel, locks?: LockManager}} [platform]
   */
  constructor(owner, { channel = new BroadcastChannel("luckygas.session"), locks = navigator.locks } = {}) {
    this.#owner = owner;
    this.#channel = channel;
    this.#locks = new Locks(locks);
    channel.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Marks this tab as one that can answer. A browser does not freeze a tab that holds a lock. */
  enter() {
    if (this.#leave) return;
    void this.#locks.share(PRESENCE, new Promise((leave) => (this.#leave = () => leave(undefined))));
  }

  leave() {
    this.#leave?.();
    this.#leave = undefined;
  }

  /**
   * Does something that only one tab may do at a time.
   *
   * @template Result
   * @param {string} session
   * @param {() => Promise<Result>} then
   * @returns {Promise<Result>}
   */
  exclusively(session, then) {
    return this.#locks.request(`luckygas.refresh.${session}`, then);
  }

  /**
   * The newest tokens that another tab has.
   *
   * @param {string} [session] any session without one
   * @returns {Promise<Tokens | undefined>}
   */
  async newest(session) {
    let owed = (await this.#locks.holders(PRESENCE)) - (this.#leave ? 1 : 0);
    if (owed <= 0) return undefined;
    const id = crypto.randomUUID();
    /** @type {Tokens | undefined} */
    let newest;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      this.#requests.set(id, (tokens) => {
        if (tokens && tokens.turn > (newest?.turn ?? -1)) newest = tokens;
        if (--owed > 0) return;
        clearTimeout(timer);
        resolve(undefined);
      });
      this.#post({ kind: "ask", id, session });
    });
    this.#requests.delete(id);
    return newest;
  }

  /** @param {Tokens} tokens that are new, or have a key now */
  broadcast(tokens) {
    this.#post({ kind: "tokens", tokens });
  }

  /** @param {string} session @param {string} [reason] */
  broadcastEnd(session, reason) {
    this.#post({ kind: "ended", session, reason });
  }

  /** @param {Message} message */
  #post(message) {
    this.#channel.postMessage(message);
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.kind === "tokens") this.#owner.received(message.tokens);
    else if (message.kind === "ended") this.#owner.ended(message.session, message.reason);
    else if (message.kind === "answer") this.#requests.get(message.id)?.(message.tokens);
    else if (this.#leave) {
      const tokens = this.#owner.tokens();
      const fits = tokens && (message.session === undefined || message.session === sessionOf(tokens.refresh_token));
      this.#post({ kind: "answer", id: message.id, tokens: fits ? tokens : undefined });
    }
  }
}
