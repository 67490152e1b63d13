import { confirmed } from "../shared/dialogs.js";
import { complain, notify } from "../shared/notices.js";
import { askReason } from "../shared/ask-reason.js";
import { Rows } from "../shared/rows.js";
import { words } from "./counter-words.js";
import { isOvertaken, stepOrder } from "./step-order.js";
import { numberOf } from "../shared/table-order.js";

/**
 * @typedef {import("../shared/table-order.js").Order} Order
 * @typedef {"cash" | "card" | "line_pay" | "transfer"} Method
 */

/** @type {readonly Method[]} */
export const METHODS = ["cash", "card", "line_pay", "transfer"];

/**
 * The counter's actions on an order. Each sends the version that was seen. Where another user was quicker, it shows that and
 * the order as the server has it.
 */
export class Till {
  #api;
  /** @type {Rows<Order>} */
  #rows;

  /** @param {{api: import("../shared/api.js").Api, put: (order: Order) => void, signal: AbortSignal}} context put: shows it */
  constructor({ api, put, signal }) {
    this.#api = api;
    this.#rows = new Rows(api, "/v1/orders", signal, put);
  }

  /** @param {Order} order @param {import("../shared/table-order-steps.js").Status} status */
  step(order, status) {
    return this.#change(order, () => stepOrder(this.#api, order, status));
  }

  /** @param {Order} order */
  async cancel(order) {
    const number = numberOf(order);
    const reason = await askReason({
      title: words("cancelTitle", { number }),
      about: order.items.map(({ name, quantity }) => `${name} × ${quantity}`).join("、"),
      usual: words("reasons").split("|"),
      label: words("reason"),
      action: words("cancelAction"),
    });
    const body = { status: "cancelled", reason, version: order.version };
    if (reason && (await this.#change(order, () => this.#api.post(`/v1/orders/${order.id}/status`, body)))) notify(words("cancelled", { number }));
  }

  /**
   * Marks an order as paid, unless its total has changed. A step of the kitchen meanwhile does not matter.
   *
   * @param {Order} order
   * @param {Method} payment_method
   */
  pay(order, payment_method) {
    const body = { payment_status: "paid", payment_method };
    return this.#change(order, async () => {
      try {
        return await this.#payment(order, body);
      } catch (error) {
        if (!isOvertaken(error)) throw error;
        const newest = await this.#rows.read(order.id);
        if (newest?.payment_status !== "pending" || newest.status === "cancelled" || newest.total_price !== order.total_price) throw error;
        return this.#payment(newest, body);
      }
    });
  }

  /** @param {Order} order @param {string} amount */
  async refund(order, amount) {
    const number = numberOf(order);
    const question = { title: words("refundTitle", { number }), text: words("refundText", { amount }), action: words("refund"), danger: true };
    if ((await confirmed(question)) && (await this.#change(order, () => this.#payment(order, { payment_status: "refunded" })))) notify(words("nowRefunded", { number }));
  }

  /** @param {Order} order @param {Record<string, unknown>} body */
  #payment({ id, version }, body) {
    return this.#api.post(`/v1/orders/${id}/payment`, { ...body, version });
  }

  /** @param {Order} order @param {() => Promise<Order>} act @returns {Promise<boolean>} whether it was done */
  #change(order, act) {
    return this.#rows.act(order.id, act, (error) => {
      if (isOvertaken(error)) notify(words("overtaken", { number: numberOf(order) }), { wrong: true });
      else complain(error);
    });
  }
}
