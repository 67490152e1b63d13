import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form } from "./forms.js";
import { dictionary } from "./i18n.js";
import { notify } from "./notices.js";

const words = dictionary(
  {
    title: "傳訊息給 {name}",
    content: "內容",
    hint: "會顯示在 {name} 的畫面上，直到關閉；離線時最多保留 7 天。",
    send: "傳送",
    sent: "訊息已送出給 {name}。",
  },
  {
    title: "Message to {name}",
    content: "Text",
    hint: "Shown on the screen of {name} until dismissed; stored for up to 7 days while offline.",
    send: "Send",
    sent: "The message to {name} is sent.",
  },
);

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
