import { connectionState } from "../connection.js";
import { fill, h } from "../dom.js";
import { setLanguage } from "../i18n.js";
import { icon } from "../icons.js";
import { browserStorage, kept } from "../kept.js";
import { blank, failed } from "../notices.js";
import { languageToggle } from "../toggles.js";
import { explained } from "../words.js";

/** Codes after which only another link, or another scan, helps. */
const OVER = new Set(["link_over", "session_revoked", "qr_invalid", "qr_expired"]);

/** Who has chosen no language gets that of their phone. */
export function greet() {
  if (kept(browserStorage, "language").get() === null && navigator.language.startsWith("en")) setLanguage("en");
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
 * @param {{title: string, text: string}} over where it is the code that lets nobody in any more
 */
export function shut(root, error, retry, over) {
  const { code = "", status = 0 } = /** @type {{code?: string, status?: number}} */ (error);
  const content = OVER.has(code)
    ? blank({ icon: "info", ...over })
    : status === 403
      ? blank({ icon: "info", title: explained(error) })
      : failed(error, retry);
  fill(root, h("div", { class: "guest" }, h("header", { class: "guest-bar" }, h("span", { class: "grow" }), languageToggle()), h("main", { class: "guest-main" }, content)));
}
