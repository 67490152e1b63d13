import { Pace } from "./pace.js";

/** `WebSocket.OPEN`. */
const OPEN = 1;
const WELCOME_MS = 15_000;
const ANSWER_MS = 15_000;
// Without any message for so long after a heartbeat, the connection counts as lost.
const LIFE_SIGN_MS = 10_000;
// Where the browser says itself that the network has left, it is most likely right.
const LAST_SIGN_MS = 2000;
const WELCOMES = new Set(["connected", "connection", "connection_established"]);

/**
 * @typedef {{
 *   resolve: (answer: any) => void, reject: (error: Error) => void, timer: unknown, sentAt: number, until: number,
 * }} Question
 *   timer: runs from when it was sent. sentAt: by the server's clock. until: when it fails, by the device's clock.
 * @typedef {{
 *   channels: string[], cursors: Record<string, number>, epochs: Record<string, string>,
 *   heartbeat_interval: number, token_expires_at: string, user_id: string, role: string, connection_id: string,
 *   seen?: Record<string, number>,
 * }} Welcome
 *   seen: up to where the user has seen the messages of their own channel; the server sends what follows by itself.
 * @typedef {{
 *   welcomed(connection: Connection, welcome: Welcome, message: Record<string, any>): void,
 *   sent(timestamp: string | undefined): void,
 *   event(event: import("./log.js").Event): void,
 *   now(): number,
 *   heads(cursors: Record<string, number>, epochs: Record<string, string>): void,
 *   lost(channel: string, code: string): void,
 *   leave(connection: Connection): void,
 *   closed(connection: Connection, code: string | undefined): void,
 * }} Owner
 *   Receives what comes. sent: when the server sent what follows. now: by the server's clock. leave: the server asks the
 *   client to connect anew soon. closed: called once, but not after `close()`; code: the server's reason, if it sent one.
 */

/** What was asked for was refused, or cannot be known to have been done. */
export class RealtimeError extends Error {
  /**
   * @param {string} code the server's, or `not_connected` (it was not sent), `disconnected`, `timeout` (it may have been done)
   * @param {string} message
   * @param {Record<string, any>} [answer] the whole error message
   */
  constructor(code, message, answer = {}) {
    super(message);
    this.name = "RealtimeError";
    this.code = code;
    this.answer = answer;
  }
}

/** One socket, from the handshake to its end: heartbeats, questions and answers. It never comes back. */
export class Connection {
  /** Whether the welcome has come. */
  welcomed = false;

  /** @type {Map<unknown, Question>} */
  #asked = new Map();
  #refs = 0;
  #retiring = false;
  /** @type {unknown} */
  #beatTimer;
  /** @type {unknown} Runs while a sign of life, or the welcome, is owed. */
  #deadline;
  #interval = 30_000;
  /** @type {Owner | undefined} None after the end. */
  #owner;
  #socket;
  #clock;
  #pace;

  /**
   * @param {string} url
   * @param {Owner} owner
   * @param {import("./platform.js").Platform} platform
   */
  constructor(url, owner, { WebSocket, clock }) {
    this.#owner = owner;
    this.#clock = clock;
    this.#socket = new WebSocket(url);
    this.#pace = new Pace(clock);
    this.#deadline = clock.setTimeout(() => this.#end(), WELCOME_MS);
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    // Either may come alone: Node 20 has no `close` after a refused handshake.
    this.#socket.onclose = this.#socket.onerror = () => this.#end();
  }

  /**
   * Says something and waits for its answer. Rejects with RealtimeError.
   *
   * @param {Record<string, any>} message
   * @returns {Promise<Record<string, any>>}
   */
  request(message) {
    if (!this.#owner) return Promise.reject(gone());
    const ref = ++this.#refs;
    return new Promise((resolve, reject) => {
      /** @type {Question} */
      const question = { resolve, reject, timer: undefined, sentAt: -Infinity, until: Infinity };
      this.#asked.set(ref, question);
      this.#pace.push(() => {
        this.#send(JSON.stringify({ ...message, ref }));
        question.sentAt = this.#owner?.now() ?? 0;
        question.until = this.#clock.now() + ANSWER_MS;
        this.#await(ref, question, ANSWER_MS);
      });
    });
  }

  /** Asks for a sign of life now. @param {{hurry?: boolean}} [how] hurry: there most likely is none */
  beat({ hurry = false } = {}) {
    if (!this.welcomed || !this.#owner || (this.#deadline !== undefined && !hurry)) return;
    this.#clock.clearTimeout(this.#beatTimer);
    this.#clock.clearTimeout(this.#deadline);
    this.#deadline = this.#clock.setTimeout(() => this.#end(), hurry ? LAST_SIGN_MS : LIFE_SIGN_MS);
    this.#pace.push(() => this.#send('{"type":"heartbeat"}'));
  }

  /** Ends it as soon as everything that was asked has its answer. */
  retire() {
    this.#retiring = true;
    this.#retire();
  }

  /** Ends it now. `closed` is not called. */
  close() {
    this.#owner = undefined;
    this.#end();
  }

  /** @param {string} text */
  #send(text) {
    // A socket that is closing cannot send any more. `onclose` ends the rest.
    if (this.#socket.readyState === OPEN) this.#socket.send(text);
  }

  /**
   * @param {unknown} ref
   * @param {Question} question
   * @param {number} ms
   */
  #await(ref, question, ms) {
    question.timer = this.#clock.setTimeout(() => {
      const left = question.until - this.#clock.now();
      if (left > 0) return this.#await(ref, question, left);
      this.#asked.delete(ref);
      question.reject(new RealtimeError("timeout", "No answer came in time."));
      // A heartbeat now shows whether the server answers at all.
      this.beat();
      this.#retire();
    }, ms);
  }

  #retire() {
    if (this.#retiring && this.#asked.size === 0) this.close();
  }

  /** @param {unknown} data */
  #receive(data) {
    const message = parsed(data);
    if (!message || !this.#owner) return;
    if (this.welcomed && this.#deadline !== undefined) {
      // A message starts the timer of the next heartbeat, not the heartbeat before: in hidden pages, browsers slow chains of
      // timers down to one a minute, and after a minute of silence the server closes the connection.
      this.#clock.clearTimeout(this.#deadline);
      this.#deadline = undefined;
      this.#beatTimer = this.#clock.setTimeout(() => this.beat(), this.#interval);
    }
    if (typeof message.id === "string") this.#event(/** @type {import("./log.js").Event} */ (message));
    else if (message.ref !== undefined && this.#asked.has(message.ref)) this.#answer(message);
    else if (WELCOMES.has(message.type)) this.#welcome(message);
    else if (message.type === "heartbeat") {
      this.#owner.sent(message.timestamp);
      this.#owner.heads(message.cursors ?? {}, message.epochs ?? {});
    }
    else if (message.type === "unsubscribed" && message.code) this.#owner.lost(message.channel, message.code);
    else if (message.type === "reconnect") this.#owner.leave(this);
    else if (message.type === "closing") this.#end(message.code);
  }

  /** @param {import("./log.js").Event} event */
  #event(event) {
    const happened = Date.parse(event.timestamp);
    for (const question of this.#asked.values()) {
      // From before the question: a replay. Over a slow network answers wait behind it, and are not late.
      if (event.cursors && happened <= question.sentAt) question.until = this.#clock.now() + ANSWER_MS;
    }
    this.#owner?.event(event);
  }

  /** @param {Record<string, any>} message */
  #welcome(message) {
    /** @type {Welcome} */
    const welcome = message.data ?? message;
    this.welcomed = true;
    this.#interval = (welcome.heartbeat_interval || 30) * 1000;
    this.#clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#beatTimer = this.#clock.setTimeout(() => this.beat(), this.#interval);
    this.#owner?.sent(message.timestamp);
    this.#owner?.welcomed(this, welcome, message);
  }

  /** @param {Record<string, any>} message */
  #answer(message) {
    const { resolve, reject, timer } = /** @type {any} */ (this.#asked.get(message.ref));
    this.#asked.delete(message.ref);
    this.#clock.clearTimeout(timer);
    if (message.type === "closing") reject(gone());
    else if (message.type === "error") reject(new RealtimeError(message.code, message.message, message));
    else resolve(message);
    if (message.type === "closing") this.#end(message.code);
    this.#retire();
  }

  /** @param {string} [code] */
  #end(code) {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#pace.stop();
    this.#clock.clearTimeout(this.#beatTimer);
    this.#clock.clearTimeout(this.#deadline);
    this.#socket.onmessage = this.#socket.onclose = this.#socket.onerror = null;
    this.#socket.close();
    for (const { reject, timer } of this.#asked.values()) {
      this.#clock.clearTimeout(timer);
      reject(gone());
    }
    this.#asked.clear();
    owner?.closed(this, code);
  }
}

function gone() {
  return new RealtimeError("disconnected", "The connection ended before the answer came.");
}

/**
 * @param {unknown} data
 * @returns {Record<string, any> | undefined} none for what is no JSON object
 */
function parsed(data) {
  try {
    const message = JSON.parse(String(data));
    return message !== null && typeof message === "object" ? message : undefined;
  } catch {
    return undefined;
  }
}
