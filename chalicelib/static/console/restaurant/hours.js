import { ApiError } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { form } from "../shared/forms.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notify } from "../shared/notices.js";
import { dates } from "../shared/dates.js";
import { words as shared } from "../shared/words.js";
import { dayHours } from "./day-hours.js";
import { words } from "./hours-words.js";
import { areGood, WEEKDAYS } from "./spans.js";
import "./hours.css";

/**
 * @typedef {import("./spans.js").Span} Span
 * @typedef {{
 *   weekly: Partial<Record<typeof WEEKDAYS[number], Span[]>> | null, exceptions: {date: string, spans: Span[]}[],
 *   version: number, open_now: boolean, opens_at: string | null,
 * }} Hours as the API has them
 */

/** When guests may order. @type {import("../pages.js").Show} */
export async function show({ api, signal, main, me }) {
  const format = formats(me.tenant);
  const days = dates(me.tenant.time_zone);
  const mayChange = me.role === "admin";
  draw(await api.get("/v1/opening-hours", { signal }));

  /** @param {Hours} hours */
  function draw(hours) {
    if (signal.aborted) return;
    const { weekly, exceptions, version, open_now, opens_at } = hours;
    const always = h("input", { type: "checkbox", checked: weekly === null, onchange: () => (week.hidden = always.checked) });
    const rows = WEEKDAYS.map((day) => ({ day, hours: dayHours(() => words(day), weekly?.[day] ?? []) }));
    const [monday] = rows;
    const week = h(
      "div",
      { class: "week", hidden: weekly === null },
      rows.map(({ day, hours: own }) => h("div", { class: "day" }, h("h3", {}, words(day)), own.element)),
      monday && h("button", { type: "button", class: "button", onclick: () => rows.forEach(({ hours: own }) => own.set(monday.hours.spans)) }, words("same", { day: words("mon") })),
    );
    const list = h("div", { class: "week" });
    /** @type {{date: HTMLInputElement, hours: ReturnType<typeof dayHours>, element: HTMLElement}[]} */
    let special = [];
    // Days that are over change nothing any more, and leave with the next change.
    exceptions.filter(({ date }) => date >= days.today()).forEach(({ date, spans }) => addDay(date, spans));

    /**
     * @param {string} value
     * @param {readonly Span[]} spans
     */
    function addDay(value, spans) {
      const date = h("input", { type: "date", required: true, min: days.today(), "aria-label": words("date"), value });
      const name = () => date.value || words("date");
      const own = dayHours(name, spans);
      const remove = h("button", { type: "button", class: "button square plain", "aria-label": words("removeDay", { day: name() }) }, icon("close"));
      const one = { date, hours: own, element: h("div", { class: "day" }, h("div", { class: "row tight" }, date, remove), own.element) };
      remove.addEventListener("click", () => {
        special = special.filter((each) => each !== one);
        one.element.remove();
      });
      special.push(one);
      list.append(one.element);
    }

    /** What is wrong, in words; empty for nothing. */
    function problem() {
      if (special.some(({ date }) => !date.value)) return words("needDate");
      const dates = special.map(({ date }) => date.value);
      const twice = dates.find((date, n) => dates.indexOf(date) !== n);
      if (twice) return words("twice", { day: twice });
      const named = [...(always.checked ? [] : rows.map(({ day, hours: own }) => ({ name: words(day), own }))), ...special.map(({ date, hours: own }) => ({ name: date.value, own }))];
      const bad = named.find(({ own }) => !areGood(own.spans));
      return bad ? words("overlap", { day: bad.name }) : "";
    }

    async function save() {
      const wrong = problem();
      trouble.textContent = wrong;
      trouble.hidden = wrong === "";
      if (wrong) return;
      const body = {
        weekly: always.checked ? null : Object.fromEntries(rows.map(({ day, hours: own }) => [day, own.spans])),
        exceptions: special.map(({ date, hours: own }) => ({ date: date.value, spans: own.spans })),
        version,
      };
      try {
        draw(await api.put("/v1/opening-hours", body));
        notify(words("saved"));
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "stale_version") throw error;
        draw(await api.get("/v1/opening-hours", { signal }));
        notify(words("overtaken"), { wrong: true });
      }
    }

    const trouble = h("p", { class: "notice amber", role: "alert", hidden: true });
    const parts = [
      h("section", { class: "card stack" }, h("label", { class: "row tight" }, always, words("always")), week),
      h(
        "section",
        { class: "card stack" },
        h("h2", {}, words("special")),
        h("p", { class: "soft" }, words("specialText")),
        list,
        h("div", {}, h("button", { type: "button", class: "button", onclick: () => addDay("", []) }, icon("plus"), words("addDay"))),
      ),
    ];
    const opens = !open_now && opens_at ? words("opensAt", { time: `${format.day(opens_at)} ${format.clock(opens_at)}` }) : "";
    fill(
      main,
      h(
        "div",
        { class: "stack hours" },
        h("div", { class: "row" }, h("span", { class: open_now ? "badge green" : "badge amber" }, words(open_now ? "openNow" : "closedNow"), opens), h("p", { class: "soft" }, words("about"))),
        mayChange
          ? form({ submit: shared("save") }, save, ...parts, trouble)
          : [h("p", { class: "notice amber" }, words("adminOnly")), h("fieldset", { class: "plain stack", disabled: true }, parts)],
      ),
    );
  }
}
