import { now } from "./shared/clock.js";
import { browserStorage, storedSetting } from "./shared/storage.js";
import { ring } from "./shared/sound.js";

/** What is shown above every page. */
const TYPES = new Set(["notification", "personal_message", "maintenance.alert"]);
// As long as the server stores a user's messages.
const MAX_AGE_MS = 7 * 86_400_000;
const MOST_ALERTS = 100;
// A user's stored events come one by one after the welcome: one `seen` is sent for all that need not be shown.
const SETTLE_MS = 1000;

/**
 * @typedef {import("../realtime/log.js").Event} Event
 * @typedef {{event: Event, number?: number | undefined}} Entry number: its place in the user's own channel
 */

/**
 * The messages and alerts of a signed-in user, until they are dismissed.
 *
 * The server stores the events of the user's own channel, and sends them after each welcome until `seen` covers them.
 * `seen` is a cursor: it stays below the oldest message that is still shown, and this browser remembers the ids of the
 * messages that were dismissed above it. Alerts of shared channels are stored for no user: this tab remembers them.
 */
export class AnnouncementStore {
  /** @type {Entry[]} Newest first. */
  #entries;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** The newest event of the user's own channel. */
  #newest = { number: 0, timestamp: "" };
  /** The cursor of the last `seen`. */
  #sent = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(() => void)[]} */
  #subscriptions;
  #realtime;
  #session;
  #user;
  #dismissed;
  #onNew;

  /**
   * @param {Pick<import("../realtime/realtime.js").Realtime, "subscribe" | "seen">} realtime
   * @param {Pick<import("./shared/session.js").Session, "recall" | "remember">} session
   * @param {Pick<import("./shared/session.js").Me, "id" | "role">} me
   * @param {{storage?: import("./shared/storage.js").Store, onNew?: () => void}} [platform] onNew: called for each new one
   */
  constructor(realtime, session, { id, role }, { storage = browserStorage, onNew = ring } = {}) {
    this.#realtime = realtime;
    this.#session = session;
    this.#user = id;
    this.#dismissed = storedSetting(storage, "dismissed");
    this.#onNew = onNew;
    /** @type {Event[]} */
    const alerts = session.recall("alerts") ?? [];
    this.#entries = alerts.filter((event) => event.timestamp > oldest() && !this.#isDismissed(event)).map((event) => ({ event }));
    /** @param {Event} event */
    const onEvent = (event) => this.#receive(event);
    // Overdue orders are announced to the office, in `orders`. One handler for all: what is in two channels comes once.
    const shared = role === "admin" || role === "office_staff" ? ["system", "orders"] : ["system"];
    this.#subscriptions = [
      realtime.subscribe(this.#channel, { onEvent, unseen: true }),
      ...shared.map((channel) => realtime.subscribe(channel, { onEvent })),
    ];
  }

  /** @returns {readonly Event[]} newest first */
  get events() {
    return this.#entries.map(({ event }) => event);
  }

  /** @param {() => void} listener called when `events` has changed @returns {() => void} stops it */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {readonly Event[]} events */
  dismiss(events) {
    const dismissed = this.#readDismissed();
    for (const event of events) dismissed[this.#key(event)] = new Date(now()).toISOString();
    this.#dismissed.set(JSON.stringify(dismissed));
    this.refresh();
    this.#sendSeen();
  }

  /** Removes what another tab has dismissed. */
  refresh() {
    const left = this.#entries.filter(({ event }) => !this.#isDismissed(event));
    if (left.length !== this.#entries.length) this.#replace(left);
  }

  stop() {
    for (const stop of this.#subscriptions) stop();
    clearTimeout(this.#timer);
  }

  get #channel() {
    return `user:${this.#user}`;
  }

  /** @param {Event} event */
  #receive(event) {
    const number = event.cursors?.[this.#channel];
    if (number !== undefined) this.#count(number, event.timestamp);
    const isKnown = this.#isDismissed(event) || this.#entries.some((entry) => entry.event.id === event.id);
    if (TYPES.has(event.type) && !isKnown) {
      this.#replace([{ event, number }, ...this.#entries].sort(byNewest));
      this.#onNew();
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sendSeen();
    }, SETTLE_MS);
  }

  /** @param {number} number @param {string} timestamp */
  #count(number, timestamp) {
    if (number <= this.#newest.number) {
      if (timestamp <= this.#newest.timestamp) return;
      // The log has restarted, and the server no longer has what the former one held.
      for (const entry of this.#entries) delete entry.number;
      this.#sent = 0;
    }
    this.#newest = { number, timestamp };
  }

  #sendSeen() {
    const shown = this.#entries.flatMap(({ number }) => number ?? []);
    const cursor = shown.length ? Math.min(...shown) - 1 : this.#newest.number;
    if (cursor <= this.#sent) return;
    this.#sent = cursor;
    this.#realtime.seen(this.#channel, cursor);
  }

  /** @param {Entry[]} entries */
  #replace(entries) {
    this.#entries = entries;
    const alerts = entries.filter(({ number }) => number === undefined).map(({ event }) => event);
    this.#session.remember("alerts", alerts.slice(0, MOST_ALERTS));
    for (const listener of [...this.#listeners]) listener();
  }

  /** Two users may be signed in in two tabs of a browser. @param {Event} event */
  #key({ id }) {
    return `${this.#user} ${id}`;
  }

  /** @param {Event} event */
  #isDismissed(event) {
    return this.#key(event) in this.#readDismissed();
  }

  /** @returns {Record<string, string>} the time of dismissal by key */
  #readDismissed() {
    /** @type {Record<string, string>} */
    const all = JSON.parse(this.#dismissed.get() ?? "{}");
    return Object.fromEntries(Object.entries(all).filter(([, time]) => time > oldest()));
  }
}

/** Before this time everything is forgotten. */
function oldest() {
  return new Date(now() - MAX_AGE_MS).toISOString();
}

/** @param {Entry} one @param {Entry} other */
function byNewest({ event: one }, { event: other }) {
  return Number(one.timestamp < other.timestamp) - Number(one.timestamp > other.timestamp);
}
