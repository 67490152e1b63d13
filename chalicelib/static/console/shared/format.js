import { now } from "./clock.js";
import { language } from "./i18n.js";

/** @typedef {ReturnType<typeof formats>} Format */

/**
 * Writes times and amounts of a business: in its time zone and currency, and the reader's language.
 *
 * @param {{time_zone: string, currency: string}} tenant
 */
export function formats({ time_zone: timeZone, currency }) {
  const locale = language();
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(locale, { timeZone, month: "numeric", day: "numeric", weekday: "short" });
  // Money is exact decimal text, and stays it: Intl reads strings without rounding.
  const money = new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: 0 });
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  return {
    /** @param {string} time ISO 8601 */
    clock: (time) => clock.format(new Date(time)),
    /** @param {string} time */
    day: (time) => day.format(new Date(time)),
    /** @param {string} amount */
    money: (amount) => money.format(/** @type {any} */ (amount)),
    /**
     * How long ago something was. Phones report times that are some seconds ahead: those are now.
     *
     * @param {string} time
     * @param {number} [at] the server's time
     */
    ago: (time, at = now()) => {
      const seconds = Math.min(0, Math.round((Date.parse(time) - at) / 1000));
      if (Math.abs(seconds) < 60) return ago.format(seconds, "second");
      if (Math.abs(seconds) < 3600) return ago.format(Math.round(seconds / 60), "minute");
      if (Math.abs(seconds) < 86_400) return ago.format(Math.round(seconds / 3600), "hour");
      return ago.format(Math.round(seconds / 86_400), "day");
    },
  };
}
