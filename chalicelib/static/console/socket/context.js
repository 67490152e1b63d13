import { now } from "../shared/clock.js";
import { Credentials } from "./credentials.js";
import { Cursors } from "./cursors.js";
import { Frames, isObject, parsed } from "./frames.js";
import { RawSocket } from "./raw-socket.js";
import { examples, message, NOTHING_SEEN, TOKEN_PLACE, withRef } from "./messages.js";
import { closeText, codeText, whyRefused } from "./reasons.js";

const HEARTBEAT_SECONDS = 30;

/**
 * @typedef {"state" | "frame" | "log" | "draft"} Change
 *   state: of the line, the token or what is known of its end. frame: one more. log: another view of the frames.
 *   draft: another text to send
 * @typedef {Awaited<ReturnType<typeof whyRefused>>} Why
 */

/** All that the page knows; it outlives a change of language. */
export class Context {
  frames = new Frames();
  cursors = new Cursors();
  socket = new RawSocket({ received: (data) => this.#receive(data), changed: () => this.#socketChanged() });
  client = "";
  format = "";
  /** Whether signs of life are sent without being asked for. */
  sendsHeartbeats = true;
  /** Whether `ref` counts by itself. */
  countsRefs = true;
  type = "subscribe";
  text = "";
  /** @type {import("./messages.js").Values} */
  values = {};
  /** @type {Why | undefined} Of a handshake that was refused, as soon as it is known. */
  why;
  /** @type {string | undefined} The code that the server gave before it closed. */
  closing;

  #ref = 1;
  #examples = NOTHING_SEEN;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #heartbeat;
  /** @type {Set<(change: Change, frame?: import("./frames.js").Frame) => void>} */
  #listeners = new Set();

  /** @param {{api: string, websocket: string}} config */
  constructor({ api, websocket }) {
    this.api = api;
    this.websocket = websocket;
    this.credentials = new Credentials(api);
    this.choose(this.type);
  }

  /** @param {(change: Change, frame?: import("./frames.js").Frame) => void} listener @param {AbortSignal} signal ends it */
  on(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }

  /** @param {Change} change @param {import("./frames.js").Frame} [frame] */
  notify(change, frame) {
    for (const listener of [...this.#listeners]) listener(change, frame);
  }

  /** The address, for people. */
  get address() {
    return this.#url(this.credentials.token && "•••");
  }

  connect() {
    this.why = undefined;
    this.closing = undefined;
    this.#addNote(`connect ${this.address}`);
    this.socket.open(this.#url(encodeURIComponent(this.credentials.token)));
  }

  disconnect() {
    this.socket.close();
  }

  /** The example of a type, as text to be sent. @param {string} type */
  choose(type) {
    this.type = type;
    this.write(examples(type, { ...this.#examples, now: new Date(now()).toISOString() }));
  }

  /** What a form holds, as text. @param {import("./messages.js").Values} values */
  write(values) {
    this.values = values;
    this.text = JSON.stringify(message(this.type, values, this.countsRefs ? this.#ref : undefined), null, 2);
    this.notify("draft");
  }

  /** Asks for what a channel has had since our cursor. @param {string} channel */
  resume(channel) {
    const { cursor = 0, epoch = "" } = this.cursors.channels.get(channel) ?? {};
    this.type = "subscribe";
    this.write({ channel, since: String(cursor), epoch });
  }

  /** Sends the text as it stands, JSON or not. */
  send() {
    this.#send(this.text.replaceAll(TOKEN_PLACE, this.credentials.token));
    if (!this.countsRefs) return;
    this.#ref += 1;
    this.text = withRef(this.text, this.#ref);
    this.notify("draft");
  }

  /** @param {string} text */
  #send(text) {
    this.cursors.sent(parsed(text));
    this.socket.send(text);
    this.notify("frame", this.frames.add("sent", text));
  }

  /** @param {unknown} data */
  #receive(data) {
    const text = typeof data === "string" ? data : "(binary)";
    const received = parsed(text);
    const marks = this.cursors.received(received);
    if (isObject(received)) this.#updateExamples(received);
    this.notify("frame", this.frames.add("received", text, { marks }));
  }

  /** @param {Record<string, any>} received */
  #updateExamples(received) {
    if (received.type === "closing") this.closing = String(received.code);
    const content = received.order ?? (isObject(received.data) ? received.data : received);
    const order = content.order_id ?? (content.order_number && content.id);
    const { customer_id: customer } = content;
    if (typeof order === "string") this.#examples = { ...this.#examples, order, customer: typeof customer === "string" ? customer : "" };
    const [own] = Object.keys(isObject(content.seen) ? content.seen : {});
    if (own) this.#examples = { ...this.#examples, own };
    // A driver and a customer have no `orders`.
    if (Array.isArray(content.channels) && !content.channels.includes(this.#examples.channel)) this.#examples = { ...this.#examples, channel: String(content.channels[0]) };
  }

  #socketChanged() {
    const { state, end } = this.socket;
    clearInterval(this.#heartbeat);
    if (state === "open") this.#heartbeat = setInterval(() => this.sendsHeartbeats && this.#send('{"type":"heartbeat"}'), HEARTBEAT_SECONDS * 1000);
    if (state === "open") this.#addNote("open");
    if (state === "closed" && end) {
      this.cursors.ended();
      this.#addNote(`close ${end.code} ${end.reason || closeText(end.code)}`);
      if (end.refused) void this.#explain();
    }
    this.notify("state");
  }

  async #explain() {
    const { token, claims } = this.credentials;
    this.why = await whyRefused({ api: this.api, token, client: this.client, role: claims?.role });
    this.#addNote(codeText(this.why.code, this.why.values));
    this.notify("state");
  }

  /** @param {string} text */
  #addNote(text) {
    this.notify("frame", this.frames.add("note", text));
  }

  /** @param {string} token */
  #url(token) {
    const query = Object.entries({ token, client: this.client, format: this.format }).filter(([, value]) => value !== "");
    return this.websocket + (query.length ? `?${query.map(([name, value]) => `${name}=${value}`).join("&")}` : "");
  }
}
