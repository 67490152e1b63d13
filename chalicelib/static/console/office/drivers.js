/** @typedef {import("./types.js").Driver} Driver */

/**
 * Rows of a list that is short enough to be had whole: drivers, products.
 *
 * @param {Pick<import("../shared/api.js").Api, "get">} api
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<any[]>}
 */
export async function everyRow(api, path, signal) {
  const rows = [];
  let cursor;
  do {
    const page = await api.get(path, { query: { limit: 100, cursor }, signal });
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return rows;
}

/**
 * The business's drivers by id; those who drive no more are there for the orders they brought.
 *
 * @param {Pick<import("../shared/api.js").Api, "get">} api
 * @param {AbortSignal} signal
 */
export async function loadDrivers(api, signal) {
  /** @type {Driver[]} */
  const rows = await everyRow(api, "/v1/drivers", signal);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    active: rows.filter(({ status }) => status === "active"),
    /** @param {string | null} id */
    name: (id) => (id && byId.get(id)?.name) ?? "",
  };
}

/** @typedef {Awaited<ReturnType<typeof loadDrivers>>} Drivers */
