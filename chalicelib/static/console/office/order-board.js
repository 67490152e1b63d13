import { h } from "../shared/dom.js";
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

/**
 * The columns. A card that has not changed keeps its element, so that focus and scrolling outlive every event.
 *
 * @param {import("./order-card.js").OfficeContext} context
 * @param {AbortSignal} signal
 */
export function boardView(context, signal) {
  /** @type {Map<string, Drawn>} */
  let drawn = new Map();
  /** @type {readonly {order: Order, fresh: boolean}[]} */
  let shown = [];
  /** @type {Order | undefined} */
  let dragged;
  const columns = COLUMNS.map((column) => columnView(column));
  const board = h("div", { class: "board", role: "region", "aria-label": words("columns"), tabindex: 0 }, columns.map(({ element }) => element));
  const chips = h("div", { class: "chips", role: "group", "aria-label": words("columns") }, columns.map(({ chip }) => chip));
  const element = h("div", { class: "stack" }, chips, board);
  choose(0);

  board.addEventListener("dragstart", (event) => {
    const id = event.target instanceof HTMLElement && event.target.closest("li")?.dataset.id;
    dragged = id ? drawn.get(id)?.order : undefined;
    if (!dragged) return;
    event.dataTransfer?.setData("text/plain", dragged.order_number);
    for (const { element: column, statuses } of columns) column.dataset.drop = stepInto(dragged.status, statuses) ? "yes" : "no";
  });
  board.addEventListener("dragend", () => {
    dragged = undefined;
    for (const { element: column } of columns) delete column.dataset.drop;
  });

  const timer = setInterval(tick, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));

  /** @param {(typeof COLUMNS)[number]} column */
  function columnView({ name, statuses }) {
    const count = h("span", { class: "number" });
    const chipCount = h("span", { class: "number" });
    const list = h("ul", { class: "cards" });
    const none = h("p", { class: "soft small none" }, words("none"));
    const more = h("button", { class: "button plain", hidden: true });
    const id = `column-${name}`;
    const title = h("h2", { id }, h("span", { class: `badge ${HUES[name]}` }, statusName(name)), count);
    const column = h("section", { class: "column", "aria-labelledby": id, dataset: { column: name } }, title, list, none, more);
    const chip = h("button", { class: "chip", dataset: { column: name } }, statusName(name), chipCount);
    const view = { name, statuses, element: column, chip, list, most: SHOWN, fill: fillColumn };
    chip.addEventListener("click", () => choose(columns.indexOf(view)));
    more.addEventListener("click", () => {
      view.most += SHOWN;
      draw(shown);
    });
    column.addEventListener("dragover", (event) => {
      if (dragged && stepInto(dragged.status, statuses)) event.preventDefault();
    });
    column.addEventListener("drop", (event) => {
      event.preventDefault();
      const to = dragged && stepInto(dragged.status, statuses);
      if (dragged && to) void context.actions.step(dragged, to);
    });

    /** @param {readonly Drawn[]} cards */
    function fillColumn(cards) {
      count.textContent = String(cards.length);
      chipCount.textContent = String(cards.length);
      chip.classList.toggle("fresh", cards.some(({ fresh }) => fresh));
      none.hidden = cards.length > 0;
      const hidden = Math.max(0, cards.length - view.most);
      more.hidden = hidden === 0;
      more.textContent = words("more", { count: Math.min(hidden, SHOWN) });
      arrange(list, cards.slice(0, view.most).map(({ element: each }) => each));
      column.classList.toggle("empty", cards.length === 0);
    }
    return view;
  }

  /** On a phone there is room for one column. @param {number} index */
  function choose(index) {
    for (const [n, { element: column, chip }] of columns.entries()) {
      column.toggleAttribute("data-current", n === index);
      chip.setAttribute("aria-pressed", String(n === index));
    }
  }

  /** @param {readonly {order: Order, fresh: boolean}[]} orders */
  function draw(orders) {
    shown = orders;
    const focused = document.activeElement?.closest("li")?.dataset.id;
    const before = drawn;
    drawn = new Map(
      orders.map(({ order, fresh }) => {
        const known = before.get(order.id);
        const same = known?.order === order && known.fresh === fresh;
        return [order.id, same ? known : { order, fresh, element: card(order, fresh, context) }];
      }),
    );
    for (const { name, statuses, fill } of columns) {
      const cards = [...drawn.values()].filter(({ order }) => statuses.includes(order.status));
      fill(cards.sort(name === "delivered" || name === "failed" ? byNewest : byUrgency));
    }
    // A card that was moved is another element: the focus follows it.
    if (focused && !document.activeElement?.closest("li")) drawn.get(focused)?.element.querySelector("a")?.focus({ preventScroll: true });
  }

  function tick() {
    for (const { element: each } of drawn.values()) {
      const time = each.querySelector("time");
      if (time) time.textContent = context.format.ago(time.dateTime);
    }
  }

  return { element, draw };
}

/**
 * Puts elements into a list, touching those alone whose place is another.
 *
 * @param {Element} list
 * @param {readonly Element[]} wanted
 */
function arrange(list, wanted) {
  const kept = new Set(wanted);
  for (const each of [...list.children]) if (!kept.has(each)) each.remove();
  for (const [n, each] of wanted.entries()) if (list.children[n] !== each) list.insertBefore(each, list.children[n] ?? null);
}

/**
 * @param {Drawn} one
 * @param {Drawn} other
 */
function byUrgency({ order: one }, { order: other }) {
  return compare(one.scheduled_date, other.scheduled_date) || compare(one.id, other.id);
}

/**
 * @param {Drawn} one
 * @param {Drawn} other
 */
function byNewest({ order: one }, { order: other }) {
  return compare(other.updated_at, one.updated_at);
}

/**
 * @param {string} one
 * @param {string} other
 */
function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Whether anything may still be done about it. @param {Order} order */
export function isOver({ status }) {
  return NEXT[status].length === 0;
}
