import { confirmed } from "../shared/dialogs.js";
import { el, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { notify } from "../shared/notices.js";
import { words } from "./health-words.js";

const SEVERITIES = /** @type {const} */ (["info", "warning", "critical"]);

/** A notice that all users of the business see at once. @param {import("../shared/api.js").Api} api */
export function noticeForm(api) {
  const element = form(
    { submit: words("send") },
    async ({ title = "", message = "", severity = "" }) => {
      if (!(await confirmed({ title: words("sure"), text: words("sureText", { title }), action: words("send"), danger: true }))) return;
      await api.post("/v1/realtime/publish", { channel: "system", type: "notification", data: { title: title.trim(), message: message.trim(), severity, action: null } });
      notify(words("noticeSent"));
      element.reset();
    },
    field(words("title"), h("input", { name: "title", required: true, maxlength: 100, autocomplete: "off" })),
    field(words("message"), h("textarea", { name: "message", rows: 3, maxlength: 500 })),
    field(words("severity"), h("select", { name: "severity" }, SEVERITIES.map((each) => h("option", { value: each }, words(each))))),
  );
  return el("section.card.stack.notice-form", el("h2", words("notice")), el("p.soft", words("noticeText")), element);
}
