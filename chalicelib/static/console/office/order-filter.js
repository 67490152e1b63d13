import { el, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { words } from "./order-words.js";

/**
 * @typedef {{text: string, driver: string, day: string}} Filter
 *   text: words that must all be found. driver: an id, `-` for none, empty for all. day: empty for open and today's
 */

/** Days that are other ones tomorrow. @type {Readonly<Record<string, number>>} */
const OFFSETS = { today: 0, tomorrow: 1, yesterday: -1 };

/**
 * What is looked for, above the board. `report` calls `onChange` again, as on a new day.
 *
 * @param {{drivers: import("./drivers.js").Drivers, days: import("./order-card.js").OfficeContext["days"]}} context
 * @param {(filter: Filter) => void} onChange
 */
export function toolbar({ drivers, days }, onChange) {
  const text = h("input.search", { type: "search", placeholder: words("search"), "aria-label": words("search"), maxlength: 100 });
  const driver = h(
    "select",
    { "aria-label": words("driver") },
    h("option", { value: "" }, words("everyDriver")),
    h("option", { value: "-" }, words("unassigned")),
    drivers.active.map(({ id, name }) => h("option", { value: id }, name)),
  );
  const day = h(
    "select",
    { "aria-label": words("day") },
    [
      ["", words("open")],
      ["today", words("today")],
      ["tomorrow", words("tomorrow")],
      ["yesterday", words("yesterday")],
      ["pick", words("pick")],
    ].map(([value, label]) => h("option", { value }, label)),
  );
  const date = h("input", { type: "date", "aria-label": words("pick"), hidden: true });
  const chosenDay = () => (day.value === "pick" ? date.value : day.value && days.today(OFFSETS[day.value]));
  const report = () => onChange({ text: text.value, driver: driver.value, day: chosenDay() });
  text.addEventListener("input", report);
  driver.addEventListener("change", report);
  date.addEventListener("change", report);
  day.addEventListener("change", () => {
    date.hidden = day.value !== "pick";
    if (date.hidden) date.value = "";
    else date.focus();
    report();
  });
  const clear = () => {
    text.value = driver.value = day.value = date.value = "";
    date.hidden = true;
    report();
  };
  const link = h("a.button.primary", { href: "#new-order", title: "Alt + N", "aria-keyshortcuts": "Alt+N" }, icon("plus"), words("newOrder"));
  const element = el("div.toolbar", el("div.grow", text), day, date, driver, link);
  return { element, clear, report };
}
