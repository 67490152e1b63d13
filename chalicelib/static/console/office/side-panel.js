import { dialog } from "../shared/dialogs.js";

/**
 * Shows what the address names beside the page's list: a new address takes the place of the one before, and closing
 * leads back to the list.
 *
 * @param {string} page its name
 * @param {(id: string, signal: AbortSignal) => Promise<void>} show resolves when it has been closed
 * @param {AbortSignal} signal the page's
 * @returns {(path: readonly string[]) => Promise<void>} for `follow`
 */
export function sidePanel(page, show, signal) {
  /** @type {AbortController | undefined} */
  let open;
  return async ([id]) => {
    open?.abort();
    open = undefined;
    if (!id) return;
    const panel = (open = new AbortController());
    await show(id, AbortSignal.any([panel.signal, signal]));
    if (panel.signal.aborted || signal.aborted) return;
    open = undefined;
    location.hash = `#${page}`;
  };
}

/**
 * Opens a panel beside the list.
 *
 * @param {string} title
 * @param {HTMLElement} body
 * @param {AbortSignal} signal closes it
 * @returns {Promise<unknown>} when it is closed
 */
export function openPanel(title, body, signal) {
  const content = (/** @type {() => void} */ close) => {
    if (signal.aborted) queueMicrotask(close);
    signal.addEventListener("abort", close);
    return [body];
  };
  return dialog(title, content, { class: "panel" });
}
