import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { isObject, pretty } from "./frames.js";
import texts from "../texts/socket/frame-row.json" with { type: "json" };

const words = dictionary(texts);

const ARROWS = { sent: "↑", received: "↓", note: "·" };

/** A frame: a line, and its JSON once it is opened. @param {import("./frames.js").Frame} frame */
export function row(frame) {
  const { n, at, way, type, text, bytes } = frame;
  const time = h("time.soft.number", { datetime: new Date(at).toISOString() }, clock(at));
  const arrow = [h("span.arrow", { "aria-hidden": "true" }, ARROWS[way]), el("span.unseen", words(way))];
  const props = { class: `frame ${way}`, dataset: { n, type } };
  if (way === "note") return h("div", props, time, arrow, el("span.grow", text));
  const element = h(
    "details",
    props,
    el("summary", time, arrow, el("strong.mono", type === "?" ? words("untyped") : type), ...badges(frame), el("span.size.small.soft.number", words("bytes", { count: bytes }))),
  );
  element.addEventListener("toggle", () => {
    // Made when the frame is opened, as most never are. A reader scrolls it with the keyboard.
    if (element.open && element.childElementCount === 1) element.append(h("pre.mono", { dir: "ltr", tabindex: 0 }, pretty(frame)));
  });
  return element;
}

/** @param {import("./frames.js").Frame} frame */
function badges({ message, marks, took }) {
  const { ref, code } = isObject(message) ? message : {};
  return [
    typeof code === "string" && el("span.badge.red", code),
    ...marks.map((mark) => badge(mark)),
    ref !== undefined && el("span.badge", `ref ${typeof ref === "string" ? ref : JSON.stringify(ref)}${took === undefined ? "" : ` · ${took} ms`}`),
  ];
}

/** @param {import("./frames.js").Mark} mark */
function badge(mark) {
  const of = (/** @type {string} */ hue, /** @type {string} */ text) => h("span", { class: `badge ${hue}`, dataset: { mark: mark.type } }, text);
  switch (mark.type) {
    case "gap":
      return of("amber", words(mark.from === mark.to ? "gapOne" : "gap", mark));
    case "behind":
      return of("amber", words("behind", mark));
    case "repeat":
      return of("violet", words("repeat"));
    case "lost":
      return of("red", words("lost", mark));
    case "cursor":
      return of("blue", `${mark.channel} ${mark.n}`);
  }
}

/** @param {number} at */
function clock(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
