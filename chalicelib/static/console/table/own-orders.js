import { arrange } from "../shared/arrange.js";
import { el, fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { total } from "../shared/money.js";
import { HUES } from "../shared/table-order-steps.js";
import { numberOf } from "../shared/table-order.js";
import { isOpen, progressOf } from "./progress.js";
import { words } from "./words.js";

/** @import { Order } from "../shared/table-order.js" */

const stepWords = /** @type {const} */ ({ confirmed: "stepConfirmed", preparing: "stepPreparing", ready: "stepReady", served: "stepServed" });

/**
 * What this guest has ordered, newest first, each with where it is.
 *
 * @param {{money(amount: string): string, clock(time: string): string}} format
 */
export function ownOrders(format) {
  const list = el("div.stack.tight");
  const sum = el("div.visit");
  const element = h("section.card.stack", { hidden: true, "aria-label": words("mine") }, el("h2", words("mine")), list, sum);
  /** @type {Map<string, {version: number, card: HTMLElement}>} What has not changed is not read out again. */
  let cards = new Map();

  return {
    element,
    /** @param {readonly Order[]} orders oldest first */
    draw(orders) {
      const before = cards;
      cards = new Map(
        orders.map((order) => {
          const known = before.get(order.id);
          if (known?.version === order.version) return [order.id, known];
          const card = known?.card ?? el("article.mine");
          fill(card, ...content(order, format));
          card.dataset.order = order.id;
          card.dataset.status = order.status;
          return [order.id, { version: order.version, card }];
        }),
      );
      arrange(list, [...cards.values()].reverse().map(({ card }) => card));
      element.hidden = orders.length === 0;
      const counted = orders.filter(({ status }) => status !== "cancelled");
      const unpaid = counted.some(({ payment_status }) => payment_status === "pending");
      fill(
        sum,
        el("p.bought-total", el("span.grow", words("visit")), el("strong.number", format.money(total(counted.map(({ total_price }) => ({ quantity: 1, unit_price: total_price })))))),
        unpaid && el("p.soft.small", words("pay")),
      );
    },
  };
}

/** @param {Order} order @param {{money(amount: string): string, clock(time: string): string}} format */
function content(order, format) {
  const { status, items, notes, total_price, payment_status, created_at } = order;
  return [
    el(
      "div.row.tight",
      el("strong", words("number", { number: numberOf(order) })),
      el("span.soft.small.number.grow", format.clock(created_at)),
      payment_status !== "pending" && el("span.badge.green", words(payment_status)),
    ),
    h("p", { class: `notice ${HUES[status]} mine-status`, role: "status" }, icon(status === "cancelled" ? "alert" : isOpen(order) ? "clock" : "check"), words(order.needs_confirmation ? "askStaff" : status)),
    isOpen(order) &&
      el(
        "ol.progress",
        progressOf(status).map(({ name, state }) =>
          h("li", { dataset: { state }, "aria-current": state === "now" && "step" }, words(stepWords[name]), state !== "ahead" && el("span.unseen", `（${words(state)}）`)),
        ),
      ),
    el(
      "ul.bought.small",
      items.map(({ name, quantity, unit_price }) =>
        el("li", el("bdi.grow", name), el("span.number.soft", `× ${quantity}`), el("span.number", format.money(total([{ quantity, unit_price }])))),
      ),
    ),
    notes && el("p.small.soft.mine-notes", icon("note"), el("span.unseen", words("notes")), el("bdi", notes)),
    items.length > 1 && el("p.small.mine-total", el("span.grow.soft", words("total")), el("strong.number", format.money(total_price))),
  ];
}
