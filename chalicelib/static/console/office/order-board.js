import { arrange } from "../shared/arrange.js";
import { el, h } from "../shared/dom.js";
import { keepFocus } from "../shared/keep-focus.js";
import { every } from "../shared/timing.js";
import { card } from "./order-card.js";
import { words } from "./order-words.js";
import { COLUMNS, HUES, NEXT, statusName, stepInto } from "./order-steps.js";

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {{order: Order, fresh: boolean, element: HTMLLIElement}} Drawn
 */

// A day's deliveries may be hundreds.
const SHOWN = 40;
const TICK_MS = 20_000;

/** The columns. A card that has not changed keeps its element, so that focus and scrolling outlive every event. */
export class OrderBoard {
  /** @type {Map<string, Drawn>} */
  #drawn = new Map();
  /** @type {readonly {order: Order, fresh: boolean}[]} */
  #shown = [];
  /** @type {Order | undefined} */
  #dragged;
  #context;
  #columns = COLUMNS.map((column) => this.#column(column));
  #board = h("div.board", { role: "region", "aria-label": words("columns"), tabindex: 0 }, this.#columns.map(({ element }) => element));
  #chips = h("div.chips", { role: "group", "aria-label": words("columns") }, this.#columns.map(({ chip }) => chip));
  element = el("div.stack", this.#chips, this.#board);

  /** @param {import("./order-card.js").OfficeContext} context @param {AbortSignal} signal */
  constructor(context, signal) {
    this.#context = context;
    this.#choose(0);
    this.#board.addEventListener("dragstart", (event) => this.#onDragStart(event));
    this.#board.addEventListener("dragend", () => this.#onDragEnd());
    every(TICK_MS, () => this.#tick(), signal);
  }

  /** @param {readonly {order: Order, fresh: boolean}[]} orders */
  draw(orders) {
    this.#shown = orders;
    const before = this.#drawn;
    this.#drawn = new Map(
      orders.map(({ order, fresh }) => {
        const known = before.get(order.id);
        const same = known?.order === order && known.fresh === fresh;
        return [order.id, same ? known : { order, fresh, element: card(order, fresh, this.#context) }];
      }),
    );
    // A card that was moved is another element: the focus follows it, and not onto its next step.
    keepFocus(
      this.#board,
      "id",
      () => {
        for (const { name, statuses, fill } of this.#columns) {
          const cards = [...this.#drawn.values()].filter(({ order }) => statuses.includes(order.status));
          fill(cards.sort(name === "delivered" || name === "failed" ? byNewest : byUrgency));
        }
      },
      "a",
    );
  }

  /** @param {(typeof COLUMNS)[number]} column */
  #column({ name, statuses }) {
    const count = el("span.number");
    const chipCount = el("span.number");
    const list = el("ul.cards");
    const none = el("p.soft.small.none", words("none"));
    const more = h("button.button.plain", { hidden: true, onclick: () => showMore() });
    const id = `column-${name}`;
    const title = h("h2", { id }, h("span", { class: `badge ${HUES[name]}` }, statusName(name)), count);
    const element = h("section.column", { "aria-labelledby": id, dataset: { column: name } }, title, list, none, more);
    const chip = h("button.chip", { dataset: { column: name } }, statusName(name), chipCount);
    let most = SHOWN;
    const showMore = () => {
      most += SHOWN;
      this.draw(this.#shown);
    };
    chip.addEventListener("click", () => this.#choose(this.#columns.findIndex((each) => each.name === name)));
    element.addEventListener("dragover", (event) => this.#stepOf(statuses) && event.preventDefault());
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      const to = this.#stepOf(statuses);
      if (this.#dragged && to) void this.#context.actions.step(this.#dragged, to);
    });

    /** @param {readonly Drawn[]} cards */
    function fill(cards) {
      count.textContent = chipCount.textContent = String(cards.length);
      chip.classList.toggle("fresh", cards.some(({ fresh }) => fresh));
      none.hidden = cards.length > 0;
      const hidden = Math.max(0, cards.length - most);
      more.hidden = hidden === 0;
      more.textContent = words("more", { count: Math.min(hidden, SHOWN) });
      arrange(list, cards.slice(0, most).map(({ element: each }) => each));
      element.classList.toggle("empty", cards.length === 0);
    }
    return { name, statuses, element, chip, fill };
  }

  /** The step by which the dragged order comes into a column. @param {readonly import("./types.js").Status[]} statuses */
  #stepOf(statuses) {
    return this.#dragged && stepInto(this.#dragged.status, statuses);
  }

  /** On a phone there is room for one column. @param {number} index */
  #choose(index) {
    for (const [n, { element, chip }] of this.#columns.entries()) {
      element.toggleAttribute("data-current", n === index);
      chip.setAttribute("aria-pressed", String(n === index));
    }
  }

  /** @param {DragEvent} event */
  #onDragStart({ target, dataTransfer }) {
    const id = target instanceof HTMLElement && target.closest("li")?.dataset.id;
    this.#dragged = id ? this.#drawn.get(id)?.order : undefined;
    if (!this.#dragged) return;
    dataTransfer?.setData("text/plain", this.#dragged.order_number);
    for (const { element, statuses } of this.#columns) element.dataset.drop = this.#stepOf(statuses) ? "yes" : "no";
  }

  #onDragEnd() {
    this.#dragged = undefined;
    for (const { element } of this.#columns) delete element.dataset.drop;
  }

  #tick() {
    for (const { element } of this.#drawn.values()) {
      const time = element.querySelector("time");
      if (time) time.textContent = this.#context.format.ago(time.dateTime);
    }
  }
}

/** @param {Drawn} one @param {Drawn} other */
function byUrgency({ order: one }, { order: other }) {
  return compare(one.scheduled_date, other.scheduled_date) || compare(one.id, other.id);
}

/** @param {Drawn} one @param {Drawn} other */
function byNewest({ order: one }, { order: other }) {
  return compare(other.updated_at, one.updated_at);
}

/** @param {string} one @param {string} other */
function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Whether anything may still be done about it. @param {Order} order */
export function isOver({ status }) {
  return NEXT[status].length === 0;
}
