import { ApiError } from "../shared/api.js";
import { el, fill, h } from "../shared/dom.js";
import { form } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { words as shared } from "../shared/words.js";
import { dayHours } from "./day-hours.js";
import { words } from "./hours-words.js";
import { areGood, WEEKDAYS } from "./spans.js";
import "./hours.css";

/** @import { Span } from "./spans.js" */
/** @import { Hours } from "./types.js" */

/** When guests may order. @type {import("../pages.js").Show} */
export async function show(context) {
  const draw = async (/** @type {Hours} */ hours) => {
    if (!context.signal.aborted) new HoursForm(context, hours, draw).drawNow();
  };
  await draw(await context.api.get("/v1/opening-hours", { signal: context.signal }));
}

class HoursForm extends Page {
  #hours;
  #onSaved;
  #always;
  #rows;
  #list = el("div.week");
  /** @type {{date: HTMLInputElement, hours: ReturnType<typeof dayHours>, element: HTMLElement}[]} */
  #special = [];
  #trouble = h("p.notice.amber", { role: "alert", hidden: true });

  /**
   * @param {import("../pages.js").Context} context
   * @param {Hours} hours
   * @param {(hours: Hours) => unknown} onSaved draws the hours as they are now
   */
  constructor(context, hours, onSaved) {
    super(context);
    const { weekly, exceptions } = hours;
    this.#hours = hours;
    this.#onSaved = onSaved;
    this.#always = h("input", { type: "checkbox", checked: weekly === null });
    this.#rows = WEEKDAYS.map((day) => ({ day, hours: dayHours(() => words(day), weekly?.[day] ?? []) }));
    // Days that are over change nothing any more, and leave with the next change.
    for (const { date, spans } of exceptions) if (date >= this.days.today()) this.#addDay(date, spans);
  }

  drawNow() {
    const { main, me } = this.context;
    const { open_now, opens_at } = this.#hours;
    const { day, clock } = this.format;
    const sections = [
      el("section.card.stack", el("label.row.tight", this.#always, words("always")), this.#week()),
      el(
        "section.card.stack",
        el("h2", words("special")),
        el("p.soft", words("specialText")),
        this.#list,
        el("div", h("button.button", { type: "button", onclick: () => this.#addDay("", []) }, icon("plus"), words("addDay"))),
      ),
    ];
    const opens = !open_now && opens_at ? words("opensAt", { time: `${day(opens_at)} ${clock(opens_at)}` }) : "";
    const state = h("span", { class: open_now ? "badge green" : "badge amber" }, words(open_now ? "openNow" : "closedNow"), opens);
    fill(
      main,
      el(
        "div.stack.hours",
        el("div.row", state, el("p.soft", words("about"))),
        me.role === "admin"
          ? form({ submit: shared("save") }, () => this.#save(), ...sections, this.#trouble)
          : [el("p.notice.amber", words("adminOnly")), h("fieldset.plain.stack", { disabled: true }, sections)],
      ),
    );
  }

  #week() {
    const [monday, ...others] = this.#rows.map(({ hours }) => hours);
    const copy = () => others.forEach((each) => each.set(monday?.spans ?? []));
    const week = h(
      "div.week",
      { hidden: this.#always.checked },
      this.#rows.map(({ day, hours }) => el("div.day", el("h3", words(day)), hours.element)),
      h("button.button", { type: "button", onclick: copy }, words("same", { day: words("mon") })),
    );
    this.#always.addEventListener("change", () => (week.hidden = this.#always.checked));
    return week;
  }

  /** @param {string} value @param {readonly Span[]} spans */
  #addDay(value, spans) {
    const date = h("input", { type: "date", required: true, min: this.days.today(), "aria-label": words("date"), value });
    const name = () => date.value || words("date");
    const hours = dayHours(name, spans);
    const remove = h("button.button.square.plain", { type: "button", "aria-label": words("removeDay", { day: name() }), onclick: () => this.#removeDay(element) }, icon("close"));
    const element = el("div.day", el("div.row.tight", date, remove), hours.element);
    this.#special.push({ date, hours, element });
    this.#list.append(element);
  }

  /** @param {HTMLElement} element */
  #removeDay(element) {
    this.#special = this.#special.filter((each) => each.element !== element);
    element.remove();
  }

  /** What is wrong, in words; empty for nothing. */
  #problem() {
    const days = this.#special.map(({ date, hours }) => ({ name: date.value, hours }));
    if (days.some(({ name }) => !name)) return words("needDate");
    const twice = days.find(({ name }, n) => days.findIndex((each) => each.name === name) !== n);
    if (twice) return words("twice", { day: twice.name });
    const weekdays = this.#always.checked ? [] : this.#rows.map(({ day, hours }) => ({ name: words(day), hours }));
    const bad = [...weekdays, ...days].find(({ hours }) => !areGood(hours.spans));
    return bad ? words("overlap", { day: bad.name }) : "";
  }

  async #save() {
    const { api, signal } = this.context;
    const wrong = this.#problem();
    this.#trouble.textContent = wrong;
    this.#trouble.hidden = wrong === "";
    if (wrong) return;
    const body = {
      weekly: this.#always.checked ? null : Object.fromEntries(this.#rows.map(({ day, hours }) => [day, hours.spans])),
      exceptions: this.#special.map(({ date, hours }) => ({ date: date.value, spans: hours.spans })),
      version: this.#hours.version,
    };
    try {
      await this.#onSaved(await api.put("/v1/opening-hours", body));
      notify(words("saved"));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "stale_version") throw error;
      await this.#onSaved(await api.get("/v1/opening-hours", { signal }));
      notify(words("overtaken"), { wrong: true });
    }
  }
}
