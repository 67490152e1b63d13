import { now } from "../shared/clock.js";

/** How many frames are stored; older ones are deleted. */
export const MOST_FRAMES = 1000;

/** Signs of life: what a reader most often wants to look past. */
const LIFE = new Set(["heartbeat", "ping", "pong"]);

/**
 * @typedef {"sent" | "received" | "note"} Way note: what happened to the connection
 * @typedef {import("./cursors.js").Mark} Mark
 * @typedef {{
 *   n: number, at: number, way: Way, text: string, bytes: number, type: string, message: unknown, marks: readonly Mark[],
 *   took: number | undefined,
 * }} Frame
 *   at: milliseconds since 1970. text: without tokens. type: of the message; `?` where it has none, empty for a note.
 *   message: undefined where it is no JSON. took: milliseconds from the message with this `ref` to its answer
 */

const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const encoder = new TextEncoder();

/** A text that may be shown and copied: it holds no token. @param {string} text */
function masked(text) {
  return text.replace(TOKEN, "eyJ…");
}

/** @param {string} text @returns {unknown} undefined for what is no JSON */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What went over the line, both ways, the newest last. */
export class Frames {
  /** @type {Frame[]} */
  all = [];
  #count = 0;
  /** @type {Map<string, number>} When a message was sent, by its `ref`. */
  #sentAt = new Map();

  /** @param {Way} way @param {string} text @param {{at?: number, marks?: readonly Mark[]}} [more] @returns {Frame} */
  add(way, text, { at = now(), marks = [] } = {}) {
    const message = way === "note" ? undefined : parsed(text);
    const { type, ref } = /** @type {{type?: unknown, ref?: unknown}} */ (isObject(message) ? message : {});
    /** @type {Frame} */
    const frame = {
      n: ++this.#count,
      at,
      way,
      text: masked(text),
      bytes: encoder.encode(text).length,
      type: way === "note" ? "" : typeof type === "string" ? type : "?",
      message,
      marks,
      took: ref === undefined ? undefined : this.#took(way, JSON.stringify(ref), at),
    };
    this.all.push(frame);
    if (this.all.length > MOST_FRAMES) this.all.shift();
    return frame;
  }

  clear() {
    this.all = [];
    this.#sentAt.clear();
  }

  /** All stored types, in alphabetical order. */
  types() {
    return [...new Set(this.all.map(({ type }) => type))].filter(Boolean).sort();
  }

  /** @param {Way} way @param {string} ref @param {number} at */
  #took(way, ref, at) {
    if (way === "sent") return void this.#sentAt.set(ref, at);
    const asked = this.#sentAt.get(ref);
    this.#sentAt.delete(ref);
    return asked === undefined ? undefined : at - asked;
  }
}

/** Whether a frame passes a filter. @param {Frame} frame @param {string} filter empty: all. `-`: all but signs of life. Else a type */
export function matches({ type, way }, filter) {
  if (filter === "") return true;
  if (filter === "-") return !LIFE.has(type);
  // Where the connection began and ended belongs to every reading.
  return type === filter || way === "note";
}

/** A frame as JSON for people. @param {Frame} frame */
export function pretty({ message, text }) {
  return message === undefined ? text : masked(JSON.stringify(message, null, 2));
}

/** Frames as text: a line each, with the time to the millisecond. @param {readonly Frame[]} frames */
export function copied(frames) {
  const arrows = { sent: "→", received: "←", note: "·" };
  return frames.map(({ at, way, text }) => `${new Date(at).toISOString()} ${arrows[way]} ${text}`).join("\n");
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
