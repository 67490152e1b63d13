import { ApiError } from "../shared/api.js";

/**
 * Names of the users who have changed something. The API gives them to admins only.
 *
 * @param {Pick<import("../shared/api.js").Api, "get">} api
 * @param {Pick<import("../shared/session.js").Me, "id" | "name" | "role">} me
 * @param {AbortSignal} signal
 */
export function userNames(api, me, signal) {
  /** @type {Map<string, string>} */
  const known = new Map([[me.id, me.name]]);

  /** @param {string} id */
  async function learnOne(id) {
    try {
      known.set(id, (await api.get(`/v1/users/${id}`, { signal })).name);
    } catch (error) {
      // Guests are no users, nor is the system itself.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) known.set(id, "");
    }
  }

  return {
    /** @param {string | null} id @returns {string} empty where it is not known */
    name: (id) => known.get(id ?? "") ?? "",
    /** Looks up unknown users. @param {readonly (string | null)[]} ids */
    async learn(ids) {
      if (me.role !== "admin") return;
      const unknown = new Set(ids.filter((id) => id !== null && !known.has(id)));
      await Promise.all([...unknown].map((id) => learnOne(/** @type {string} */ (id))));
    },
  };
}
