import { now as serverNow } from "../shared/clock.js";

/**
 * How new the positions are that drivers report; docs/protocol.md, `driver_location`.
 *
 * @typedef {import("./types.js").Position} Position
 * @typedef {"now" | "lately" | "gone" | "never"} Freshness
 */

// A phone reports its place every ten to fifteen seconds, and may be in a tunnel.
const NOW_MS = 60_000;
const LATELY_MS = 15 * 60_000;

/** @type {Readonly<Record<Freshness, import("../shared/map.js").Hue>>} */
export const FRESHNESS_HUES = { now: "green", lately: "amber", gone: "grey", never: "grey" };

/**
 * @param {Pick<Position, "timestamp"> | null | undefined} position
 * @param {number} [now] by the server's clock
 * @returns {Freshness}
 */
export function freshness(position, now = serverNow()) {
  if (!position) return "never";
  const age = now - Date.parse(position.timestamp);
  return age <= NOW_MS ? "now" : age <= LATELY_MS ? "lately" : "gone";
}

/**
 * The newer of two positions of a driver: events come late, and lists later.
 *
 * @param {Position | null | undefined} known
 * @param {Position | null | undefined} reported
 */
export function newer(known, reported) {
  if (!known || !reported) return known ?? reported ?? null;
  return Date.parse(reported.timestamp) > Date.parse(known.timestamp) ? reported : known;
}
