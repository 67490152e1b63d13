import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { subscribe } from "../shared/subscribe.js";
import { icon } from "../shared/icons.js";
import { onNewDay } from "../shared/new-day.js";
import { blank, failed, loading } from "../shared/notices.js";
import { days as daysOf } from "../shared/dates.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { fullOrders } from "../shared/full-orders.js";
import { billCard, refundButton } from "./bill-card.js";
import { billsOf, figuresOf, isDue, isSettled, sumOf } from "./bills.js";
import { tableName, words } from "./counter-words.js";
import { loadOrders, Orders } from "../shared/live-orders.js";
import { takePayment } from "./take-payment.js";
import { HUES, statusName } from "../shared/table-order-steps.js";
import { takeOrder } from "./take-order.js";
import { numberOf } from "../shared/live-orders.js";
import { till as tillOf } from "./till.js";
import "../shared/product-picker.css";
import "./counter.css";

/** @typedef {import("../shared/live-orders.js").Order} Order */

const OPEN = ["pending", "confirmed", "preparing", "ready", "served"];
// Its second half comes sooner than this, and is not meant for the next step.
const DOUBLE_TAP_MS = 400;

/**
 * What every table has ordered, and what it has to pay. `#counter/new/{table}` takes an order for one.
 *
 * @type {import("../pages.js").Show}
 */
export function show(context) {
  const { api, realtime, signal, main, me, path } = context;
  if (path[0] === "new") return takeOrder(context);
  const orders = new Orders();
  const format = formats(me.tenant);
  const days = daysOf(me.tenant.time_zone);
  const till = tillOf({ api, signal, put: (order) => orders.put(order) && draw() });
  /** @type {Map<string, {text: string, card: HTMLElement}>} A card that has not changed stays under the finger. */
  let cards = new Map();
  /** @type {Map<string, number>} When an order was last moved here. */
  const moved = new Map();
  let shown = false;

  const figures = h("dl", { class: "figures" });
  const bills = h("div", { class: "bills" });
  const unconfirmed = h("p", { class: "notice red", role: "status", hidden: true });
  const settled = h("details", { class: "card", hidden: true });
  const summary = h("summary", {});
  const rows = h("ul", { class: "settled" });
  settled.append(summary, rows);
  const place = h("div", { class: "stack" }, loading(5));
  fill(
    main,
    h("div", { class: "stack counter-page" }, h("div", { class: "row" }, figures, h("a", { class: "button primary", href: "#counter/new" }, icon("plus"), words("take"))), place),
  );

  /** @type {import("./bill-card.js").BillContext} */
  const billContext = {
    till,
    format,
    onStep: (order, to) => {
      for (const [id, at] of moved) if (performance.now() - at >= DOUBLE_TAP_MS) moved.delete(id);
      if (moved.has(order.id)) return;
      moved.set(order.id, performance.now());
      void till.step(order, to);
    },
    onPay: (bill) => void takePayment(bill, { till, format, newest: (id) => orders.get(id) }),
  };

  const draw = drawAfterRelease(drawNow, signal);
  function drawNow() {
    if (!shown || signal.aborted) return;
    const isToday = (/** @type {Order} */ { created_at }) => days.of(created_at) === days.today();
    orders.keep((order) => !isSettled(order) || isToday(order));
    const all = orders.those(() => true);
    const today = all.filter(isToday);
    drawFigures(all, today);
    const count = all.filter(({ needs_confirmation }) => needs_confirmation).length;
    unconfirmed.hidden = count === 0;
    unconfirmed.textContent = words("unconfirmed", { count });
    drawBills(all);
    const over = today.filter(isSettled).reverse();
    settled.hidden = over.length === 0;
    summary.textContent = words("done", { count: over.length });
    fill(rows, over.map(settledRow));
  }

  /** @param {readonly Order[]} all @param {readonly Order[]} today */
  function drawFigures(all, today) {
    const { count, paid, cash } = figuresOf(today);
    const figure = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more = "") =>
      h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value), more && h("dd", { class: "small soft number" }, more));
    fill(
      figures,
      figure(words("orders"), String(count)),
      figure(words("due"), format.money(sumOf(all.filter(isDue)))),
      figure(words("received"), format.money(paid), words("ofCash", { amount: format.money(cash) })),
    );
  }

  /** @param {readonly Order[]} all */
  function drawBills(all) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
    const [id, does] = [focused?.closest("section")?.dataset.order, focused?.dataset.does];
    const before = cards;
    const wanted = billsOf(all);
    cards = new Map(
      wanted.map((bill) => {
        const text = bill.orders.map((order) => `${order.id} ${order.version}`).join();
        const known = before.get(bill.key);
        return [bill.key, known?.text === text ? known : { text, card: billCard(bill, billContext) }];
      }),
    );
    const elements = [...cards.values()].map(({ card }) => card);
    if (elements.length === 0) fill(bills, blank({ icon: "till", title: words("none"), text: words("noneText") }));
    else if (elements.some((card, n) => bills.children[n] !== card) || bills.children.length !== elements.length) fill(bills, elements);
    // A card that was drawn anew has lost it.
    if (focused && !focused.isConnected && id && does) /** @type {HTMLElement | null} */ (bills.querySelector(`[data-order="${id}"] [data-does="${does}"]`))?.focus({ preventScroll: true });
  }

  /** @param {Order} order */
  function settledRow(order) {
    const { status, payment_status, payment_method, table_number, total_price, created_at } = order;
    return h(
      "li",
      { class: "row tight", dataset: { order: order.id } },
      h("strong", {}, words("number", { number: numberOf(order) })),
      h("span", { class: "grow" }, h("bdi", {}, tableName(table_number))),
      h("span", { class: "soft small number" }, format.clock(created_at)),
      status === "cancelled" && h("span", { class: `badge ${HUES[status]}` }, statusName(status)),
      payment_status !== "pending" && h("span", { class: "soft small" }, payment_status === "refunded" ? words("refunded") : words(payment_method ?? "unset")),
      h("span", { class: "number" }, format.money(total_price)),
      payment_status === "paid" && refundButton(order, billContext),
    );
  }

  const again = subscribe(
    realtime,
    "orders",
    {
      onReload: async () => {
        try {
          // Today's whichever they are, and whatever is open since yesterday: restaurants close after midnight.
          const query = { status: [...OPEN, "completed", "cancelled"].join(","), ended_date: days.today() };
          const { orders: loaded, snapshot } = await loadOrders(api, query, signal);
          if (signal.aborted) return;
          orders.replace(loaded);
          if (!shown) fill(place, unconfirmed, bills, settled);
          shown = true;
          draw();
          return snapshot;
        } catch (error) {
          if (!signal.aborted && !shown) fill(place, failed(error, retry));
          // Tried again by who asked.
          throw error;
        }
      },
      onEvent: fullOrders(api, signal, ({ order }) => {
        if (order && orders.put(/** @type {Order} */ (order))) draw();
      }),
    },
    signal,
  );
  onNewDay(me.tenant.time_zone, signal, draw);

  function retry() {
    fill(place, loading(5));
    again();
  }
}
