/**
 * The server of docs/protocol.md in a few lines: logs, subscriptions, replays. What it posts may be late, lost, twice or
 * out of order; what it answers is true.
 *
 * @typedef {import("../../../chalicelib/static/realtime/log.js").Event} Event
 * @typedef {{epoch: string, events: Map<number, Event>, head: number}} Log
 * @typedef {"dead" | "away" | {status: number, body?: unknown, retryAfter?: string} | undefined} Refusal
 */
const MOST_REPLAYED = 300;

export class FakeServer {
  /** @type {Map<string, Log>} */
  logs = new Map();
  /** @type {Set<FakeSocket>} */
  open = new Set();
  /** @type {FakeSocket[]} All that ever tried. */
  tried = [];
  /** What a new connection watches. */
  channels = ["orders", "system"];
  /** @type {Map<string, number>} Channels whose messages wait for their user, and up to where they were seen. */
  seen = new Map();
  /** Whether the server is of a version that has `seen`. */
  stores = true;
  /** @type {(token: string) => boolean} */
  admits = () => true;
  /** Whether the server receives and answers: a dead one leaves its sockets open, without an answer. */
  dead = false;
  welcomes = true;
  tokenSeconds = 3600;
  /** @type {() => number} How long something takes, in milliseconds. */
  delay = () => 0;
  /** @type {(message: Event) => number} How often a live event arrives at a connection. */
  arrives = () => 1;
  /** @type {Record<string, string>} By the type of a message: the code with which it is refused. */
  refuses = {};
  /** @type {(message: Record<string, any>) => string | undefined} The code with which one message is refused. */
  refusesMessage = () => undefined;
  /** @type {(message: Record<string, any>) => boolean} Whether a `subscribe` is answered. */
  answers = () => true;
  /** How long each event of a replay takes on the network, in milliseconds. */
  eventMs = 0;
  /** How many events one answer has room for. */
  mostEvents = Infinity;
  /** Whether a refused handshake is an `error` without a `close`, as in Node 20. */
  failsWithoutClose = false;
  /** @type {{at: number, channel: string, token: string, since: number, url: string}[]} To `GET /v1/events`. */
  requests = [];
  /** @type {(request: {channel: string, token: string, url: string}) => Refusal} What the REST API answers; none: the log. */
  rest = () => undefined;
  #ids = 0;

  /** @param {import("./clock.js").FakeClock} clock */
  constructor(clock) {
    this.clock = clock;
    const server = this;
    this.WebSocket = class extends FakeSocket {
      /** @param {string} url */
      constructor(url) {
        super(server, url);
      }
    };
  }

  /** The connection that was opened last. */
  get last() {
    return /** @type {FakeSocket} */ (this.tried.at(-1));
  }

  /** @param {string} channel */
  log(channel) {
    const log = this.logs.get(channel) ?? { epoch: "e1", events: new Map(), head: 0 };
    this.logs.set(channel, log);
    return log;
  }

  /**
   * Something happens in these channels; answers its id.
   *
   * @param {string[]} channels
   * @param {{carried?: boolean}} [how] carried: whether the client's format has a word for it
   */
  publish(channels, { carried = true } = {}) {
    const id = `event-${++this.#ids}`;
    const base = { type: carried ? "order_status_changed" : "unspoken", id, data: {}, timestamp: this.wire() };
    /** @type {Record<string, number>} */
    const numbers = {};
    for (const channel of channels) {
      const log = this.log(channel);
      numbers[channel] = ++log.head;
      log.events.set(log.head, { ...base, cursors: { [channel]: log.head } });
    }
    for (const socket of this.open) {
      const watched = channels.filter((channel) => socket.watches.has(channel));
      const message = { ...base, cursors: Object.fromEntries(watched.map((channel) => [channel, numbers[channel]])) };
      if (watched.length && carried) for (let times = this.arrives(message); times > 0; times--) socket.post([message]);
    }
    return id;
  }

  /** All that is known is gone: a new log, from 1. @param {string} channel */
  begin(channel) {
    this.logs.set(channel, { epoch: `e${Math.round(this.clock.now() / 1000)}`, events: new Map(), head: 0 });
  }

  /** What a heartbeat's answer says. @param {string[]} channels */
  ends(channels) {
    return { cursors: this.heads(channels), epochs: this.epochs(channels) };
  }

  /**
   * The events after a cursor, and the answer about them.
   *
   * @param {string} channel
   * @param {number} [since]
   * @param {string | null} [epoch]
   */
  replay(channel, since, epoch) {
    const log = this.log(channel);
    const missed = [...log.events].filter(([number]) => number > (since ?? log.head)).map(([, event]) => event);
    const whole = since === undefined || (since <= log.head && missed.length === log.head - since);
    const recovered = whole && missed.length <= MOST_REPLAYED && (epoch ?? log.epoch) === log.epoch;
    const some = recovered ? missed.slice(0, this.mostEvents) : [];
    const more = some.length < missed.length && recovered;
    const cursor = more ? Number(since) + some.length : log.head;
    return {
      events: some.filter(({ type }) => type !== "unspoken"),
      answer: { cursor, epoch: log.epoch, recovered, ...(more && { more }) },
    };
  }

  /** Where the delivery of stored messages begins. @param {string} channel */
  unseen(channel) {
    const { head, events } = this.log(channel);
    const oldest = events.size ? Math.min(...events.keys()) : head + 1;
    return Math.max(this.seen.get(channel) ?? 0, oldest - 1, head - MOST_REPLAYED);
  }

  /** Marks messages as seen, and answers up to where they are. @param {Record<string, any>} mark */
  mark({ channel, cursor, epoch }) {
    const { head, epoch: present } = this.log(channel);
    const before = this.seen.get(channel) ?? 0;
    const isSame = epoch === undefined || epoch === present;
    if (isSame) this.seen.set(channel, Math.max(before, Math.min(cursor, head)));
    return { channel, cursor: this.seen.get(channel) ?? 0 };
  }

  /**
   * `GET /v1/events`: what `fetch` answers, or what `rest` says.
   *
   * @param {string} address
   * @param {import("../../../chalicelib/static/realtime/platform.js").Request} how
   */
  fetch = (address, { headers, body: sent, signal }) => {
    const { pathname, searchParams } = new URL(address);
    const mark = pathname.endsWith("/v1/realtime/seen") ? JSON.parse(sent ?? "") : undefined;
    const channel = mark?.channel ?? searchParams.get("channel") ?? "";
    const token = headers.Authorization.replace("Bearer ", "");
    const request = { at: this.clock.now(), channel, token, since: Number(searchParams.get("since")), url: address };
    this.requests.push(request);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      this.clock.setTimeout(() => {
        const refusal = this.rest(request);
        if (refusal === "dead") return;
        if (refusal === "away") return reject(new TypeError("fetch failed"));
        const { events, answer } = this.replay(channel, request.since, searchParams.get("epoch"));
        const found = mark ? this.mark(mark) : { items: events, ...answer };
        const { status = 200, body = found, retryAfter = null } = refusal ?? {};
        /** @type {Record<string, string | null>} */
        const headers = { "retry-after": retryAfter, date: new Date(Date.parse(this.wire())).toUTCString() };
        const get = (/** @type {string} */ name) => headers[name.toLowerCase()] ?? null;
        resolve({ ok: status === 200, status, headers: { get }, json: async () => JSON.parse(JSON.stringify(body)) });
      }, this.delay());
    });
  };

  /** @param {string[]} channels */
  heads(channels) {
    return Object.fromEntries(channels.map((channel) => [channel, this.log(channel).head]));
  }

  /** @param {string[]} channels */
  epochs(channels) {
    return Object.fromEntries(channels.map((channel) => [channel, this.log(channel).epoch]));
  }

  wire(seconds = 0) {
    return new Date(this.clock.now() + seconds * 1000).toISOString();
  }
}

/** One connection, both ends: what the client calls, and what the server does. */
export class FakeSocket {
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  /** @type {Record<string, any>[]} The client's messages. */
  fromClient = [];
  /** @type {Set<string>} */
  watches = new Set();
  closed = false;
  /** As browsers count: 1 open, 2 closing, 3 closed. */
  readyState = 1;

  /**
   * @param {FakeServer} server
   * @param {string} url
   */
  constructor(server, url) {
    this.server = server;
    this.url = new URL(url);
    server.tried.push(this);
    this.#soon(() => this.#connect());
  }

  /** @param {string} type */
  saidOf(type) {
    return this.fromClient.filter((message) => message.type === type);
  }

  /** @param {string} text */
  send(text) {
    if (this.readyState !== 1) throw new Error("WebSocket is already in CLOSING or CLOSED state.");
    const message = JSON.parse(text);
    this.fromClient.push(message);
    this.#soon(() => this.#hear(message));
  }

  /** The client goes. */
  close() {
    this.closed = true;
    this.readyState = 3;
    this.server.open.delete(this);
  }

  /** The connection breaks, or the server ends it. */
  drop() {
    if (this.closed) return;
    this.close();
    this.onclose?.({ code: 1006 });
  }

  /** The handshake is refused. */
  refuse() {
    if (!this.server.failsWithoutClose) return this.drop();
    this.close();
    this.onerror?.({ message: "Received network error or non-101 status code." });
  }

  /**
   * Messages in this order, all or none.
   *
   * @param {Record<string, any>[]} messages
   */
  post(messages) {
    this.#soon(() => {
      for (const message of messages) if (!this.closed) this.onmessage?.({ data: JSON.stringify(message) });
    });
  }

  /** @param {string} code */
  closing(code) {
    this.post([{ type: "closing", code, message: "", timestamp: this.server.wire() }]);
    this.#soon(() => this.drop());
  }

  #connect() {
    const { server } = this;
    if (this.closed || server.dead) return;
    if (!server.admits(this.url.searchParams.get("token") ?? "")) return this.refuse();
    server.open.add(this);
    this.watches = new Set([...server.channels, ...server.seen.keys()]);
    if (server.welcomes) this.#soon(() => this.welcome());
  }

  welcome() {
    const { server } = this;
    const channels = [...this.watches];
    const data = {
      connection_id: "c",
      user_id: "u",
      role: "office_staff",
      channels,
      cursors: server.heads(channels),
      epochs: server.epochs(channels),
      heartbeat_interval: 30,
      token_expires_at: server.wire(server.tokenSeconds),
      ...(server.stores && { seen: Object.fromEntries([...server.seen.keys()].map((own) => [own, server.unseen(own)])) }),
    };
    this.post([{ type: "connected", data, timestamp: server.wire() }]);
    for (const [own, from] of Object.entries(data.seen ?? {})) this.post(server.replay(own, from).events);
  }

  /** @param {Record<string, any>} message */
  #hear(message) {
    const { server } = this;
    if (this.closed || server.dead) return;
    const code = server.refusesMessage(message) ?? server.refuses[message.type];
    if (code) return this.#answer(message, { type: "error", code, message: "no" });
    if (message.type === "subscribe") this.#subscribe(message);
    else if (message.type === "seen") this.#answer(message, { type: "seen_accepted", ...server.mark(message) });
    else if (message.type === "heartbeat") this.#answer(message, { type: "heartbeat", timestamp: server.wire(), ...server.ends([...this.watches]) });
    else if (message.type === "authenticate") this.#answer(message, { type: "authenticated", token_expires_at: server.wire(3600) });
    else if (message.type === "unsubscribe") {
      this.watches.delete(message.channel);
      this.#answer(message, { type: "unsubscribed", channel: message.channel });
    } else this.#answer(message, { type: `${message.type}_accepted` });
  }

  /** Writes the subscription, then reads the log, then answers. @param {Record<string, any>} message */
  #subscribe(message) {
    const { channel, since, epoch } = message;
    this.watches.add(channel);
    this.#soon(() => {
      const { events, answer } = this.server.replay(channel, since, epoch);
      const subscribed = { type: "subscribed", channel, ...answer, replayed: events.length, ref: message.ref };
      if (!this.server.answers(message)) return;
      if (this.server.eventMs) return this.#slowly([...events, subscribed]);
      this.post([...events, subscribed]);
    });
  }

  /** Over a slow network, each message after the one before. @param {Record<string, any>[]} messages */
  #slowly([first, ...others]) {
    this.server.clock.setTimeout(() => {
      this.post([first]);
      if (others.length) this.#slowly(others);
    }, this.server.eventMs);
  }

  /**
   * @param {Record<string, any>} message
   * @param {Record<string, any>} answer
   */
  #answer(message, answer) {
    this.post([message.ref === undefined ? answer : { ...answer, ref: message.ref }]);
  }

  /** @param {() => void} then */
  #soon(then) {
    this.server.clock.setTimeout(() => !this.server.dead && then(), this.server.delay());
  }
}
