import { fill } from "./dom.js";
import { complain, failed } from "./notices.js";

/**
 * Reads a list that comes in pages: draws what has come. Errors are shown in passing where there are rows,
 * and stands in their place, with another try, where there are none.
 *
 * @param {{rows: readonly unknown[]}} pager
 * @param {Element} place
 * @param {{draw(): void, again(): void}} how
 * @returns {(ask: () => Promise<boolean>) => Promise<void>} ask: the pager's `load` or `more`
 */
export function reading(pager, place, { draw, again }) {
  return async (ask) => {
    try {
      if (await ask()) draw();
    } catch (error) {
      if (pager.rows.length) complain(error);
      else fill(place, failed(error, again));
    }
  };
}
