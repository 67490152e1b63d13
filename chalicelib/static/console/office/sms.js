import { el, fill, h } from "../shared/dom.js";
import { showTemplates } from "./sms-templates.js";
import { SmsDay } from "./sms-day.js";
import { words } from "./sms-words.js";
import "./charts.css";
import "./sms.css";

/** The SMS to customers; `#sms/templates` has their templates. @type {import("../pages.js").Show} */
export async function show(context) {
  const [view] = context.path;
  const place = el("div");
  const link = (/** @type {string} */ address, /** @type {string} */ text, /** @type {boolean} */ here) => h("a.chip", { href: address, "aria-current": here && "page" }, text);
  fill(
    context.main,
    el(
      "div.stack",
      h("nav.row.tight.sub-pages", { "aria-label": words("views") }, link("#sms", words("sentSms"), view !== "templates"), link("#sms/templates", words("templates"), view === "templates")),
      place,
    ),
  );
  const inner = { ...context, main: place };
  await (view === "templates" ? showTemplates(inner) : new SmsDay(inner).open());
}
