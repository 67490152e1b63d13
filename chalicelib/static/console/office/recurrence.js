import { listed } from "../shared/i18n.js";
import { words } from "./customer-words.js";

/** @type {readonly import("./types.js").Weekday[]} */
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** How often a recurring order comes, in words. @param {Pick<import("./types.js").Recurring, "rule" | "interval_days">} template */
export function recurrenceText({ rule: { every_days, every_weeks = 1, weekdays }, interval_days }) {
  if (every_days) return words("everyDays", { n: every_days });
  if (!weekdays) return interval_days ? words("byConsumptionNow", { n: interval_days }) : words("byConsumption");
  const days = listed(WEEKDAYS.filter((day) => weekdays.includes(day)).map((day) => words(day)));
  return every_weeks === 1 ? words("everyWeek", { days }) : words("everyWeeks", { n: every_weeks, days: words("weekday", { days }) });
}
