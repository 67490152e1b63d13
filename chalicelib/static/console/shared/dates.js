import { now as serverNow } from "./clock.js";
import { language } from "./i18n.js";

// Swedes write dates as ISO 8601 does.
const ISO = "sv-SE";

/** A business's own day, `2026-11-25`. @param {string} timeZone @param {number | Date} [now] by the server's clock */
export function today(timeZone, now = serverNow()) {
  return new Intl.DateTimeFormat(ISO, { timeZone, dateStyle: "short" }).format(now);
}

/** @param {string} date @param {number} by days */
export function dayAfter(date, by = 1) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

/** @typedef {ReturnType<typeof dates>} Days */

/** Calendar days of a business, as `2026-11-25`. @param {string} timeZone */
export function dates(timeZone) {
  const shown = new Intl.DateTimeFormat(language(), { timeZone: "UTC", month: "numeric", day: "numeric", weekday: "short" });
  return {
    /** @param {number} [offset] 1 is tomorrow */
    today: (offset = 0) => dayAfter(today(timeZone), offset),
    /** @param {string} time ISO 8601 */
    of: (time) => today(timeZone, new Date(time)),
    /** @param {string} day */
    show: (day) => shown.format(new Date(`${day}T00:00:00Z`)),
  };
}

/**
 * The moment that a clock of the business shows.
 *
 * @param {string} date `2026-11-25`
 * @param {string} time `08:30`
 * @param {string} timeZone
 * @returns {string} ISO 8601, UTC
 */
export function instant(date, time, timeZone) {
  const there = Date.parse(`${date}T${time}:00Z`);
  const written = new Intl.DateTimeFormat(ISO, { timeZone, dateStyle: "short", timeStyle: "medium" });
  // Twice, for the day on which the clocks change.
  let moment = there;
  for (let n = 0; n < 2; n++) moment += there - Date.parse(`${written.format(new Date(moment)).replace(" ", "T")}Z`);
  return new Date(moment).toISOString();
}
