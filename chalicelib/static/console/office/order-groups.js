const DONE = ["delivered", "served", "completed"];

/**
 * A day's orders for a chart: done, open, failed, cancelled.
 *
 * @param {Readonly<Record<string, number>>} by how many of each status
 */
export function grouped(by) {
  const all = Object.values(by).reduce((sum, count) => sum + count, 0);
  const done = DONE.reduce((sum, status) => sum + (by[status] ?? 0), 0);
  const { failed = 0, cancelled = 0 } = by;
  return [done, all - done - failed - cancelled, failed, cancelled];
}

/** @param {string} day */
export function dayLabels(day) {
  const [, month, date] = day.split("-").map(Number);
  return { label: `${month}/${date}`, short: String(date) };
}
