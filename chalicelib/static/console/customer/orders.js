import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { keepFocus } from "../shared/keep-focus.js";
import { liveList } from "../shared/live-list.js";
import { dictionary } from "../shared/i18n.js";
import { blank, complain, notify } from "../shared/notices.js";
import { Pager } from "../shared/pager.js";
import { ORDER_HUES, orderStatusName } from "../shared/order-status.js";
import { dueAt, stepName, stepsOf } from "../shared/delivery-steps.js";
import { Page } from "../shared/page.js";
import texts from "../texts/customer/orders.json" with { type: "json" };

const words = dictionary(texts);

/** Statuses of orders that are not on the way any more, or never were. */
const ENDED = ["delivered", "failed", "cancelled"];

/** @import { Order } from "../shared/delivery-steps.js" */

/** A customer's own orders, live; a pending one may be cancelled. @type {import("../pages.js").Show} */
export function show(context) {
  new CustomerOrders(context).open();
}

class CustomerOrders extends Page {
  /** @type {any} The page whose cursors count. */
  #first;
  /** @type {Pager<Order>} */
  #pager = new Pager(
    async (query, signal) => {
      const page = await this.context.api.get("/v1/orders", { query, signal });
      if (!query.cursor) this.#first = page;
      return page;
    },
    this.context.signal,
    20,
  );
  /** @type {Map<string, boolean>} Whose steps were opened or closed by hand. */
  #opened = new Map();
  #list = el("div.narrow.stack");

  open() {
    const { me, realtime, signal, main } = this.context;
    fill(main, this.#list);
    const { reload } = liveList(realtime, `user:${me.id}`, signal, {
      place: this.#list,
      load: async () => ((await this.#pager.load({ shown: true })) ? this.#first : undefined),
      draw: () => this.draw(),
      onEvent: ({ type, data }) => {
        if (type === "delivery_update") void this.#refresh(data.order_id).catch(reload);
      },
    });
  }

  drawNow() {
    if (this.context.signal.aborted) return;
    const { rows, hasMore } = this.#pager;
    if (rows.length === 0) return void fill(this.#list, blank({ title: words("none"), text: words("noneText") }));
    const more = h("button.button", { onclick: () => void this.#pager.more().then(this.draw, complain) }, words("more"));
    keepFocus(this.#list, "order", () => fill(this.#list, rows.map((order) => this.#card(order)), hasMore && more));
  }

  /** @param {Order} order */
  #card(order) {
    const { id, status, items, payment_status: payment, scheduled_date: day } = order;
    const due = dueAt(order);
    const name = items.map(({ name: what, quantity }) => `${what} × ${quantity}`).join("、");
    return h(
      "section.card.stack",
      { dataset: { order: id, status } },
      el("div.row", h("h2.grow", { dir: "auto" }, name), h("span", { class: `badge ${/** @type {Record<string, string>} */ (ORDER_HUES)[status] ?? "grey"}`, role: "status" }, orderStatusName(status))),
      // A day without a time of day: noon in Greenwich is on it nearly everywhere.
      due ? el("p", el("strong", words("due", { time: this.format.clock(due) }))) : day && el("p", words("day", { day: this.format.day(`${day}T12:00:00Z`) })),
      el("p.soft", words("total", { amount: this.format.money(order.total_price) }), (payment === "paid" || payment === "refunded") && ` · ${words(payment)}`),
      this.#steps(order),
      el("p.soft.small.number", words("number", { number: order.order_number })),
      status === "pending" && h("button.button.danger", { onclick: () => void this.#cancel(order) }, words("cancel")),
    );
  }

  /** @param {Order} order */
  #steps(order) {
    const isOpen = this.#opened.get(order.id) ?? !ENDED.includes(order.status);
    // What was called off goes nowhere.
    const way = stepsOf(order).filter(({ state }) => state !== "ahead" || !["failed", "cancelled"].includes(order.status));
    const element = h(
      "details",
      { open: isOpen },
      h("summary", { style: { "padding-block": "var(--space-3)" } }, words("steps")),
      el(
        "ol.history",
        way.map(({ name, state, at }) =>
          h(
            "li",
            { "aria-current": state === "now" && "step" },
            h("span", { class: `badge ${state === "now" ? "violet" : state === "done" ? "green" : "grey"}` }, stepName(name)),
            at && h("time.small.soft.number", { datetime: at }, `${this.format.day(at)} ${this.format.clock(at)}`),
          ),
        ),
      ),
    );
    element.addEventListener("toggle", () => this.#opened.set(order.id, element.open));
    return element;
  }

  /** @param {Order} order */
  async #cancel({ id, version, order_number: number }) {
    const question = { title: words("cancelTitle"), text: words("number", { number }), action: words("cancel"), danger: true };
    if (!(await confirmed(question))) return;
    try {
      this.#pager.put(await this.context.api.post(`/v1/orders/${id}/status`, { status: "cancelled", version }));
      notify(words("cancelled"));
    } catch (error) {
      complain(error);
      await this.#refresh(id).catch(() => {});
    }
    this.draw();
  }

  /** @param {string} id of one that has changed, or that is new here */
  async #refresh(id) {
    const { api, signal } = this.context;
    const order = await api.get(`/v1/orders/${id}`, { signal });
    if (!this.#pager.put(order)) await this.#pager.load({ shown: true });
    this.draw();
  }
}
