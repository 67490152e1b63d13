import { el, fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { words } from "./hours-words.js";
import { MOST_SPANS, minutesOf, nextSpan } from "./spans.js";

/** @import { Span } from "./spans.js" */

const MIDNIGHT = 24 * 60;

/** A day's spans, to be changed. @param {() => string} name what the day is called @param {readonly Span[]} initial */
export function dayHours(name, initial) {
  let spans = initial.map((span) => ({ ...span }));
  const element = el("div.spans");

  /** @param {Span} span @param {number} n */
  function row(span, n) {
    const next = el("span.badge", words("untilNext"));
    // A time input has no 24:00; it shows 00:00.
    const control = (/** @type {"opens" | "closes"} */ which) =>
      h("input", {
        type: "time",
        required: true,
        "aria-label": words(which, { day: name(), n: n + 1 }),
        value: span[which] === "24:00" ? "00:00" : span[which],
        onchange: (/** @type {Event} */ { target }) => {
          span[which] = /** @type {HTMLInputElement} */ (target).value;
          if (which === "closes" && span.closes === "00:00") span.closes = "24:00";
          drawNext();
        },
      });
    const drawNext = () => (next.hidden = !span.opens || !span.closes || minutesOf(span).ends <= MIDNIGHT);
    drawNext();
    const remove = h("button.button.square.plain", { type: "button", "aria-label": words("remove", { day: name(), n: n + 1 }), onclick: () => set(spans.filter((each) => each !== span)) }, icon("close"));
    return el("div.span", control("opens"), "–", control("closes"), remove, next);
  }

  /** @param {Span[]} next */
  function set(next) {
    spans = next;
    draw();
  }

  function draw() {
    const add = h("button.button.plain", { type: "button", "aria-label": words("addOf", { day: name() }), onclick: () => set([...spans, nextSpan(spans)]) }, icon("plus"), words("add"));
    fill(element, spans.length === 0 && el("span.soft", words("closed")), spans.map(row), spans.length < MOST_SPANS && add);
  }

  draw();
  return {
    element,
    get spans() {
      return spans;
    },
    /** @param {readonly Span[]} next */
    set: (next) => set(next.map((span) => ({ ...span }))),
  };
}
