import { dialog } from "./dialogs.js";
import { el, h } from "./dom.js";
import { field, form } from "./forms.js";

/**
 * Asks why something is done that hurts.
 *
 * @param {{title: string, about: string, usual: readonly string[], label: string, action: string}} question
 *   about: what it is done to. usual: reasons that one tap fills in. action: what the button says
 * @returns {Promise<string | undefined>} undefined where it is not to be done
 */
export function askReason({ title, about, usual, label, action }) {
  return dialog(title, (/** @type {(reason?: string) => void} */ close) => {
    const input = h("input", { name: "reason", required: true, maxlength: 300, autocomplete: "off", autofocus: true });
    const pick = (/** @type {string} */ text) => () => {
      input.value = text;
      input.focus();
    };
    return [
      h("p.soft", { dir: "auto" }, about),
      el("div.row", usual.map((text) => h("button.chip", { type: "button", onclick: pick(text) }, text))),
      form({ submit: action }, async ({ reason = "" }) => close(reason.trim()), field(label, input)),
    ];
  });
}
