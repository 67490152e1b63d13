import { allRows } from "../shared/all-pages.js";

/** @import { Driver } from "./types.js" */

/**
 * The business's drivers by id; suspended ones for the names on their former orders.
 *
 * @param {Pick<import("../shared/api.js").Api, "get">} api
 * @param {AbortSignal} signal
 */
export async function loadDrivers(api, signal) {
  /** @type {Driver[]} */
  const rows = await allRows(api, "/v1/drivers", signal);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    active: rows.filter(({ status }) => status === "active"),
    /** @param {string | null} id */
    name: (id) => (id && byId.get(id)?.name) ?? "",
  };
}

/** @typedef {Awaited<ReturnType<typeof loadDrivers>>} Drivers */
