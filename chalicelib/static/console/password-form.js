import { h } from "./shared/dom.js";
import { field, form, passwordInput } from "./shared/forms.js";
import { dictionary } from "./shared/i18n.js";
import { notify } from "./shared/notices.js";
import "./refusals.js";

const words = dictionary(
  {
    current: "目前的密碼",
    next: "新密碼",
    hint: "至少 8 個字元；不要用常見密碼、姓名或店名。",
    change: "變更密碼",
    changed: "密碼已變更。",
  },
  {
    current: "Present password",
    next: "New password",
    hint: "8 characters or more; no common password, no name of yours or the shop.",
    change: "Change it",
    changed: "The password has been changed.",
  },
);

/**
 * The form in which users change their own password.
 *
 * @param {import("./shared/session.js").Session} session
 * @param {import("./shared/session.js").Me} me
 */
export function passwordForm(session, me) {
  return form(
    { submit: words("change") },
    async ({ current_password: current = "", new_password: next = "" }, element) => {
      await session.changePassword(current, next);
      element.reset();
      notify(words("changed"));
    },
    // Password keepers want to know whose it is.
    h("input", { class: "unseen", name: "username", autocomplete: "username", value: me.username, tabindex: -1, "aria-hidden": "true" }),
    field(words("current"), passwordInput("current_password", "current-password")),
    field(words("next"), passwordInput("new_password", "new-password"), { hint: words("hint") }),
  );
}
