import { ApiError } from "../shared/api.js";
import { confirmed, dialog } from "../shared/dialogs.js";
import { el, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { complain, notify } from "../shared/notices.js";
import { askReason } from "../shared/ask-reason.js";
import { whileBusy } from "../shared/while-busy.js";
import { words } from "./order-words.js";
import { statusName, stepName } from "./order-steps.js";

/** @import { Order, Status } from "./types.js" */

/**
 * The office's actions on an order. Each asks for what it needs, and sends the version that was seen. Where another user was
 * quicker, it shows that and the other user's change.
 */
export class StatusActions {
  #context;

  /** @param {{api: import("../shared/api.js").Api, orders: import("./order-store.js").OrderStore, drivers: import("./drivers.js").Drivers}} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {Order} order @param {Status} to @param {Event} [event] */
  async step(order, to, event) {
    if (to === "assigned") return this.assign(order);
    /** @type {{reason?: string}} */
    const body = {};
    if (to === "cancelled" || to === "failed") {
      const reason = await reasonFor(order, to);
      if (!reason) return;
      body.reason = reason;
    }
    const done = await this.#send(order, "status", { status: to, ...body }, event);
    if (done) notify(words("moved", { name: order.customer_name, status: statusName(to) }));
  }

  /** @param {Order} order */
  async assign(order) {
    const driver_id = await this.#askDriver(order);
    if (driver_id && (await this.#send(order, "assign", { driver_id })))
      notify(words("moved", { name: order.customer_name, status: this.#context.drivers.name(driver_id) }));
  }

  /** @param {Order} order @param {"paid" | "refunded"} payment_status @param {Event} [event] */
  async pay(order, payment_status, event) {
    const question = { title: words("refund"), text: words("refundSure"), action: words("refund"), danger: true };
    if (payment_status === "refunded" && !(await confirmed(question))) return;
    await this.#send(order, "payment", { payment_status }, event);
  }

  /**
   * @param {Order} order
   * @param {string} what the last segment of the address
   * @param {Record<string, unknown>} body
   * @param {Event} [event] of the button, which waits
   */
  async #send({ id, version }, what, body, event) {
    const { api, orders } = this.#context;
    try {
      await whileBusy(event?.currentTarget, async () => orders.put(await api.post(`/v1/orders/${id}/${what}`, { ...body, version })));
      return true;
    } catch (error) {
      complain(error);
      if (error instanceof ApiError && error.status > 0) await orders.fetch(id);
      return false;
    }
  }

  /** @param {Order} order */
  #askDriver(order) {
    /** @type {Map<string, number>} */
    const load = new Map();
    const { drivers: { active }, orders } = this.#context;
    for (const { driver_id, status } of orders.all)
      if (driver_id && status !== "delivered" && status !== "failed") load.set(driver_id, (load.get(driver_id) ?? 0) + 1);
    return dialog(words("chooseDriver"), (/** @type {(id?: string) => void} */ close) => [
      h("p.soft", { dir: "auto" }, `${order.customer_name} · ${order.address}`),
      active.length === 0 && el("p.notice.amber", words("noDrivers")),
      el(
        "ul.choices",
        active.map(({ id, name, vehicle }) =>
          el(
            "li",
            h(
              "button.button.choice",
              { disabled: order.driver_id === id, onclick: () => close(id) },
              icon("user"),
              h("span.grow", { dir: "auto" }, name, vehicle && el("span.small.soft", ` ${vehicle}`)),
              el("span.small.soft.number", words("carries", { count: load.get(id) ?? 0 })),
            ),
          ),
        ),
      ),
    ]);
  }
}

/** @param {Order} order @param {"cancelled" | "failed"} to */
function reasonFor(order, to) {
  return askReason({
    title: words(to === "cancelled" ? "cancelTitle" : "failTitle"),
    about: `${order.customer_name} · ${order.order_number}`,
    usual: words(to === "cancelled" ? "reasonsCancelled" : "reasonsFailed").split("|"),
    label: words("reason"),
    action: stepName(order.status, to),
  });
}
