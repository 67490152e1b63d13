import { connectionState } from "../connection.js";
import { fill, h } from "../dom.js";
import { dictionary, setLanguage } from "../i18n.js";
import { icon } from "../icons.js";
import { kept } from "../kept.js";
import { blank, failed } from "../notices.js";
import { languageToggle } from "../toggles.js";
import { explained } from "../words.js";

const words = dictionary(
  {
    over: "連結已失效",
    overText: "此連結不存在、已過期，或訂單已結束超過一天。如有疑問，請與店家聯絡。",
  },
  {
    over: "This link is over",
    overText: "It does not exist, has expired, or the order ended more than a day ago. Please ask the shop.",
  },
);

/** Codes after which only another link helps. */
const OVER = new Set(["link_over", "session_revoked"]);

/** Who has chosen no language gets that of their phone. */
export function greet() {
  if (kept(localStorage, "language").get() === null && navigator.language.startsWith("en")) setLanguage("en");
}

/**
 * The frame of a page for guests: whose it is, how the connection is, the other language.
 *
 * @param {HTMLElement} root
 * @param {{name: string, realtime: import("../../realtime/realtime.js").Realtime, signal: AbortSignal}} world
 * @returns {HTMLElement} where the page is shown
 */
export function frame(root, { name, realtime, signal }) {
  const { badge, banner } = connectionState(realtime, signal);
  const main = h("main", { class: "guest-main" });
  fill(
    root,
    h(
      "div",
      { class: "guest" },
      h("header", { class: "guest-bar" }, icon("flame"), h("strong", { class: "grow" }, h("bdi", {}, name)), languageToggle()),
      h("div", { class: "guest-state" }, badge),
      banner,
      main,
    ),
  );
  return main;
}

/**
 * Says that nobody is let in, and why.
 *
 * @param {HTMLElement} root
 * @param {unknown} error
 * @param {() => void} retry
 */
export function shut(root, error, retry) {
  const { code = "", status = 0 } = /** @type {{code?: string, status?: number}} */ (error);
  const content = OVER.has(code)
    ? blank({ icon: "info", title: words("over"), text: words("overText") })
    : status === 403
      ? blank({ icon: "info", title: explained(error) })
      : failed(error, retry);
  fill(root, h("div", { class: "guest" }, h("header", { class: "guest-bar" }, h("span", { class: "grow" }), languageToggle()), h("main", { class: "guest-main" }, content)));
}
