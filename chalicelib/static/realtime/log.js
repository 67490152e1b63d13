/**
 * One channel's log as a client has it: up to where it has everything, and what came too early. The rules are
 * docs/protocol.md's "Never miss"; nothing here sends or waits.
 *
 * @typedef {{type: string, id: string, timestamp: string, cursors?: Record<string, number>, [key: string]: any}} Event
 *   A message about something that happened; its content depends on the format.
 * @typedef {{cursor: number, epoch: string, recovered: boolean, more?: boolean}} Answer
 *   What `subscribed` says of a channel. more: there is more after `cursor`, to be asked for.
 */

// A repeat comes within seconds; which events were delivered is forgotten after as many.
const MOST_IDS = 200;

export class ChannelLog {
  /** @type {number | undefined} Up to where everything is here; unknown before the first answer. */
  cursor;
  /** @type {string | undefined} Which log the numbers are of. */
  epoch;

  /** @type {Map<number, Event>} Events after a gap, by number. */
  #held = new Map();
  /** The highest known number. */
  #newest = 0;
  /** @type {Map<number, string>} Ids of the events delivered last, by number. */
  #ids = new Map();
  /** @type {{since: number | undefined, newest: number}} What was known when the last `subscribe` was sent. */
  #asked = { since: undefined, newest: 0 };
  #deliver;

  /** @param {(number: number, event: Event) => void} deliver gets every event once, in order */
  constructor(deliver) {
    this.#deliver = deliver;
  }

  /** Whether something is known to be missing. */
  get behind() {
    return this.cursor !== undefined && this.#newest > this.cursor;
  }

  /**
   * Whether numbers of this epoch say nothing about ours.
   *
   * @param {string | undefined} epoch
   */
  isOther(epoch) {
    return epoch !== undefined && this.epoch !== undefined && epoch !== this.epoch;
  }

  /**
   * Whether the server's log is not the one that we know: it has restarted.
   *
   * @param {number} number where it ends
   * @param {string} [epoch]
   */
  contradicts(number, epoch) {
    return this.cursor !== undefined && (number < this.cursor || this.isOther(epoch));
  }

  /**
   * Whether another event has had this number: numbers are given once in a log.
   *
   * @param {number} number
   * @param {Event} event
   */
  isTaken(number, { id }) {
    const known = this.#ids.get(number) ?? this.#held.get(number)?.id;
    return known !== undefined && known !== id;
  }

  /** Nothing that is known holds any more; `start` or the next answer says where to begin. */
  forget() {
    this.cursor = this.epoch = undefined;
    this.#newest = 0;
    this.#held.clear();
    this.#ids.clear();
  }

  /**
   * Begins at a cursor: a list's, a welcome's, or an earlier one than now, whose events are then delivered again.
   *
   * @param {number} cursor
   * @param {string} [epoch]
   */
  start(cursor, epoch) {
    if (this.isOther(epoch)) {
      this.#held.clear();
      this.#ids.clear();
    }
    this.#newest = this.isOther(epoch) ? 0 : Math.max(this.#newest, this.cursor ?? 0);
    // The replay of a request under way may have come already: its answer must not move the cursor beyond it.
    if (this.cursor !== undefined && cursor < this.cursor) this.#asked = { since: undefined, newest: this.#newest };
    this.cursor = cursor;
    this.epoch = epoch ?? this.epoch;
    this.#advance();
  }

  /**
   * An event of this channel, live or replayed.
   *
   * @param {number} number
   * @param {Event} event
   */
  take(number, event) {
    if (this.cursor !== undefined && number <= this.cursor) return;
    this.#held.set(number, event);
    this.head(number);
    this.#advance();
  }

  /** @param {number} number where the log ends, as the server says */
  head(number) {
    this.#newest = Math.max(this.#newest, number);
  }

  /** What a `subscribe` says so that nothing is missed; without a cursor it is from now on. */
  ask() {
    this.#asked = { since: this.cursor, newest: this.#newest };
    return this.cursor === undefined ? {} : { since: this.cursor, ...(this.epoch && { epoch: this.epoch }) };
  }

  /**
   * The answer to the last `subscribe`, after what was replayed.
   *
   * @param {Answer} answer
   * @returns {"whole" | "lost" | "stale"} lost: too much was missed, and a list must be loaded anew. stale: it answers
   *   for another cursor than the one that counts by now
   */
  answered(answer) {
    const { since, newest } = this.#asked;
    if (this.cursor !== undefined && (since === undefined || since > this.cursor)) {
      this.head(answer.cursor);
      return "stale";
    }
    if (this.cursor !== undefined && !answer.recovered) {
      // Held events may be of another log. If they are not, their numbers make us ask for them again.
      this.#newest = Math.max(answer.cursor, ...this.#held.keys());
      this.#held.clear();
      this.#ids.clear();
      this.cursor = answer.cursor;
      this.epoch = answer.epoch;
      return "lost";
    }
    this.epoch = answer.epoch;
    for (const [number, event] of this.#upTo(answer.cursor)) {
      // A number that did not come is of an event that the format does not carry.
      this.#next(number, event);
    }
    this.cursor = Math.max(this.cursor ?? 0, answer.cursor);
    this.#endsAt(answer.cursor, newest);
    this.#advance();
    return "whole";
  }

  /**
   * @param {number} end where the log ended when our question was answered
   * @param {number} newest the highest number that was known when it was sent
   */
  #endsAt(end, newest) {
    for (const number of this.#held.keys()) {
      // Known before the question, and yet the log ends before it: a number of another log.
      if (number > end && number <= newest) this.#held.delete(number);
    }
    if (this.#newest <= newest) this.#newest = Math.max(Number(this.cursor), ...this.#held.keys());
  }

  /**
   * Takes what is held up to a number, in order; of it only what is new.
   *
   * @param {number} last
   */
  #upTo(last) {
    const found = [...this.#held].filter(([number]) => number <= last).sort(([one], [other]) => one - other);
    for (const [number] of found) this.#held.delete(number);
    return this.cursor === undefined ? [] : found.filter(([number]) => number > Number(this.cursor));
  }

  #advance() {
    if (this.cursor === undefined) return;
    for (const number of this.#held.keys()) if (number <= this.cursor) this.#held.delete(number);
    for (let event; (event = this.#held.get(this.cursor + 1)); ) {
      this.#held.delete(this.cursor + 1);
      this.#next(this.cursor + 1, event);
    }
  }

  /**
   * @param {number} number
   * @param {Event} event
   */
  #next(number, event) {
    this.cursor = number;
    this.#ids.delete(number);
    this.#ids.set(number, event.id);
    if (this.#ids.size > MOST_IDS) this.#ids.delete(/** @type {number} */ (this.#ids.keys().next().value));
    this.#deliver(number, event);
  }
}
