/**
 * Pictures of 24 × 24, drawn in strokes; https://lucide.dev's shapes fit (ISC licence). Here are those that guests' pages draw,
 * too; more-icons.js has the others.
 */
const SHAPES = /** @type {const} */ ({
  flame: "M12 3c.6 3-3.9 5.3-4.7 9.3A5.6 5.6 0 0 0 12 20a5.6 5.6 0 0 0 5.1-7.4c-.5-1.7-1.5-2.6-1.8-4.3-1 .6-1.6 1.6-1.6 2.8C12.4 9.300 13.300 6 12 3Z",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 9h17M3.500 15h17M12 3c2.500 2.400 3.700 5.400 3.700 9s-1.200 6.600-3.700 9c-2.500-2.400-3.700-5.400-3.700-9S9.500 5.400 12 3Z",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  alert: "M12 8.500v4.500M12 16.500v.1M10.300 4.300 2.800 17.400A2 2 0 0 0 4.500 20.400h15a2 2 0 0 0 1.700-3L13.700 4.300a2 2 0 0 0-3.400 0Z",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.1",
  inbox: "M3.500 13.500 6 5.500h12l2.500 8M3.500 13.500v5h17v-5M3.500 13.500H8l1.500 2.500h5l1.500-2.500h4.500",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  refresh: "M20 5v5h-5M4 19v-5h5M5.500 9a7 7 0 0 1 12-2.500L20 10M4 14l2.500 3.500a7 7 0 0 0 12-2.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.500 2",
  note: "M5 4h14v11l-5 5H5ZM14 20v-5h5M8.500 8.500h7M8.500 12h4",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
});

/** @typedef {keyof typeof SHAPES | import("./more-icons.js").More} IconName */

/** @type {Record<string, string>} */
const shapes = { ...SHAPES };

/** Of pages that guests do not load. @param {Readonly<Record<string, string>>} more */
export function addIcons(more) {
  Object.assign(shapes, more);
}

const SVG = "http://www.w3.org/2000/svg";

/** A picture beside words, which screen readers skip. @param {IconName} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shapes[name] ?? "");
  for (const [attribute, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }))
    svg.setAttribute(attribute, value);
  svg.append(path);
  return svg;
}
