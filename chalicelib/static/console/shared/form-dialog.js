import { dialog } from "./dialogs.js";
import { form } from "./forms.js";

/**
 * A dialog with a form. It closes when the form is sent.
 *
 * @template Result
 * @param {string} title
 * @param {string} submit what the button says
 * @param {(values: Record<string, string>) => Promise<Result | false>} send false leaves it open; rejects with an ApiError
 * @param {import("./dom.js").Child[]} fields
 * @returns {Promise<Result | undefined>} what `send` resolves to; undefined where it was closed before
 */
export function formDialog(title, submit, send, ...fields) {
  return dialog(title, (/** @type {(result?: Result) => void} */ close) => [
    form(
      { submit },
      async (values) => {
        const result = await send(values);
        if (result !== false) close(result);
      },
      ...fields,
    ),
  ]);
}
