/**
 * @typedef {{opens: string, closes: string}} Span `HH:MM` of the wall clock; one that closes at or before it opens ends the
 *   next day, and `24:00` ends the day itself
 */

export const WEEKDAYS = /** @type {const} */ (["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
export const MOST_SPANS = 6;

const DAY = 24 * 60;

/** @param {Span} span in minutes after midnight, the end after the beginning */
export function minutesOf({ opens, closes }) {
  const begins = minutes(opens);
  const ends = minutes(closes);
  return { begins, ends: ends > begins ? ends : ends + DAY };
}

/** @param {string} time */
function minutes(time) {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
}

/** Whether these can be a day's, as the server sees it. @param {readonly Span[]} spans */
export function areGood(spans) {
  if (spans.some(({ opens, closes }) => !opens || !closes || opens === closes)) return false;
  const ordered = spans.map(minutesOf).sort((one, other) => one.begins - other.begins);
  return ordered.every(({ begins }, n) => begins >= (ordered[n - 1]?.ends ?? 0));
}

/** What usually comes after the others of a day. @param {readonly Span[]} spans @returns {Span} */
export function nextSpan(spans) {
  return spans.length === 0 ? { opens: "11:00", closes: "14:00" } : { opens: "17:00", closes: "21:00" };
}
