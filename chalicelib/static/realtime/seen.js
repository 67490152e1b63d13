// A server that has no time now most likely has some then.
const RETRY_MS = 5000;
const TRY_AGAIN = new Set(["timeout", "rate_limited", "unavailable", "busy", "internal_error"]);

/**
 * @typedef {{cursor: number, epoch?: string}} Mark the number of the last message that the user has seen, and of which log
 */

/** How far the user has seen the messages of their own channel, on any device. */
export class Seen {
  /** @type {Map<string, Mark>} */
  #marks = new Map();
  /** @type {Set<string>} Channels whose mark the server does not have yet. */
  #owed = new Set();
  /** @type {Set<string>} Channels in which this connection has not yet announced that its client marks messages itself. */
  #undeclared = new Set();
  /** @type {Set<string>} Channels of which a mark is under way. */
  #busy = new Set();
  /** @type {Map<string, ((mark: Mark | undefined) => void)[]>} Listeners that wait for where to begin. */
  #waiting = new Map();
  /** @type {import("./watch.js").Transport | undefined} The connection or poller; none where the server takes no marks. */
  #transport;
  #isKnown = false;
  #clock;

  /** @param {import("./platform.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * Where the messages that the user has not seen begin; when the server has answered. None where the server does not store them.
   *
   * @param {string} channel
   * @returns {Promise<Mark | undefined>}
   */
  from(channel) {
    if (this.#isKnown || this.#marks.has(channel)) return Promise.resolve(this.#marks.get(channel));
    return new Promise((resolve) => {
      this.#waiting.set(channel, [...(this.#waiting.get(channel) ?? []), resolve]);
      if (this.#transport) void this.#ask(channel);
    });
  }

  /**
   * The user has seen this message and those before it. Sent now, or with the next connection.
   *
   * @param {string} channel
   * @param {number} cursor
   */
  mark(channel, cursor) {
    const { cursor: before = -1, epoch } = this.#marks.get(channel) ?? {};
    if (!Number.isSafeInteger(cursor) || cursor <= before) return;
    this.#marks.set(channel, { cursor, epoch });
    this.#owed.add(channel);
    void this.#send(channel);
  }

  /**
   * A connection takes over. Its first message says that this client marks messages itself: a mark that is owed, else 0,
   * which moves nothing.
   *
   * @param {import("./watch.js").Transport} transport
   * @param {Pick<import("./connection.js").Welcome, "epochs" | "seen">} welcome
   */
  welcomed(transport, { seen, epochs }) {
    this.#transport = seen && transport;
    this.#busy.clear();
    for (const [channel, cursor] of Object.entries(seen ?? {})) {
      const { cursor: before = 0, epoch = epochs[channel] } = this.#marks.get(channel) ?? {};
      const isSame = epoch === epochs[channel];
      this.#marks.set(channel, { cursor: isSame ? Math.max(before, cursor) : cursor, epoch: epochs[channel] });
    }
    this.#undeclared = new Set(Object.keys(seen ?? {}));
    this.#isKnown = true;
    for (const channel of [...this.#waiting.keys()]) this.#known(channel);
    for (const channel of new Set([...this.#owed, ...this.#undeclared])) void this.#send(channel);
  }

  /** Polling takes over. @param {import("./watch.js").Transport} transport */
  polled(transport) {
    this.#transport = transport;
    this.#busy.clear();
    this.#undeclared.clear();
    for (const channel of this.#waiting.keys()) void this.#ask(channel);
    for (const channel of this.#owed) void this.#send(channel);
  }

  pause() {
    this.#transport = undefined;
  }

  /** @param {string} channel */
  #known(channel) {
    const waiting = this.#waiting.get(channel) ?? [];
    this.#waiting.delete(channel);
    for (const resolve of waiting) resolve(this.#marks.get(channel));
  }

  /** Without a welcome: a mark never moves back, so 0 only asks where it is. @param {string} channel */
  async #ask(channel) {
    const answer = await this.#request({ channel, cursor: 0 });
    if (!answer) return;
    const { cursor, epoch } = answer;
    if (Number.isSafeInteger(cursor) && !this.#marks.has(channel)) this.#marks.set(channel, { cursor, epoch });
    this.#known(channel);
  }

  /** @param {string} channel */
  async #send(channel) {
    const isOwed = this.#owed.has(channel);
    const mark = isOwed ? this.#marks.get(channel) : { cursor: 0 };
    if (!mark || !(isOwed || this.#undeclared.has(channel))) return;
    if (!(await this.#request({ channel, ...mark }))) return;
    this.#undeclared.delete(channel);
    if (isOwed && this.#marks.get(channel)?.cursor === mark.cursor) this.#owed.delete(channel);
    else void this.#send(channel);
  }

  /**
   * @param {Mark & {channel: string}} mark
   * @returns {Promise<Record<string, any> | undefined>} none where it has to be asked again. A refusal is an answer
   */
  async #request({ channel, cursor, epoch }) {
    const transport = this.#transport;
    if (!transport || this.#busy.has(channel)) return;
    this.#busy.add(channel);
    /** @type {Record<string, any> | undefined} */
    let answer;
    let code = "";
    try {
      answer = await transport.request({ type: "seen", channel, cursor, ...(epoch && { epoch }) });
    } catch (error) {
      code = /** @type {import("./connection.js").RealtimeError} */ (error).code;
    }
    // The next transport begins with what this one owes.
    if (transport !== this.#transport) return;
    this.#busy.delete(channel);
    if (TRY_AGAIN.has(code)) this.#clock.setTimeout(() => this.#retry(transport, channel), RETRY_MS);
    return TRY_AGAIN.has(code) || code === "disconnected" ? undefined : (answer ?? {});
  }

  /**
   * @param {import("./watch.js").Transport} transport
   * @param {string} channel
   */
  #retry(transport, channel) {
    if (transport !== this.#transport) return;
    if (this.#waiting.has(channel)) void this.#ask(channel);
    else void this.#send(channel);
  }
}
