import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { orderStatusName, OVER, UNDER_WAY } from "../shared/order-status.js";
import { whileBusy } from "../shared/while-busy.js";
import { directions } from "./places.js";
import { HUES } from "./route-status.js";
import texts from "../texts/delivery/stop-card.json" with { type: "json" };

const words = dictionary(texts);

// What a driver loses at a red light is not late.
const LATE_MINUTES = 10;

/** @typedef {import("./types.js").Order & {waits: boolean}} Seen */

/**
 * A stop: the customer, the address, the items, and the possible steps.
 *
 * @param {{
 *   order: Seen, stop?: import("./types.js").Stop, number?: number, open: boolean, waitsFor?: "first" | "later",
 *   format: import("../shared/format.js").Format,
 *   ontoggle(open: boolean): void, act: {step(status: string): Promise<unknown>, confirm(): void, fail(): void},
 * }} what number: its place on the route. waitsFor: that the driver sets out with the route, which is done above or another day
 */
export function stopCard({ order, stop, number, open, waitsFor, format, ontoggle, act }) {
  const summary = el(
    "summary",
    number !== undefined && el("span.place", number),
    el(
      "span.grow",
      el("strong", order.customer_name ?? order.order_number),
      el("span.address.soft", order.address ?? words("noAddress")),
    ),
    el("span.when", time(order, stop, format), badge(order)),
  );
  const element = h("details.card.stop", { open, dataset: { order: order.id } }, summary, el("div.stack", about(order, format), actions(order, waitsFor, act)));
  element.addEventListener("toggle", () => ontoggle(element.open));
  return element;
}

/** @param {Seen} order */
function badge({ status, waits }) {
  if (waits) return el("span.badge.amber", icon("refresh"), `${orderStatusName(status)}・${words("waits")}`);
  return h("span", { class: `badge ${HUES[status] ?? "grey"}` }, orderStatusName(status));
}

/**
 * @param {Seen} order
 * @param {import("./types.js").Stop | undefined} stop
 * @param {import("../shared/format.js").Format} format
 */
export function time({ status }, stop, { clock }) {
  const { eta = null, planned_at: planned = null } = stop ?? {};
  const when = eta ?? planned;
  if (!when || OVER.includes(status)) return null;
  const late = eta && planned ? Math.round((Date.parse(eta) - Date.parse(planned)) / 60_000) : 0;
  return el(
    "span.number.small",
    words(eta ? "eta" : "planned", { time: clock(when) }),
    late >= LATE_MINUTES && el("strong.late", ` ${words("late", { minutes: late })}`),
  );
}

/** @param {Seen} order @param {import("../shared/format.js").Format} format */
function about(order, { money }) {
  const { customer_phone: phone, items, notes, payment_status: payment, total_price: total } = order;
  const way = directions(order);
  const amount = money(total);
  return [
    notes && el("p.notice.amber", icon("info"), el("span.grow", notes)),
    el(
      "div.row.load",
      el("ul.grow", items.map(({ name, quantity }) => el("li", name, " × ", el("strong", quantity)))),
      payment === "pending"
        ? el("strong.collect.number", words("collect", { amount }))
        : el("span.badge.green", payment === "paid" ? words("paid", { amount }) : words("refunded")),
    ),
    el(
      "div.side-by-side",
      phone && h("a.button", { href: `tel:${phone}` }, icon("phone"), words("call")),
      way && h("a.button", { href: way, target: "_blank", rel: "noopener noreferrer" }, icon("navigate"), words("navigate")),
    ),
  ];
}

/**
 * @param {Seen} order
 * @param {"first" | "later" | undefined} waitsFor
 * @param {{step(status: string): Promise<unknown>, confirm(): void, fail(): void}} act
 */
function actions({ status }, waitsFor, act) {
  if (OVER.includes(status)) return null;
  if (status === "assigned")
    return waitsFor ? el("p.soft", words(waitsFor)) : pressed("button primary", words("go"), () => act.step("delivering"));
  if (!UNDER_WAY.includes(status)) return null;
  const next = { delivering: "arriving", arriving: "arrived" }[status];
  return [
    next && pressed("button", words(/** @type {"arriving" | "arrived"} */ (next)), () => act.step(next)),
    h("button.button.primary.large", { onclick: act.confirm }, icon("check"), words("confirm")),
    h("button.button.plain.danger", { onclick: act.fail }, words("fail")),
  ];
}

/**
 * A button that is pressed once, however wet the thumb.
 *
 * @param {string} look
 * @param {string} text
 * @param {() => Promise<unknown>} send
 */
export function pressed(look, text, send) {
  return h("button", { class: look, onclick: (/** @type {Event} */ { currentTarget }) => whileBusy(currentTarget, send) }, text);
}
