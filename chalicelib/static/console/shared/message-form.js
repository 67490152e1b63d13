import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form } from "./forms.js";
import { dictionary } from "./i18n.js";
import { notify } from "./notices.js";
import texts from "../texts/shared/message-form.json" with { type: "json" };

const words = dictionary(texts);

const MOST_CHARACTERS = 500;

/**
 * Writes a personal message to one person.
 *
 * @param {import("./api.js").Api} api
 * @param {import("./session.js").Me} me
 * @param {{name: string, user_ids: readonly string[]}} recipient user_ids: the users that the person signs in as
 */
export async function writeMessage(api, me, { name, user_ids }) {
  const content = h("textarea", { name: "content", rows: 4, maxlength: MOST_CHARACTERS, required: true });
  // Blanks alone are no message.
  content.addEventListener("change", () => (content.value = content.value.trim()));
  await dialog(words("title", { name }), (/** @type {() => void} */ close) => [
    form(
      { submit: words("send") },
      async () => {
        const message = { type: "personal_message", data: { content: content.value, sender: me.name } };
        await Promise.all(user_ids.map((id) => api.post(`/v1/realtime/users/${id}/send`, message)));
        close();
        notify(words("sent", { name }));
      },
      field(words("content"), content, { hint: words("hint", { name }) }),
    ),
  ]);
}
