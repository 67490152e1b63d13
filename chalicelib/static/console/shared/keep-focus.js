const CONTROLS = "summary, a, button, input, select, textarea";

/**
 * Draws rows anew without losing the focus, which goes with its element: afterwards it is on the control that does the same in
 * the same row, else on the row's first control.
 *
 * @param {Element} root
 * @param {string} row data attribute of rows, `order` for `data-order`
 * @param {() => void} draw
 * @param {string} [control] selector of the control that gets the focus, in place of the one that does the same
 */
export function keepFocus(root, row, draw, control) {
  const focused = document.activeElement instanceof HTMLElement && root.contains(document.activeElement) ? document.activeElement : undefined;
  const before = /** @type {HTMLElement | null | undefined} */ (focused?.closest(`[data-${row}]`));
  const key = before?.dataset[row];
  draw();
  if (!focused || focused === document.activeElement) return;
  // An element that was moved loses the focus as well.
  if (focused.isConnected) return focused.focus({ preventScroll: true });
  const after = key === undefined ? null : /** @type {HTMLElement | null} */ (root.querySelector(`[data-${row}="${CSS.escape(key)}"]`));
  if (!after) return;
  const found = before === focused ? after : after.querySelector(control ?? selector(focused)) ?? after.querySelector(CONTROLS);
  /** @type {HTMLElement | null} */ (found)?.focus({ preventScroll: true });
}

/** What finds the control that does the same. @param {HTMLElement} element */
function selector(element) {
  const { does } = element.dataset;
  if (does) return `[data-does="${CSS.escape(does)}"]`;
  const label = element.getAttribute("aria-label");
  return label ? `[aria-label="${CSS.escape(label)}"]` : element.localName;
}
