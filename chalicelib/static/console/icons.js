/** Pictures of 24 × 24, drawn in strokes. A page adds what it needs: https://lucide.dev's shapes fit (ISC licence). */
const SHAPES = /** @type {const} */ ({
  flame: "M12 3c.6 3-3.9 5.3-4.7 9.3A5.6 5.6 0 0 0 12 20a5.6 5.6 0 0 0 5.1-7.4c-.5-1.7-1.5-2.6-1.8-4.3-1 .6-1.6 1.6-1.6 2.8C12.4 9.300 13.300 6 12 3Z",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20a7.500 7.500 0 0 1 15 0",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 9h17M3.500 15h17M12 3c2.500 2.400 3.700 5.400 3.700 9s-1.200 6.600-3.700 9c-2.500-2.400-3.700-5.400-3.700-9S9.500 5.400 12 3Z",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.500v2M12 19.500v2M4.900 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2.500 12h2M19.500 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500Z",
  auto: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18M12 7.500h5.500M12 12h6M12 16.500h5.500",
  leave: "M10 20H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2h4M15.500 16l4-4-4-4M19.500 12H9.500",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  alert: "M12 8.500v4.500M12 16.500v.1M10.300 4.300 2.800 17.400A2 2 0 0 0 4.500 20.400h15a2 2 0 0 0 1.700-3L13.700 4.300a2 2 0 0 0-3.400 0Z",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.1",
  inbox: "M3.500 13.500 6 5.500h12l2.500 8M3.500 13.500v5h17v-5M3.500 13.500H8l1.500 2.500h5l1.500-2.500h4.500",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  key: "M14.500 9.500a5 5 0 1 1-4-4.900M14 10l6.500-6.500M17 7l2.500 2.500",
  refresh: "M20 5v5h-5M4 19v-5h5M5.500 9a7 7 0 0 1 12-2.500L20 10M4 14l2.500 3.500a7 7 0 0 0 12-2.500",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  bell: "M6 9.500a6 6 0 0 1 12 0c0 5 2 6.500 2 6.500H4s2-1.500 2-6.500M10 19.500a2.200 2.200 0 0 0 4 0",
  bellOff: "M8 5.200A6 6 0 0 1 18 9.500c0 2.500.5 4.200 1 5.200M16 16H4s2-1.500 2-6.500c0-.6.100-1.200.3-1.800M10 19.500a2.200 2.200 0 0 0 4 0M4 4l16 16",
  phone: "M5 4h4l1.500 5-2.500 1.500a11 11 0 0 0 5.500 5.500L15 13.500l5 1.500v4a1.500 1.500 0 0 1-1.500 1.500A15.500 15.500 0 0 1 3.500 5.500 1.500 1.500 0 0 1 5 4Z",
  pin: "M12 21s7-5.600 7-11a7 7 0 0 0-14 0c0 5.400 7 11 7 11ZM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  edit: "M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4",
});

/** @typedef {keyof typeof SHAPES} IconName */

const SVG = "http://www.w3.org/2000/svg";

/**
 * A picture beside words; it says nothing to who does not see it.
 *
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  for (const [attribute, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }))
    svg.setAttribute(attribute, value);
  svg.append(path);
  return svg;
}
