import { el, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dialog } from "../shared/dialogs.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { orderStatusName, OVER, UNDER_WAY } from "../shared/order-status.js";
import { sortable } from "./sortable.js";
import { pressed, time } from "./stop-card.js";
import { HUES, routeStatusName } from "./route-status.js";
import texts from "../texts/delivery/route-card.json" with { type: "json" };

const words = dictionary(texts);

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {import("./types.js").Route} Route
 * @typedef {import("./types.js").Driver} Driver
 * @typedef {{
 *   step(route: Route, step: "start" | "complete" | "cancel"): Promise<unknown>,
 *   assign(route: Route): Promise<unknown>, add(route: Route): Promise<unknown>,
 *   remove(route: Route, order: Order): Promise<unknown>, reorder(route: Route, ids: string[], moved: string): void,
 * }} Acts
 */

/**
 * @typedef {{
 *   route: Route, stops: {stop: import("./types.js").Stop, order: Order}[], driver: Driver | undefined, open: boolean,
 *   selected: number, saving: boolean, format: import("../shared/format.js").Format,
 *   ontoggle(open: boolean): void, acts: Acts,
 * }} RouteView selected: how many unrouted orders are
 */

/** A route with its stops, and what the office can do with it. @param {RouteView} view */
export function routeCard(view) {
  const { route, stops, open, saving, ontoggle, acts } = view;
  const done = stops.filter(({ order }) => OVER.includes(order.status)).length;
  const says = words("stops", { done, all: stops.length });
  const list = el("ol.stops", stops.map((_, n) => stopRow(view, n)));
  if (isChangeable(route)) sortable(list, { moved: (ids, moved) => acts.reorder(route, ids, moved) });
  const element = h(
    "details.card.stop",
    { open, dataset: { route: route.id } },
    summary(view, says),
    el(
      "div.stack",
      h("progress", { max: stops.length || 1, value: done, "aria-label": says }),
      isChangeable(route) && stops.length > 1 && el("p.small.soft", saving ? words("saving") : words("hint")),
      stops.length ? list : el("p.soft", words("empty")),
      buttons(view, done === stops.length),
    ),
  );
  element.addEventListener("toggle", () => ontoggle(element.open));
  return element;
}

/** @param {Route} route */
function isChangeable({ status }) {
  return ["planned", "assigned", "in_progress"].includes(status);
}

/** @param {RouteView} view @param {string} says */
function summary({ route, stops, driver, format }, says) {
  const { status, name, start_at } = route;
  const next = status === "in_progress" && stops.find(({ order }) => !OVER.includes(order.status));
  const leaves = status !== "in_progress" && start_at && isChangeable(route) && ` · ${words("leaves", { time: format.clock(start_at) })}`;
  return el(
    "summary",
    el("span.grow", el("strong", name ?? words("unnamed")), el("span.address.soft", driver?.name ?? words("noDriver"), leaves)),
    el(
      "span.when",
      h("span", { class: `badge ${HUES[status] ?? "grey"}` }, routeStatusName(status)),
      el("span.small.number", says),
      next && time({ ...next.order, waits: false }, next.stop, format),
    ),
  );
}

/** @param {RouteView} view @param {number} n */
function stopRow({ route, stops, format, acts }, n) {
  const { order, stop } = /** @type {RouteView["stops"][number]} */ (stops[n]);
  const name = order.customer_name ?? order.order_number;
  const changes = isChangeable(route);
  return h(
    "li",
    { dataset: { key: order.id } },
    changes && h("button.button.plain.square.grip", { "aria-label": words("move", { name, place: n + 1, all: stops.length }), title: words("hint") }, icon("grip")),
    el("span.place", n + 1),
    el("span.grow", el("strong", name), el("span.address.soft.small", order.address)),
    el("span.when", time({ ...order, waits: false }, stop, format), h("span", { class: `badge ${HUES[order.status] ?? "grey"}` }, orderStatusName(order.status))),
    changes && stops.length > 1 && order.status !== "delivered" &&
      h("button.button.plain.square", { "aria-label": words("remove", { name }), onclick: () => void acts.remove(route, order) }, icon("close")),
  );
}

/** @param {RouteView} view @param {boolean} isDone */
function buttons({ route, stops, selected, acts }, isDone) {
  const { status } = route;
  const waits = status === "planned" || status === "assigned";
  const isOut = stops.some(({ order }) => UNDER_WAY.includes(order.status));
  return el(
    "div.row",
    waits && pressed(`button${status === "planned" ? " primary" : ""}`, words(status === "planned" ? "assign" : "reassign"), () => acts.assign(route)),
    status === "assigned" && pressed("button primary", words("start"), () => acts.step(route, "start")),
    status === "in_progress" && pressed(`button${isDone ? " primary" : ""}`, words("complete"), () => acts.step(route, "complete")),
    isChangeable(route) && selected > 0 && pressed("button", words("add", { count: selected }), () => acts.add(route)),
    waits && !isOut && pressed("button plain danger", words("cancel"), () => acts.step(route, "cancel")),
  );
}

/** Asks who drives. @param {Route} route @param {readonly Driver[]} drivers @param {(driverId: string) => Promise<void>} send */
export function chooseDriver(route, drivers, send) {
  return dialog(words(route.driver_id ? "reassign" : "assign"), (close) => {
    const active = drivers.filter(({ status }) => status === "active");
    if (!active.length) return [el("p", words("noDrivers"))];
    const control = h("select", { name: "driver_id", required: true }, active.map(({ id, name, vehicle }) => h("option", { value: id, selected: id === route.driver_id }, vehicle ? `${name}（${vehicle}）` : name)));
    return [
      form(
        { submit: words("assign") },
        async ({ driver_id: id = "" }) => {
          await send(id);
          close();
        },
        field(words("driver"), control),
      ),
    ];
  });
}
