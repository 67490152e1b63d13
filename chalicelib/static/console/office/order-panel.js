import { el, fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { failed, loading } from "../shared/notices.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { subscribe } from "../shared/subscribe.js";
import { openPanel } from "./side-panel.js";
import { attemptList } from "./delivery-attempts.js";
import { dueTime } from "./order-card.js";
import { editOrder } from "./order-edit.js";
import { historyList, usersOf } from "./order-history.js";
import { total } from "../shared/money.js";
import { phoneText } from "../shared/phones.js";
import { words } from "./order-words.js";
import { HUES, NEXT, statusName, stepName } from "./order-steps.js";

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {{pin: string | null, attempts: import("./types.js").Attempt[]}} Delivery
 */

/**
 * One order beside the board: all that is known of it, and all that may be done. It follows what happens to it.
 *
 * @param {string} id
 * @param {import("./order-card.js").OfficeContext & Pick<import("../pages.js").Context, "api" | "realtime"> & {
 *   orders: import("./order-store.js").OrderStore,
 *   names: ReturnType<typeof import("./user-names.js").userNames>,
 * }} context
 * @param {AbortSignal} signal closes it
 * @returns {Promise<void>} when it is closed
 */
export async function showOrder(id, context, signal) {
  const gone = new AbortController();
  const stop = () => gone.abort();
  signal.addEventListener("abort", stop);
  const panel = new OrderPanel(id, context, gone.signal);
  panel.open();
  await openPanel(words("order"), panel.body, gone.signal);
  stop();
}

class OrderPanel {
  body = el("div.stack", loading(5));
  #id;
  #context;
  #signal;
  /** @type {Order | undefined} */
  #shown;
  /** @type {Delivery} */
  #delivery = { pin: null, attempts: [] };
  /** @type {string | undefined} What the button does that was focused last: a step disables it, and drawing takes it away. */
  #focused;
  #draw;

  /** @param {string} id @param {Parameters<typeof showOrder>[1]} context @param {AbortSignal} signal closes it */
  constructor(id, context, signal) {
    this.#id = id;
    this.#context = context;
    this.#signal = signal;
    this.#draw = drawAfterRelease(() => this.#drawNow(), signal);
  }

  open() {
    const { orders, realtime } = this.#context;
    const signal = this.#signal;
    document.addEventListener("focusin", ({ target }) => (this.#focused = target instanceof HTMLElement && this.body.contains(target) ? target.dataset.does : undefined), { signal });
    const known = orders.get(this.#id);
    if (known) this.#put(known);
    const onEvent = (/** @type {any} */ { data }) => void ((data.order_id ?? data.id) === this.#id && this.#load());
    subscribe(realtime, "orders", { onReload: () => this.#load(), onEvent }, signal);
  }

  #drawNow() {
    if (!this.#shown) return;
    fill(this.body, content(this.#shown, this.#delivery, this.#context, (order) => this.#put(order)));
    if (!this.#focused || document.activeElement !== document.body) return;
    // What cannot be done any more leaves the focus on the customer's name: no second Enter is meant for the next step.
    const found = this.body.querySelector(`[data-does="${CSS.escape(this.#focused)}"]`) ?? this.body.querySelector("[data-does=title]");
    /** @type {HTMLElement | null} */ (found)?.focus({ preventScroll: true });
  }

  /** @param {Order} order */
  #put(order) {
    if (this.#shown && this.#shown.version > order.version) return;
    this.#shown = order;
    this.#draw();
  }

  async #load() {
    const { api, orders, names } = this.#context;
    const options = { signal: this.#signal };
    try {
      const order = await api.get(`/v1/orders/${this.#id}`, options);
      // For questions by telephone: the PIN and the attempts. Without a driver there are none.
      if (order.driver_id || order.history.some((/** @type {import("./types.js").Step} */ { status }) => status === "delivering"))
        this.#delivery = await api.get(`/v1/deliveries/${this.#id}`, options);
      orders.put(order);
      this.#put(order);
      this.#draw();
      await names.learn(usersOf(order));
      this.#draw();
    } catch (error) {
      if (!this.#signal.aborted && !this.#shown) fill(this.body, failed(error, () => this.#load()));
    }
  }
}

/**
 * @param {Order} order
 * @param {Delivery} delivery
 * @param {Parameters<typeof showOrder>[1]} context
 * @param {(order: Order) => void} put
 */
function content(order, { pin, attempts }, context, put) {
  const { actions, drivers, format, days } = context;
  const due = dueTime(order);
  /** @type {[string, import("../shared/dom.js").Child][]} */
  const facts = [
    [words("phone"), order.customer_phone && h("a", { href: `tel:${order.customer_phone}` }, phoneText(order.customer_phone))],
    [words("address"), h("span", { dir: "auto" }, order.address)],
    [words("scheduled"), days.show(order.scheduled_date)],
    [words("driver"), h("span", { dir: "auto" }, order.driver_id ? drivers.name(order.driver_id) : words("unassigned"))],
    [words("estimate"), due ? words("eta", { time: format.clock(due) }) : order.estimated_time !== null && words("minutes", { minutes: order.estimated_time })],
    [words("pin"), pin && el("strong.number", pin)],
    [words("notes"), order.notes && h("span", { dir: "auto" }, order.notes)],
  ];
  return [
    el(
      "div.row",
      h("h3.grow.title", { dir: "auto", tabindex: -1, dataset: { does: "title" } }, order.customer_name),
      h("span", { class: `badge ${HUES[order.status]}` }, statusName(order.status)),
    ),
    el("p.small.soft.number", order.order_number, order.template_id && ` · ${words("recurring")}`),
    steps(order, context),
    el("dl.facts", facts.filter(([, value]) => value).map(([name, value]) => el("div", el("dt", name), el("dd", value)))),
    lines(order, format),
    payment(order, actions),
    h("button.button", { dataset: { does: "edit" }, onclick: () => editOrder(order, context, put) }, icon("edit"), words("edit")),
    attemptList(attempts, context),
    historyList(order, context),
  ];
}

/** @param {Order} order @param {Parameters<typeof showOrder>[1]} context */
function steps(order, { actions }) {
  const [usual] = NEXT[order.status];
  const looks = (/** @type {string} */ to) => (to === "cancelled" || to === "failed" ? "button danger" : to === usual ? "button primary" : "button");
  return el(
    "div.row",
    NEXT[order.status].map((to) => h("button", { class: looks(to), dataset: { does: to }, onclick: (/** @type {Event} */ event) => actions.step(order, to, event) }, stepName(order.status, to))),
    order.status === "assigned" && h("button.button", { dataset: { does: "reassign" }, onclick: () => actions.assign(order) }, words("assignOther")),
  );
}

/** @param {Order} order @param {import("./order-card.js").OfficeContext["format"]} format */
function lines({ items, total_price }, format) {
  return el(
    "table.lines",
    el("thead", el("tr", el("th", words("items")), el("th.end", words("amount")))),
    el(
      "tbody",
      items.map(({ name, quantity, unit_price }) =>
        el("tr", el("td", h("span", { dir: "auto" }, `${name} × ${quantity}`), el("span.small.soft.number", ` @ ${format.money(unit_price)}`)), el("td.end.number", format.money(total([{ quantity, unit_price }])))),
      ),
      el("tr", el("th", words("total")), el("td.end.number", el("strong", format.money(total_price)))),
    ),
  );
}

/** @param {Order} order @param {import("./status-actions.js").StatusActions} actions */
function payment(order, actions) {
  const method = order.payment_method;
  const due = order.payment_status === "pending" && order.status !== "cancelled";
  const next = due ? "paid" : order.payment_status === "paid" ? "refunded" : undefined;
  return el(
    "div.row",
    h("span", { class: order.payment_status === "pending" ? "badge" : "badge green" }, words(order.payment_status)),
    el("span.grow.soft", method && words.has(method) ? words(method) : words("unset")),
    next && h("button.button", { dataset: { does: "pay" }, onclick: (/** @type {Event} */ event) => actions.pay(order, next, event) }, words(next === "paid" ? "pay" : "refund")),
  );
}
