import texts from "../../../api/words/tracking.json" with { type: "json" };
import { now } from "../shared/clock.js";
import { el, fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { failed } from "../shared/notices.js";
import { every } from "../shared/timing.js";
import { driverMap } from "./driver-map.js";
import { dueAt, stepName, stepsOf } from "../shared/delivery-steps.js";
import { UNDER_WAY } from "../shared/order-status.js";

// The server writes the same page in the same words.
const words = dictionary(texts.order);

const TICK_MS = 30_000;
const GOOD = "delivered";
/** @type {Readonly<Record<string, string>>} */
const HUES = { failed: "red", cancelled: "red", delivered: "green", delivering: "violet", arriving: "violet", arrived: "violet" };

/** @import { Order } from "../shared/delivery-steps.js" */

/** The page of an order, as it is now. */
export class TrackedOrder {
  #main;
  #context;
  #format;
  #id;
  #headline = h("section.card.headline", { role: "status" });
  #driver;
  #steps = el("section.card");
  #summary = el("section.card.stack");
  /** @type {Order | undefined} */
  #order;
  #late = false;

  /** @param {HTMLElement} main @param {import("../shared/guest-page.js").GuestContext} context */
  constructor(main, context) {
    this.#main = main;
    this.#context = context;
    this.#id = context.admission.order_id ?? "";
    this.#format = formats(context.admission.tenant);
    this.#driver = driverMap(context.realtime, context.signal);
  }

  open() {
    const { realtime, signal, admission: { order, cursors, epochs } } = this.#context;
    const channel = `order:${this.#id}`;
    if (order) this.#put(order);
    const since = order && cursors?.[channel];
    const epoch = epochs?.[channel];
    const stop = realtime.subscribe(channel, {
      ...(since !== undefined && { since, ...(epoch && { epoch }) }),
      onReload: () => this.#load(),
      onEvent: () => void this.#load().catch(() => {}),
    });
    signal.addEventListener("abort", stop);
    // Only where the text changes: screen readers read it out each time.
    every(TICK_MS, () => this.#order && isLate(this.#order) !== this.#late && this.#draw(this.#order), signal);
  }

  async #load() {
    const { api, readable, signal } = this.#context;
    try {
      const order = await api.get(`/v1/orders/${this.#id}`, { signal });
      if (!signal.aborted) this.#put(order);
    } catch (error) {
      if (signal.aborted) return;
      if (!this.#order && !readable) fill(this.#main, failed(error, () => void this.#load().catch(() => {})));
      // The client tries again by itself.
      throw error;
    }
  }

  /** @param {Order} order */
  #put(order) {
    if (order.version < (this.#order?.version ?? 0)) return;
    const isFirst = this.#order === undefined;
    this.#order = order;
    this.#draw(order);
    if (isFirst) fill(this.#main, this.#headline, this.#driver.element, this.#steps, this.#summary);
  }

  /** @param {Order} order */
  #draw(order) {
    const { status } = order;
    const text = `${status}Text`;
    const title = words.has(status) ? words(status) : status;
    document.title = `${title} · ${this.#context.admission.tenant.name}`;
    this.#headline.className = `card headline ${HUES[status] ?? ""}`;
    this.#headline.dataset.status = status;
    fill(
      this.#headline,
      el("h1", title),
      this.#dueText(order),
      words.has(text) && el("p", words(text)),
      UNDER_WAY.includes(status) && el("p.soft", words("pin")),
    );
    this.#driver.follow(order.driver_id);
    this.#steps.hidden = status === "cancelled" || status === "failed";
    fill(this.#steps, el("h2", words("steps")), el("ol.steps", stepsOf(order).map((step) => this.#step(step))));
    fill(this.#summary, ...this.#summaryOf(order));
  }

  /** @param {ReturnType<typeof stepsOf>[number]} step */
  #step({ name, state, at }) {
    return h(
      "li",
      { dataset: { state }, "aria-current": state === "now" && "step" },
      el("span.dot", state === "done" && icon("check")),
      el("span.grow", stepName(name), state !== "ahead" && el("span.unseen", `（${words(state)}）`)),
      at && el("span.soft.number", this.#format.clock(at)),
    );
  }

  /** @param {Order} order */
  #dueText(order) {
    const { day, clock } = this.#format;
    const due = dueAt(order);
    if (due) {
      this.#late = isLate(order);
      return el("p.due", words(this.#late ? "late" : "due", { time: clock(due) }));
    }
    const waits = !["failed", "cancelled", GOOD, ...UNDER_WAY].includes(order.status);
    // A day without a time of day: noon in Greenwich is on it nearly everywhere.
    return waits && order.scheduled_date && el("p.due", words("dayOf", { day: day(`${order.scheduled_date}T12:00:00Z`) }));
  }

  /** @param {Order} order */
  #summaryOf({ status, items, total_price, payment_status, payment_method, order_number }) {
    const amount = this.#format.money(total_price);
    const payment = words(payment_status === "paid" || payment_status === "refunded" ? payment_status : "unpaid");
    return [
      el("h2", words("order")),
      el("ul.bought", items.map(({ name, quantity }) => el("li", el("bdi.grow", name), el("strong.number", `× ${quantity}`)))),
      el("p.bought-total", el("span.grow", words("total")), el("strong.number", amount)),
      payment_status === "pending" && status !== "cancelled" && payment_method === "cash" && status !== GOOD
        ? el("p.notice.amber", words("cash", { amount }))
        : status !== "cancelled" && el("p.soft", payment),
      el("p.soft.small", `${words("number")} ${order_number}`),
    ];
  }
}

/** @param {Order} order */
function isLate(order) {
  const due = dueAt(order);
  return due !== undefined && Date.parse(due) < now();
}
