import { el, fill, h } from "../shared/dom.js";
import { liveList } from "../shared/live-list.js";
import { onNewDay } from "../shared/new-day.js";
import { blank } from "../shared/notices.js";
import { ring } from "../shared/sound.js";
import { Page } from "../shared/page.js";
import { fullOrders } from "../shared/full-orders.js";
import { sidePanel } from "./side-panel.js";
import { OrderStore } from "./order-store.js";
import { OrderBoard } from "./order-board.js";
import { searchText } from "./order-card.js";
import { loadDrivers } from "./drivers.js";
import { StatusActions } from "./status-actions.js";
import { words } from "./order-words.js";
import { showOrder } from "./order-panel.js";
import { toolbar } from "./order-filter.js";
import { userNames } from "./user-names.js";
import "./orders.css";
import "../shared/product-picker.css";
import "./side-panel.css";

/** The order board. `#orders/{id}` opens one of them beside it. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, signal } = context;
  document.addEventListener("keydown", newOrderKey, { signal });
  const drivers = await loadDrivers(api, signal);
  if (!signal.aborted) new OrdersPage(context, drivers).open();
}

/** Not a letter alone: a user of speech control would take orders by accident (WCAG 2.1.4). @param {KeyboardEvent} event */
function newOrderKey(event) {
  if (!event.altKey || event.code !== "KeyN" || document.querySelector("dialog")) return;
  event.preventDefault();
  location.hash = "#new-order";
}

class OrdersPage extends Page {
  #title = document.title;
  /** @type {Set<string>} New orders that were not opened on this page. */
  #fresh = new Set();
  /** @type {import("./order-filter.js").Filter} */
  #filter = { text: "", driver: "", day: "" };
  #isDue = false;
  #orders = new OrderStore(this.context.api, this.days, this.context.signal, () => this.#drawSoon());
  #office;
  #board;
  #bar;
  #news = h("p.unseen", { role: "status" });
  #place = el("div");
  #empty = h("div", { hidden: true });
  /** @type {ReturnType<typeof liveList> | undefined} */
  #list;

  /** @param {import("../pages.js").Context} context @param {import("./drivers.js").Drivers} drivers */
  constructor(context, drivers) {
    super(context);
    const { api, signal, me, realtime } = context;
    const orders = this.#orders;
    this.#office = { api, orders, realtime, drivers, actions: new StatusActions({ api, orders, drivers }), format: this.format, days: this.days, names: userNames(api, me, signal) };
    this.#board = new OrderBoard(this.#office, signal);
    this.#bar = toolbar(this.#office, (next) => this.#onFilter(next));
  }

  open() {
    const { api, signal, me, realtime, main, follow, path } = this.context;
    fill(main, el("div.stack.office", this.#bar.element, this.#news, this.#place));
    this.#list = liveList(realtime, "orders", signal, {
      place: this.#place,
      lines: 6,
      load: () => this.#orders.load(),
      draw: () => {
        fill(this.#place, this.#board.element, this.#empty);
        this.#drawSoon();
      },
      onEvent: fullOrders(api, signal, (event) => {
        if (event.type === "order_created") this.#onNewOrder(event.data);
        this.#orders.apply(event);
      }),
    });
    onNewDay(me.tenant.time_zone, signal, () => {
      // Today is another day, and so is tomorrow.
      this.#bar.report();
      if (!this.#filter.day) this.#list?.reload();
    });
    const showOne = (/** @type {string} */ id, /** @type {AbortSignal} */ until) => {
      this.#fresh.delete(id);
      this.#drawSoon();
      return showOrder(id, this.#office, until);
    };
    const openOne = sidePanel("orders", showOne, signal);
    follow(openOne);
    void openOne(path);
  }

  /** @param {import("./order-filter.js").Filter} next */
  #onFilter(next) {
    const isOtherDay = next.day !== this.#filter.day;
    this.#filter = next;
    if (!isOtherDay) return this.#drawSoon();
    this.#orders.day = next.day;
    this.#list?.restart();
  }

  /** @param {import("./types.js").Order} order */
  #onNewOrder({ id, customer_name, history }) {
    // An order that was taken on this page needs no notification.
    if (history[0]?.by === this.context.me.id) return;
    this.#fresh.add(id);
    this.#news.textContent = words("arrived", { name: customer_name });
    ring();
  }

  /** However many events come at once, it is drawn once. */
  #drawSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (!this.context.signal.aborted) this.draw();
    });
  }

  drawNow() {
    const all = this.#orders.all;
    for (const { id, status } of all) if (status !== "pending") this.#fresh.delete(id);
    const terms = this.#filter.text.normalize("NFKC").toLowerCase().split(/\s+/);
    const found = all.filter((order) => {
      if (this.#filter.driver && this.#filter.driver !== (order.driver_id ?? "-")) return false;
      const text = searchText(order, this.#office.drivers.name(order.driver_id));
      return terms.every((word) => text.includes(word));
    });
    this.#board.draw(found.map((order) => ({ order, fresh: this.#fresh.has(order.id) })));
    this.#board.element.hidden = found.length === 0;
    this.#empty.hidden = found.length > 0;
    const narrowed = this.#filter.text !== "" || this.#filter.driver !== "";
    const clear = h("button.button", { onclick: this.#bar.clear }, words("clear"));
    if (found.length === 0)
      fill(
        this.#empty,
        narrowed || this.#filter.day ? blank({ title: words("noMatch"), text: words("noMatchText") }, clear) : blank({ title: words("noneYet"), text: words("noneYetText") }),
      );
    document.title = this.#fresh.size ? `(${this.#fresh.size}) ${this.#title}` : this.#title;
  }
}
