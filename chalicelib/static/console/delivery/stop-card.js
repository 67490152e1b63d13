import { h } from "../shared/dom.js";
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
 * A stop: who, where, what, and what can be done there.
 *
 * @param {{
 *   order: Seen, stop?: import("./types.js").Stop, number?: number, open: boolean, waitsFor?: "first" | "later",
 *   format: ReturnType<typeof import("../shared/format.js").formats>,
 *   ontoggle(open: boolean): void, act: {step(status: string): Promise<unknown>, confirm(): void, fail(): void},
 * }} what number: its place on the route. waitsFor: that the driver sets out with the route, which is done above or another day
 */
export function stopCard({ order, stop, number, open, waitsFor, format, ontoggle, act }) {
  const summary = h(
    "summary",
    {},
    number !== undefined && h("span", { class: "place" }, number),
    h(
      "span",
      { class: "grow" },
      h("strong", {}, order.customer_name ?? order.order_number),
      h("span", { class: "address soft" }, order.address ?? words("noAddress")),
    ),
    h("span", { class: "when" }, time(order, stop, format), badge(order)),
  );
  const element = h("details", { class: "card stop", open, dataset: { order: order.id } }, summary, h("div", { class: "stack" }, about(order, format), actions(order, waitsFor, act)));
  element.addEventListener("toggle", () => ontoggle(element.open));
  return element;
}

/** @param {Seen} order */
function badge({ status, waits }) {
  if (waits) return h("span", { class: "badge amber" }, icon("refresh"), `${orderStatusName(status)}・${words("waits")}`);
  return h("span", { class: `badge ${HUES[status] ?? "grey"}` }, orderStatusName(status));
}

/**
 * @param {Seen} order
 * @param {import("./types.js").Stop | undefined} stop
 * @param {ReturnType<typeof import("../shared/format.js").formats>} format
 */
export function time({ status }, stop, { clock }) {
  const { eta = null, planned_at: planned = null } = stop ?? {};
  const when = eta ?? planned;
  if (!when || OVER.includes(status)) return null;
  const late = eta && planned ? Math.round((Date.parse(eta) - Date.parse(planned)) / 60_000) : 0;
  return h(
    "span",
    { class: "number small" },
    words(eta ? "eta" : "planned", { time: clock(when) }),
    late >= LATE_MINUTES && h("strong", { class: "late" }, ` ${words("late", { minutes: late })}`),
  );
}

/** @param {Seen} order @param {ReturnType<typeof import("../shared/format.js").formats>} format */
function about(order, { money }) {
  const { customer_phone: phone, items, notes, payment_status: payment, total_price: total } = order;
  const way = directions(order);
  const amount = money(total);
  return [
    notes && h("p", { class: "notice amber" }, icon("info"), h("span", { class: "grow" }, notes)),
    h(
      "div",
      { class: "row load" },
      h("ul", { class: "grow" }, items.map(({ name, quantity }) => h("li", {}, name, " × ", h("strong", {}, quantity)))),
      payment === "pending"
        ? h("strong", { class: "collect number" }, words("collect", { amount }))
        : h("span", { class: "badge green" }, payment === "paid" ? words("paid", { amount }) : words("refunded")),
    ),
    h(
      "div",
      { class: "side-by-side" },
      phone && h("a", { class: "button", href: `tel:${phone}` }, icon("phone"), words("call")),
      way && h("a", { class: "button", href: way, target: "_blank", rel: "noopener noreferrer" }, icon("navigate"), words("navigate")),
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
    return waitsFor ? h("p", { class: "soft" }, words(waitsFor)) : pressed("button primary", words("go"), () => act.step("delivering"));
  if (!UNDER_WAY.includes(status)) return null;
  const next = { delivering: "arriving", arriving: "arrived" }[status];
  return [
    next && pressed("button", words(/** @type {"arriving" | "arrived"} */ (next)), () => act.step(next)),
    h("button", { class: "button primary large", onclick: act.confirm }, icon("check"), words("confirm")),
    h("button", { class: "button plain danger", onclick: act.fail }, words("fail")),
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
