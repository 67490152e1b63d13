import { h } from "./shared/dom.js";
import { field, form, passwordInput } from "./shared/forms.js";
import { dictionary } from "./shared/i18n.js";
import { notify } from "./shared/notices.js";
import "./refusals.js";
import texts from "./texts/password-form.json" with { type: "json" };

const words = dictionary(texts);

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
    // Password managers need the username.
    h("input.unseen", { name: "username", autocomplete: "username", value: me.username, tabindex: -1, "aria-hidden": "true" }),
    field(words("current"), passwordInput("current_password", "current-password")),
    field(words("next"), passwordInput("new_password", "new-password"), { hint: words("hint") }),
  );
}
