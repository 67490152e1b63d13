import { allPages } from "../shared/all-pages.js";
import { arrange } from "../shared/arrange.js";
import { el, fill, h } from "../shared/dom.js";
import { fullOrders } from "../shared/full-orders.js";
import { icon } from "../shared/icons.js";
import { keepFocus } from "../shared/keep-focus.js";
import { liveList } from "../shared/live-list.js";
import { LiveOrders } from "../shared/live-orders.js";
import { onNewDay } from "../shared/new-day.js";
import { blank } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { numberOf } from "../shared/table-order.js";
import { HUES, statusName } from "../shared/table-order-steps.js";
import { billCard, refundButton } from "./bill-card.js";
import { billsOf, figuresOf, isDue, isSettled, sumOf } from "./bills.js";
import { tableName, words } from "./counter-words.js";
import { takeOrder } from "./take-order.js";
import { takePayment } from "./take-payment.js";
import { Till } from "./till.js";
import "../shared/product-picker.css";
import "./counter.css";

/** @import { Order } from "../shared/table-order.js" */

const OPEN = ["pending", "confirmed", "preparing", "ready", "served"];
// Its second half comes sooner than this, and is not meant for the next step.
const DOUBLE_TAP_MS = 400;

/**
 * What every table has ordered, and what it has to pay. `#counter/new/{table}` takes an order for one.
 *
 * @type {import("../pages.js").Show}
 */
export function show(context) {
  return context.path[0] === "new" ? takeOrder(context) : new Counter(context).open();
}

class Counter extends Page {
  /** @type {LiveOrders<Order>} */
  #orders = new LiveOrders(this.context.api, this.context.signal);
  #till = new Till({ api: this.context.api, signal: this.context.signal, put: (order) => this.#orders.put(order) && this.draw() });
  /** @type {import("./bill-card.js").BillContext} */
  #billContext = {
    till: this.#till,
    format: this.format,
    onStep: (order, to) => this.#isFirstTap(order) && void this.#till.step(order, to),
    onPay: (bill) => void takePayment(bill, { till: this.#till, format: this.format, newest: (id) => this.#orders.get(id) }),
  };
  /** @type {Map<string, {text: string, card: HTMLElement}>} A card that has not changed stays under the finger. */
  #cards = new Map();
  /** @type {Map<string, number>} When an order was last moved here. */
  #moved = new Map();
  #figures = el("dl.figures");
  #bills = el("div.bills");
  #unconfirmed = h("p.notice.red", { role: "status", hidden: true });
  #summary = el("summary");
  #rows = el("ul.settled");
  #settled = h("details.card", { hidden: true }, this.#summary, this.#rows);
  #place = el("div.stack");

  open() {
    const { api, realtime, signal, main, me } = this.context;
    const take = h("a.button.primary", { href: "#counter/new" }, icon("plus"), words("take"));
    fill(main, el("div.stack.counter-page", el("div.row", this.#figures, take), this.#place));
    liveList(realtime, "orders", signal, {
      place: this.#place,
      load: async () => {
        // Today's whichever they are, and whatever is open since yesterday: restaurants close after midnight.
        const query = { status: [...OPEN, "completed", "cancelled"].join(","), ended_date: this.days.today() };
        const list = await allPages(api, "/v1/orders", { query, signal });
        this.#orders.replace(list.items);
        return list;
      },
      draw: () => {
        if (!this.#bills.isConnected) fill(this.#place, this.#unconfirmed, this.#bills, this.#settled);
        this.draw();
      },
      onEvent: fullOrders(api, signal, (event) => {
        if (event.order && this.#orders.apply(event)) this.draw();
      }),
    });
    onNewDay(me.tenant.time_zone, signal, this.draw);
  }

  /** @param {Order} order */
  #isFirstTap({ id }) {
    for (const [other, at] of this.#moved) if (performance.now() - at >= DOUBLE_TAP_MS) this.#moved.delete(other);
    if (this.#moved.has(id)) return false;
    this.#moved.set(id, performance.now());
    return true;
  }

  drawNow() {
    if (!this.#bills.isConnected) return;
    const isToday = (/** @type {Order} */ { created_at }) => this.days.of(created_at) === this.days.today();
    this.#orders.keep((order) => !isSettled(order) || isToday(order));
    const all = this.#orders.sorted();
    const today = all.filter(isToday);
    this.#drawFigures(all, today);
    const count = all.filter(({ needs_confirmation }) => needs_confirmation).length;
    this.#unconfirmed.hidden = count === 0;
    this.#unconfirmed.textContent = words("unconfirmed", { count });
    keepFocus(this.#bills, "order", () => this.#drawBills(all));
    const over = today.filter(isSettled).reverse();
    this.#settled.hidden = over.length === 0;
    this.#summary.textContent = words("done", { count: over.length });
    fill(this.#rows, over.map((order) => this.#settledRow(order)));
  }

  /** @param {readonly Order[]} all @param {readonly Order[]} today */
  #drawFigures(all, today) {
    const { money } = this.format;
    const { count, paid, cash } = figuresOf(today);
    const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more = "") =>
      el("div", el("dt", name), el("dd.number", value), more && el("dd.small.soft.number", more));
    fill(
      this.#figures,
      figure(words("orders"), String(count)),
      figure(words("due"), money(sumOf(all.filter(isDue)))),
      figure(words("received"), money(paid), words("ofCash", { amount: money(cash) })),
    );
  }

  /** @param {readonly Order[]} all */
  #drawBills(all) {
    const before = this.#cards;
    this.#cards = new Map(
      billsOf(all).map((bill) => {
        const text = bill.orders.map((order) => `${order.id} ${order.version}`).join();
        const known = before.get(bill.key);
        return [bill.key, known?.text === text ? known : { text, card: billCard(bill, this.#billContext) }];
      }),
    );
    const cards = [...this.#cards.values()].map(({ card }) => card);
    arrange(this.#bills, cards.length ? cards : [blank({ icon: "till", title: words("none"), text: words("noneText") })]);
  }

  /** @param {Order} order */
  #settledRow(order) {
    const { status, payment_status, payment_method, table_number, total_price, created_at } = order;
    const format = this.format;
    return h(
      "li.row.tight",
      { dataset: { order: order.id } },
      el("strong", words("number", { number: numberOf(order) })),
      el("span.grow", el("bdi", tableName(table_number))),
      el("span.soft.small.number", format.clock(created_at)),
      status === "cancelled" && h("span", { class: `badge ${HUES[status]}` }, statusName(status)),
      payment_status !== "pending" && el("span.soft.small", payment_status === "refunded" ? words("refunded") : words(payment_method ?? "unset")),
      el("span.number", format.money(total_price)),
      payment_status === "paid" && refundButton(order, this.#billContext),
    );
  }
}
