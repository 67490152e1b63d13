import { h } from "../dom.js";
import { icon } from "../icons.js";
import { words } from "./order-words.js";
import { setSound, soundWanted } from "./sound.js";

/**
 * @typedef {{text: string, driver: string, day: string}} Filter
 *   text: words that must all be found. driver: an id, `-` for nobody, empty for all. day: empty for open and today's
 */

/**
 * What is looked for, above the board.
 *
 * @param {{drivers: import("./drivers.js").Drivers, days: import("./card.js").Desk["days"]}} desk
 * @param {(filter: Filter) => void} onChange
 */
export function toolbar({ drivers, days }, onChange) {
  const text = h("input", { type: "search", class: "search", placeholder: words("search"), "aria-label": words("search"), maxlength: 100 });
  const driver = h(
    "select",
    { "aria-label": words("driver") },
    h("option", { value: "" }, words("everyDriver")),
    h("option", { value: "-" }, words("nobody")),
    drivers.active.map(({ id, name }) => h("option", { value: id }, name)),
  );
  const day = h(
    "select",
    { "aria-label": words("day") },
    [
      ["", words("open")],
      [days.today(), words("today")],
      [days.today(1), words("tomorrow")],
      [days.today(-1), words("yesterday")],
      ["pick", words("pick")],
    ].map(([value, label]) => h("option", { value }, label)),
  );
  const date = h("input", { type: "date", "aria-label": words("pick"), hidden: true });
  const told = () => onChange({ text: text.value, driver: driver.value, day: day.value === "pick" ? date.value : day.value });
  text.addEventListener("input", told);
  driver.addEventListener("change", told);
  date.addEventListener("change", told);
  day.addEventListener("change", () => {
    date.hidden = day.value !== "pick";
    if (date.hidden) date.value = "";
    else date.focus();
    told();
  });
  const clear = () => {
    text.value = driver.value = day.value = date.value = "";
    date.hidden = true;
    told();
  };
  const link = h("a", { class: "button primary", href: "#new-order", title: "Alt + N", "aria-keyshortcuts": "Alt+N" }, icon("plus"), words("newOrder"));
  const element = h("div", { class: "toolbar" }, h("div", { class: "grow" }, text), day, date, driver, soundToggle(), link);
  return { element, clear };
}

function soundToggle() {
  const button = h("button", { class: "button plain square" });
  const draw = () => {
    const on = soundWanted();
    const label = words(on ? "soundOn" : "soundOff");
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", String(on));
    button.title = label;
    button.replaceChildren(icon(on ? "bell" : "bellOff"));
  };
  button.addEventListener("click", () => {
    setSound(!soundWanted());
    draw();
  });
  draw();
  return button;
}
