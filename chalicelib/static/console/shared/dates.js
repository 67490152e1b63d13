import { now } from "./clock.js";
import { language } from "./i18n.js";
import { dayAfter } from "../delivery/day.js";

/**
 * Calendar days of a business, as `YYYY-MM-DD`.
 *
 * @param {string} timeZone
 */
export function days(timeZone) {
  // Swedish writes dates as ISO 8601 does.
  const iso = new Intl.DateTimeFormat("sv", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const shown = new Intl.DateTimeFormat(language(), { timeZone: "UTC", month: "numeric", day: "numeric", weekday: "short" });
  return {
    /** @param {number} [offset] 1 is tomorrow */
    today: (offset = 0) => dayAfter(iso.format(now()), offset),
    /** @param {string} time ISO 8601 */
    of: (time) => iso.format(new Date(time)),
    /** @param {string} day */
    show: (day) => shown.format(new Date(`${day}T00:00:00Z`)),
  };
}
