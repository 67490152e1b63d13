import { now } from "../shared/clock.js";
import { el, h } from "../shared/dom.js";
import { phoneText } from "../shared/phones.js";
import { words } from "./order-words.js";
import { HUES, NEXT, OPEN, statusName, stepName } from "./order-steps.js";

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {Pick<import("../shared/page.js").Page, "format" | "days"> & {
 *   drivers: import("./drivers.js").Drivers,
 *   actions: import("./status-actions.js").StatusActions,
 * }} OfficeContext what the office's order pages share
 */

// A customer who has ordered waits for the confirmation.
const PATIENCE_MS = 15 * 60_000;

/**
 * An order on the board.
 *
 * @param {Order} order
 * @param {boolean} fresh new, and not opened on this page
 * @param {OfficeContext} context
 */
export function card(order, fresh, { drivers, actions, format, days }) {
  const [next] = NEXT[order.status];
  const late = isLate(order, days.today());
  const due = dueTime(order);
  return h(
    "li",
    { class: fresh ? "order-card fresh" : "order-card", dataset: { id: order.id }, draggable: next !== undefined && "true" },
    el(
      "div.card-head",
      h("a.grow.name", { href: `#orders/${order.id}`, draggable: "false", dir: "auto" }, order.customer_name),
      fresh && el("span.badge.amber", words("fresh")),
      late && el("span.badge.red", words("late")),
      age(order, format),
    ),
    h("p.small.soft.clamped", { dir: "auto" }, order.address),
    el("p.clamped", itemsText(order.items)),
    order.notes && h("p.small.note.clamped", { dir: "auto" }, order.notes),
    el(
      "div.card-facts.small",
      order.status in UNDER_WAY && h("span", { class: `badge ${HUES[order.status]}` }, statusName(order.status)),
      order.driver_id && h("span.badge", { dir: "auto" }, drivers.name(order.driver_id)),
      order.scheduled_date !== days.today() && el("span.badge", days.show(order.scheduled_date)),
      due && el("span.soft", words("eta", { time: format.clock(due) })),
    ),
    el(
      "div.card-foot",
      el("strong.number", format.money(order.total_price)),
      order.payment_status !== "pending" && el("span.badge.green", words(order.payment_status)),
      el("span.grow"),
      el("span.small.soft.number", shortNumber(order.order_number)),
    ),
    next && h("button.button.step", { onclick: (/** @type {Event} */ event) => actions.step(order, next, event) }, stepName(order.status, next)),
  );
}

/** @type {Readonly<Partial<Record<import("./types.js").Status, true>>>} */
const UNDER_WAY = { delivering: true, arriving: true, arrived: true };

/** @param {Order} order @param {OfficeContext["format"]} format */
function age({ created_at, status }, format) {
  const waits = status === "pending" && now() - Date.parse(created_at) > PATIENCE_MS;
  return h("time", { class: waits ? "small waits" : "small soft", datetime: created_at }, format.ago(created_at));
}

/** @param {Order} order @param {string} today */
export function isLate({ status, scheduled_date }, today) {
  return OPEN.includes(status) && scheduled_date < today;
}

/** When it should be at the door, once it is out: `estimated_time` counts from there. @param {Order} order */
export function dueTime({ status, estimated_time, history }) {
  if (!(status in UNDER_WAY) || estimated_time === null) return undefined;
  const out = history.filter((step) => step.status === "delivering").at(-1);
  return out && new Date(Date.parse(out.at) + estimated_time * 60_000).toISOString();
}

/** @param {readonly {name: string, quantity: number}[]} items */
export function itemsText(items) {
  return items.map(({ name, quantity }) => `${name} × ${quantity}`).join("、");
}

/** The end of a number identifies an order among those of a day. @param {string} number */
function shortNumber(number) {
  return `#${number.slice(number.lastIndexOf("-") + 1)}`;
}

/** What a search looks at. @param {Order} order @param {string} driver */
export function searchText({ customer_name, customer_phone, address, order_number, notes }, driver) {
  const phone = phoneText(customer_phone);
  const texts = [customer_name, phone, phone.replaceAll("-", ""), customer_phone, address, order_number, driver, notes];
  return texts.join("\n").normalize("NFKC").toLowerCase();
}
