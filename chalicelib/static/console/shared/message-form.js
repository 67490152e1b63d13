import { h } from "./dom.js";
import { formDialog } from "./form-dialog.js";
import { field } from "./forms.js";
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
  const send = async () => {
    const message = { type: "personal_message", data: { content: content.value, sender: me.name } };
    return Promise.all(user_ids.map((id) => api.post(`/v1/realtime/users/${id}/send`, message)));
  };
  const sent = await formDialog(words("title", { name }), words("send"), send, field(words("content"), content, { hint: words("hint", { name }) }));
  if (sent) notify(words("sent", { name }));
}
