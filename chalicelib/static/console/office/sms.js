import { el, fill, h } from "../shared/dom.js";
import { showTemplates } from "./sms-templates.js";
import { showDay } from "./sms-day.js";
import { words } from "./sms-words.js";
import "./charts.css";
import "./sms.css";

/** What customers were texted; `#texts/templates` is what the texts say. @type {import("../pages.js").Show} */
export async function show(context) {
  const [view] = context.path;
  const place = el("div");
  const link = (/** @type {string} */ address, /** @type {string} */ text, /** @type {boolean} */ here) => h("a.chip", { href: address, "aria-current": here && "page" }, text);
  fill(
    context.main,
    el(
      "div.stack",
      h("nav.row.tight.sub-pages", { "aria-label": words("views") }, link("#texts", words("sentTexts"), view !== "templates"), link("#texts/templates", words("templates"), view === "templates")),
      place,
    ),
  );
  await (view === "templates" ? showTemplates : showDay)({ ...context, main: place });
}
