import { isObject } from "./frames.js";

/**
 * @typedef {{channel: string, n: number}} Numbered
 * @typedef {{type: "cursor"} & Numbered
 *   | {type: "gap", from: number, to: number} & Numbered
 *   | {type: "behind"} & Numbered
 *   | {type: "repeat"}
 *   | {type: "lost", channel: string}} Mark
 *   cursor: the event's number. gap: the numbers missing before it. behind: a heartbeat knows of a higher number than we.
 *   repeat: we have it already. lost: nothing is replayed, and the list must be loaded anew
 * @typedef {{cursor: number, head: number, epoch: string | undefined, watched: boolean, ahead: Set<number>}} Channel
 *   cursor: everything up to it has come. head: the highest number that we know of. ahead: numbers above the cursor that have come
 */

// Ids that are older than this many events are not going to be repeated.
const REMEMBERED = 2000;

/**
 * The numbers of a client that follows the protocol's rules, but repairs nothing. They outlive the connection, as
 * a client's would: the next welcome shows what was missed.
 */
export class Cursors {
  /** @type {Map<string, Channel>} */
  channels = new Map();
  /** @type {Set<unknown>} Ids of events. */
  #seen = new Set();
  /** @type {unknown} Whose they are; another user's count from the start. */
  #user;
  /** @type {Set<string>} Channels that were asked to replay. */
  #resuming = new Set();

  /** A message was sent: to ask from a number on means that everything up to it is here. @param {unknown} message */
  sent(message) {
    if (!isObject(message) || message.type !== "subscribe") return;
    const { channel, since, epoch } = message;
    if (typeof channel !== "string" || typeof since !== "number") return;
    const before = this.channels.get(channel);
    this.channels.set(channel, {
      cursor: since,
      head: Math.max(since, before?.head ?? 0),
      epoch: typeof epoch === "string" ? epoch : before?.epoch,
      watched: before?.watched ?? false,
      ahead: new Set(),
    });
    this.#resuming.add(channel);
  }

  /** A message was received. @param {unknown} message @returns {Mark[]} */
  received(message) {
    if (!isObject(message)) return [];
    const content = isObject(message.data) && message.data.epochs ? message.data : message;
    if (Array.isArray(content.channels)) return this.#welcomed(content);
    if (message.type === "subscribed") return this.#subscribed(message);
    if (message.type === "heartbeat") return numbers(message.cursors).flatMap(([channel, n]) => this.#heartbeat(channel, n));
    if (message.type === "unsubscribed") this.channels.delete(String(message.channel));
    if (message.type === "error") return [];
    return this.#event(message);
  }

  /** The line is down: nothing is watched. */
  ended() {
    for (const channel of this.channels.values()) channel.watched = false;
    this.#resuming.clear();
  }

  /** @param {Record<string, unknown>} welcome */
  #welcomed({ user_id: user, cursors, epochs }) {
    if (this.#user !== user) {
      // What came before the first welcome is this user's.
      if (this.#user !== undefined) this.channels.clear();
      this.#user = user;
    }
    for (const [name, cursor] of numbers(cursors)) {
      const epoch = isObject(epochs) ? String(epochs[name]) : undefined;
      const known = this.channels.get(name);
      if (known?.epoch === epoch && known) Object.assign(known, { head: Math.max(known.head, cursor), watched: true });
      else this.channels.set(name, fresh(Math.max(cursor, known?.epoch === undefined ? (known?.cursor ?? 0) : 0), epoch));
    }
    return [];
  }

  /** @param {Record<string, unknown>} answer @returns {Mark[]} */
  #subscribed({ channel, cursor, epoch, recovered }) {
    const name = String(channel);
    const known = this.channels.get(name);
    const resumed = this.#resuming.delete(name);
    const at = Number(cursor);
    if (known) known.epoch ??= String(epoch);
    if (!known || known.epoch !== epoch || (resumed && !recovered)) this.channels.set(name, fresh(at, String(epoch)));
    else {
      // Numbers up to here that have not been seen belong to events that this format does not carry.
      known.cursor = Math.max(known.cursor, at);
      known.head = Math.max(known.head, at);
      known.watched = true;
      advance(known);
    }
    return resumed && !recovered ? [{ type: "lost", channel: name }] : [];
  }

  /** A heartbeat's number. @param {string} name @param {number} n @returns {Mark[]} */
  #heartbeat(name, n) {
    const known = this.channels.get(name);
    if (!known || n <= known.head) return [];
    known.head = n;
    return [{ type: "behind", channel: name, n }];
  }

  /** @param {Record<string, unknown>} event @returns {Mark[]} */
  #event({ id, cursors }) {
    const numbered = numbers(cursors);
    let known = id !== undefined && this.#seen.has(id);
    /** @type {Mark[]} */
    const marks = [];
    for (const [channel, n] of numbered) {
      const place = this.#place(channel, n);
      known ||= place === "repeat";
      if (typeof place === "number") marks.push({ type: "gap", channel, n, from: place, to: n - 1 });
      marks.push({ type: "cursor", channel, n });
    }
    if (id !== undefined) this.#remember(id);
    return known ? [{ type: "repeat" }, ...marks] : marks;
  }

  /** @param {string} name @param {number} n @returns {"repeat" | "next" | number} a number: from there on something is missing */
  #place(name, n) {
    const known = this.channels.get(name);
    if (!known) {
      // An event may come before the welcome.
      this.channels.set(name, fresh(n, undefined));
      return "next";
    }
    if (n <= known.cursor || known.ahead.has(n)) return "repeat";
    const { head } = known;
    known.ahead.add(n);
    known.head = Math.max(head, n);
    advance(known);
    return known.cursor < n && n > head + 1 ? head + 1 : "next";
  }

  /** @param {unknown} id */
  #remember(id) {
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value);
  }
}

/** @param {number} cursor @param {string | undefined} epoch @returns {Channel} */
function fresh(cursor, epoch) {
  return { cursor, head: cursor, epoch, watched: true, ahead: new Set() };
}

/** Moves the cursor over what has come. @param {Channel} channel */
function advance(channel) {
  for (const n of [...channel.ahead].sort((a, b) => a - b)) {
    if (n > channel.cursor + 1) return;
    channel.cursor = Math.max(channel.cursor, n);
    channel.ahead.delete(n);
  }
}

/** @param {unknown} cursors @returns {[string, number][]} */
function numbers(cursors) {
  return isObject(cursors) ? Object.entries(cursors).filter(/** @returns {entry is [string, number]} */ (entry) => typeof entry[1] === "number") : [];
}
