/**
 * Shows what the address names beside the page's list: a new address takes the place of the one before, and closing
 * leads back to the list.
 *
 * @param {string} page its name
 * @param {(id: string, signal: AbortSignal) => Promise<void>} show resolves when it has been closed
 * @param {AbortSignal} signal the page's
 * @returns {(path: readonly string[]) => Promise<void>} for `follow`
 */
export function beside(page, show, signal) {
  /** @type {AbortController | undefined} */
  let shown;
  return async ([id]) => {
    shown?.abort();
    shown = undefined;
    if (!id) return;
    const mine = (shown = new AbortController());
    await show(id, AbortSignal.any([mine.signal, signal]));
    if (mine.signal.aborted || signal.aborted) return;
    shown = undefined;
    location.hash = `#${page}`;
  };
}
