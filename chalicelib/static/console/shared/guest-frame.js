import { connectionState } from "./connection.js";
import { el, fill, h } from "./dom.js";
import { dictionary, setLanguage } from "./i18n.js";
import { icon } from "./icons.js";
import { browserStorage, storedSetting } from "./storage.js";
import { blank, failed, loading } from "./notices.js";
import { languageToggle } from "./toggles.js";
import { explained, words as shared } from "./words.js";
import texts from "../texts/shared/guest-frame.json" with { type: "json" };

const words = dictionary(texts);

/** Codes after which only a new link or a new scan helps. */
const OVER = new Set(["link_over", "session_revoked", "qr_invalid", "qr_expired"]);

/** Without a chosen language, uses the phone's: for pages whose language the server has not set. */
export function greet() {
  if (storedSetting(browserStorage, "language").get() === null && navigator.language.startsWith("en")) setLanguage("en");
}

/**
 * The frame of a page for guests: the business's name, the connection's state and the other language. The content of `main`
 * stays: the server's, or that in the former language.
 *
 * @param {HTMLElement} root
 * @param {{name: string, realtime: import("../../realtime/realtime.js").Realtime, signal: AbortSignal}} context
 * @returns {HTMLElement} `main`, where the page is shown; a skeleton, where there was none
 */
export function frame(root, { name, realtime, signal }) {
  const { badge, banner } = connectionState(realtime, signal);
  const main = root.querySelector("main") ?? fill(root, el("div.guest", el("main.guest-main", loading()))).querySelector("main");
  if (!main) throw new Error("no main");
  around(
    main,
    el("header.guest-bar", icon("flame"), el("strong.grow", el("bdi", name)), languageToggle()),
    el("div.guest-state", badge),
    banner,
  );
  return main;
}

/**
 * Puts elements before `main` in place of those that are there. `main` itself is not moved, so the window stays where it was
 * scrolled to.
 *
 * @param {HTMLElement} main
 * @param {HTMLElement[]} elements
 */
function around(main, ...elements) {
  for (const each of [...(main.parentElement?.children ?? [])]) if (each !== main) each.remove();
  main.before(...elements);
}

/** Whether only a new link, a new scan or the business can help. @param {unknown} error */
export function isRefused(error) {
  const { code = "", status = 0 } = /** @type {{code?: string, status?: number}} */ (error);
  return OVER.has(code) || status === 403;
}

/**
 * Shows above the content that it may be old, because it cannot be loaded.
 *
 * @param {HTMLElement} root
 * @param {unknown} error
 * @param {() => void} retry
 */
export function warn(root, error, retry) {
  const button = h("button.button", { onclick: retry }, icon("refresh"), shared("retry"));
  const text = el("span.grow", `${explained(error)} ${words("old")}`);
  root.querySelector(".banner")?.remove();
  root.querySelector("main")?.before(h("div.banner.notice.red", { role: "alert" }, icon("alert"), text, button));
}

/**
 * Shows in place of the page why there is none.
 *
 * @param {HTMLElement} root
 * @param {unknown} error
 * @param {() => void} retry
 * @param {{title: string, text: string}} over the text where the code is not valid, or no longer
 */
export function shut(root, error, retry, over) {
  const { code = "", status = 0 } = /** @type {{code?: string, status?: number}} */ (error);
  const content = OVER.has(code)
    ? blank({ icon: "info", ...over })
    : status === 403
      ? blank({ icon: "info", title: explained(error) })
      : failed(error, retry);
  fill(root, el("div.guest", el("header.guest-bar", el("span.grow"), languageToggle()), el("main.guest-main", content)));
}
