import { el, fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { ageOf } from "./waiting-time.js";
import { numberOf } from "../shared/table-order.js";
import { NEXT, statusName, stepName } from "../shared/table-order-steps.js";
import texts from "../texts/restaurant/ticket.json" with { type: "json" };

const words = dictionary(texts);

// Its second half comes sooner than this.
const DOUBLE_TAP_MS = 400;

/** By how long it waits: no colour without its shape and its word. */
const CLOCKS = /** @type {const} */ ({ fresh: "clock", slow: "hourglass", late: "alert" });

/** A ticket in the kitchen, which stays the same element as its order moves on. */
export class Ticket {
  element = el("article.ticket");

  #age = el("span.age");
  #button = el("button.button.primary.advance");
  /** @type {import("../shared/table-order.js").Order} */
  #order;
  /** Undefined before it is drawn. @type {boolean | undefined} */
  #isNew;
  #shownAge = "";

  /**
   * @param {import("../shared/table-order.js").Order} order
   * @param {{onStep: (order: import("../shared/table-order.js").Order) => Promise<void>, onTouch: (id: string) => void}} handlers
   */
  constructor(order, { onStep, onTouch }) {
    this.#order = order;
    this.#button.addEventListener("click", () => this.#hold(onStep));
    for (const type of ["pointerdown", "focusin"]) this.element.addEventListener(type, () => onTouch(this.#order.id));
  }

  /**
   * @param {import("../shared/table-order.js").Order} order
   * @param {{isNew: boolean, now: number}} how isNew: it has not been touched yet
   */
  draw(order, { isNew, now }) {
    if (order !== this.#order || isNew !== this.#isNew) this.#drawContent(order, isNew);
    this.tick(now);
  }

  /** @param {import("../shared/table-order.js").Order} order @param {boolean} isNew */
  #drawContent(order, isNew) {
    this.#order = order;
    this.#isNew = isNew;
    const next = NEXT[order.status];
    const number = numberOf(order);
    this.element.dataset.status = order.status;
    this.element.dataset.order = order.id;
    this.element.classList.toggle("new", isNew);
    this.element.setAttribute("aria-label", `${number} · ${statusName(order.status)}`);
    if (next) {
      const label = stepName(/** @type {Exclude<typeof order.status, "completed" | "cancelled">} */ (order.status));
      fill(this.#button, el("span", label), icon("forward"));
      this.#button.setAttribute("aria-label", words("step", { number, step: label }));
    }
    fill(
      this.element,
      el(
        "header",
        el("strong.daily.number", number),
        el(
          "span.table",
          order.table_number ? [el("small", words("table")), el("bdi", order.table_number)] : words("takeaway"),
        ),
        isNew && el("span.fresh-mark", words("new")),
        this.#age,
      ),
      el("ul.lines", order.items.map(({ name, quantity }) => line(name, quantity))),
      order.notes && el("p.notice.amber.notes", icon("note"), el("span", el("span.unseen", words("notes")), el("bdi", order.notes))),
      next && this.#button,
    );
  }

  /** @param {number} now */
  tick(now) {
    const { minutes, age } = ageOf(this.#order, now);
    if (this.#shownAge === `${age} ${minutes}`) return;
    this.#shownAge = `${age} ${minutes}`;
    this.element.dataset.age = age;
    fill(this.#age, icon(CLOCKS[age]), words(age, { minutes }));
  }

  /** It stands out no more. */
  markTouched() {
    this.#isNew = false;
    this.element.classList.remove("new");
    this.element.querySelector(".fresh-mark")?.remove();
  }

  /** One tap is one step: a second one that comes meanwhile is not meant for the next. */
  async #hold(/** @type {(order: import("../shared/table-order.js").Order) => Promise<void>} */ onStep) {
    if (this.#button.getAttribute("aria-busy")) return;
    this.#button.setAttribute("aria-busy", "true");
    await Promise.all([onStep(this.#order), new Promise((over) => setTimeout(over, DOUBLE_TAP_MS))]);
    this.#button.removeAttribute("aria-busy");
  }
}

/** @param {string} name @param {number} quantity */
function line(name, quantity) {
  return el("li", h("span", { class: quantity > 1 ? "quantity many" : "quantity" }, `${quantity}×`), el("bdi", name));
}
