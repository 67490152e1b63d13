import { el } from "../shared/dom.js";

/** A figure with its label, for a `dl.tiles`. @param {string} label @param {string | number | undefined} value @param {string | false} [more] */
export function tile(label, value, more = false) {
  return el("div.card.tile", el("dt.small.soft", label), el("dd.number", value, more && el("span.small.soft", more)));
}
