import { confirmed } from "../shared/dialogs.js";
import { dictionary } from "../shared/i18n.js";
import { outboxOf } from "./outbox.js";
import texts from "../texts/delivery/sign-out-guard.json" with { type: "json" };

const words = dictionary(texts);

/**
 * Whether a driver may sign out: where something waits that only they can send, they are asked.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {string} userId user id
 */
export async function maySignOut(api, userId) {
  const count = await outboxOf(api, userId).count();
  return count === 0 || confirmed({ title: words("title"), text: words("text", { count }), action: words("leave"), danger: true });
}
