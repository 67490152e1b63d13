import { el, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { MOST } from "./cart.js";
import { words } from "./words.js";

/**
 * How many of a dish: a plus, and once there is one, a minus and the number.
 *
 * @param {string} name
 * @param {(quantity: number) => void} onCount
 */
export function stepper(name, onCount) {
  let count = 0;
  const less = h("button.button.square", { type: "button", "aria-label": words("less", { name }), onclick: () => onCount(count - 1) }, icon("minus"));
  const shown = h("span.number", { "aria-live": "polite" });
  const more = h("button.button.square", { type: "button", "aria-label": words("more", { name }), onclick: () => onCount(count + 1) }, icon("plus"));
  return {
    element: el("div.stepper", less, shown, more),
    /** @param {number} quantity @param {{locked: boolean}} how */
    draw(quantity, { locked }) {
      count = quantity;
      // With the last one removed, the focus moves to the plus.
      if (count === 0 && document.activeElement === less) more.focus();
      less.hidden = shown.hidden = count === 0;
      less.disabled = locked;
      more.disabled = locked || count >= MOST;
      shown.textContent = String(count);
    },
  };
}
