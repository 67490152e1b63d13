import { el, h } from "./dom.js";
import { icon } from "./icons.js";
import { explained, words } from "./words.js";

const SHOWN_MS = 5000;
/**
 * Modules that were requested again. Some browsers never request one again that has failed once, so that only a reload helps:
 * https://github.com/whatwg/html/pull/10327
 *
 * @type {Set<string>}
 */
const retried = new Set();

/** Where toasts appear; read out as they come. */
const toasts = h("div.toasts", { role: "status" });

/**
 * Says in passing that something was done; what went wrong stays until it is closed.
 *
 * @param {string} text
 * @param {{wrong?: boolean}} [how]
 */
export function notify(text, { wrong = false } = {}) {
  // A modal dialog hides what lies outside of it.
  ([...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body).append(toasts);
  const close = h("button.button.plain.square", { "aria-label": words("close"), onclick: () => toast.remove() }, icon("close"));
  const toast = h("div", { class: wrong ? "toast red" : "toast" }, el("span.grow", text), close);
  toasts.append(toast);
  if (!wrong) setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Says what went wrong. @param {unknown} error */
export function complain(error) {
  notify(explained(error), { wrong: true });
}

/**
 * Changes a row, shows the list as it is then, and after that what became of the change: the message is about what is shown.
 *
 * @param {() => Promise<unknown>} change
 * @param {() => Promise<unknown>} reload
 * @param {string} done
 */
export async function changeThenReload(change, reload, done) {
  const [outcome] = await Promise.allSettled([change()]);
  await reload().catch(() => {});
  if (outcome.status === "rejected") complain(outcome.reason);
  else notify(done);
}

/**
 * Nothing is there, and what to do about it.
 *
 * @param {{icon?: import("./icons.js").IconName, title: string, text?: string}} what
 * @param {import("./dom.js").Child[]} actions
 */
export function blank({ icon: name = "inbox", title, text }, ...actions) {
  return el("div.blank", icon(name), el("h2", title), text && el("p.soft", text), ...actions);
}

/** Something could not be loaded. It is tried again when the network is back. @param {unknown} error @param {() => void} retry */
export function failed(error, retry) {
  const { code, module = "" } = /** @type {{code?: string, module?: string}} */ (error);
  // Without a code it is a fault of this page, which may be older than the answer that it got.
  const reload = code === undefined || (retried.has(module) && navigator.onLine);
  const again = () => {
    if (module) retried.add(module);
    retry();
  };
  const button = h("button.button", { onclick: () => (reload ? location.reload() : again()) }, icon("refresh"), words(reload ? "reload" : "retry"));
  const notice = h("div", { role: "alert" }, blank({ icon: "alert", title: words("failed"), text: explained(error) }, button));
  addEventListener("online", () => notice.isConnected && !reload && again(), { once: true });
  return notice;
}

/** Something is on its way. @param {number} [lines] */
export function loading(lines = 3) {
  const bars = Array.from({ length: lines }, () => el("div.skeleton"));
  return h("div.stack", { role: "status", "aria-label": words("loading") }, bars);
}
