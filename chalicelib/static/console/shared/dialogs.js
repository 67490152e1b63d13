import { el, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

let count = 0;

/**
 * A modal dialog, open. Escape closes it, and so does `close` with what it is to answer.
 *
 * @template Result
 * @param {string} title
 * @param {(close: (result?: Result) => void) => import("./dom.js").Child[]} content
 * @param {{class?: string}} [props]
 * @returns {Promise<Result | undefined>} undefined where it was closed without an answer
 */
export function dialog(title, content, props = {}) {
  return new Promise((resolve) => {
    /** @type {Result | undefined} */
    let answer;
    const id = `dialog-${++count}`;
    const element = h("dialog", { "aria-labelledby": id, ...props });
    /** @param {Result} [result] */
    const close = (result) => {
      answer = result;
      element.close();
    };
    const leave = h("button.button.plain.square", { "aria-label": words("close"), onclick: () => close() }, icon("close"));
    const head = el("div.row", h("h2.grow", { id }, title), leave);
    fill(element, el("div.stack", head, ...content(close)));
    element.addEventListener("close", () => {
      element.remove();
      resolve(answer);
    });
    document.body.append(element);
    element.showModal();
  });
}

/**
 * Asks before something is done.
 *
 * @param {{title: string, text: string, action: string, danger?: boolean}} question action: what the button says
 * @returns {Promise<boolean>}
 */
export async function confirmed({ title, text, action, danger = false }) {
  const sure = await dialog(title, (/** @type {(result?: boolean) => void} */ close) => [
    el("p", text),
    el(
      "div.actions",
      h("button.button", { onclick: () => close(false) }, words("cancel")),
      h("button", { class: danger ? "button danger" : "button primary", onclick: () => close(true) }, action),
    ),
  ]);
  return sure === true;
}
