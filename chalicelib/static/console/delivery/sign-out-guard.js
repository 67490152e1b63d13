import { confirmed } from "../shared/dialogs.js";
import { dictionary } from "../shared/i18n.js";
import { outboxOf } from "./outbox.js";

const words = dictionary(
  {
    title: "還有資料沒送出",
    text: "{count} 筆配送紀錄還沒送出，登出後就不會送出，要等您在這支手機重新登入。",
    leave: "仍要登出",
  },
  {
    title: "Not everything is sent",
    text: "{count} of your reports are not sent yet. Signed out, they wait until you sign in on this phone again.",
    leave: "Sign out all the same",
  },
);

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
