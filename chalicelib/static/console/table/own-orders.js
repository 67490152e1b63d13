import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { total } from "../shared/money.js";
import { HUES } from "../shared/table-order-steps.js";
import { numberOf } from "../shared/table-order.js";
import { isOpen, progressOf } from "./progress.js";
import { words } from "./words.js";

/** @typedef {import("../shared/table-order.js").Order} Order */

const stepWords = /** @type {const} */ ({ confirmed: "stepConfirmed", preparing: "stepPreparing", ready: "stepReady", served: "stepServed" });

/**
 * What this guest has ordered, newest first, each with where it is.
 *
 * @param {{money(amount: string): string, clock(time: string): string}} format
 */
export function ownOrders(format) {
  const list = h("div", { class: "stack tight" });
  const sum = h("div", { class: "visit" });
  const element = h("section", { class: "card stack", hidden: true, "aria-label": words("mine") }, h("h2", {}, words("mine")), list, sum);
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
          const card = known?.card ?? h("article", { class: "mine" });
          fill(card, ...content(order, format));
          card.dataset.order = order.id;
          card.dataset.status = order.status;
          return [order.id, { version: order.version, card }];
        }),
      );
      const wanted = [...cards.values()].reverse().map(({ card }) => card);
      if (wanted.some((card, n) => list.children[n] !== card) || list.children.length !== wanted.length) fill(list, wanted);
      element.hidden = orders.length === 0;
      const counted = orders.filter(({ status }) => status !== "cancelled");
      const unpaid = counted.some(({ payment_status }) => payment_status === "pending");
      fill(
        sum,
        h("p", { class: "bought-total" }, h("span", { class: "grow" }, words("visit")), h("strong", { class: "number" }, format.money(total(counted.map(({ total_price }) => ({ quantity: 1, unit_price: total_price })))))),
        unpaid && h("p", { class: "soft small" }, words("pay")),
      );
    },
  };
}

/** @param {Order} order @param {{money(amount: string): string, clock(time: string): string}} format */
function content(order, format) {
  const { status, items, notes, total_price, payment_status, created_at } = order;
  return [
    h(
      "div",
      { class: "row tight" },
      h("strong", {}, words("number", { number: numberOf(order) })),
      h("span", { class: "soft small number grow" }, format.clock(created_at)),
      payment_status !== "pending" && h("span", { class: "badge green" }, words(payment_status)),
    ),
    h("p", { class: `notice ${HUES[status]} mine-status`, role: "status" }, icon(status === "cancelled" ? "alert" : isOpen(order) ? "clock" : "check"), words(order.needs_confirmation ? "askStaff" : status)),
    isOpen(order) &&
      h(
        "ol",
        { class: "progress" },
        progressOf(status).map(({ name, state }) =>
          h("li", { dataset: { state }, "aria-current": state === "now" && "step" }, words(stepWords[name]), state !== "ahead" && h("span", { class: "unseen" }, `（${words(state)}）`)),
        ),
      ),
    h(
      "ul",
      { class: "bought small" },
      items.map(({ name, quantity, unit_price }) =>
        h("li", {}, h("bdi", { class: "grow" }, name), h("span", { class: "number soft" }, `× ${quantity}`), h("span", { class: "number" }, format.money(total([{ quantity, unit_price }])))),
      ),
    ),
    notes && h("p", { class: "small soft mine-notes" }, icon("note"), h("span", { class: "unseen" }, words("notes")), h("bdi", {}, notes)),
    items.length > 1 && h("p", { class: "small mine-total" }, h("span", { class: "grow soft" }, words("total")), h("strong", { class: "number" }, format.money(total_price))),
  ];
}
