import { h } from "../shared/dom.js";
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
 * A route with its stops, and what the office can do with it.
 *
 * @param {{
 *   route: Route, stops: {stop: import("./types.js").Stop, order: Order}[], driver: Driver | undefined, open: boolean,
 *   selected: number, saving: boolean, format: ReturnType<typeof import("../shared/format.js").formats>,
 *   ontoggle(open: boolean): void, acts: Acts,
 * }} what selected: how many unrouted orders are
 */
export function routeCard({ route, stops, driver, open, selected, saving, format, ontoggle, acts }) {
  const { status } = route;
  const changes = ["planned", "assigned", "in_progress"].includes(status);
  const done = stops.filter(({ order }) => OVER.includes(order.status)).length;
  const next = stops.find(({ order }) => !OVER.includes(order.status));
  const says = words("stops", { done, all: stops.length });
  const summary = h(
    "summary",
    {},
    h(
      "span",
      { class: "grow" },
      h("strong", {}, route.name ?? words("unnamed")),
      h("span", { class: "address soft" }, driver?.name ?? words("nobody"), status !== "in_progress" && route.start_at && changes && ` · ${words("leaves", { time: format.clock(route.start_at) })}`),
    ),
    h(
      "span",
      { class: "when" },
      h("span", { class: `badge ${HUES[status] ?? "grey"}` }, routeStatusName(status)),
      h("span", { class: "small number" }, says),
      status === "in_progress" && next && time({ ...next.order, waits: false }, next.stop, format),
    ),
  );
  const list = h("ol", { class: "stops" }, stops.map(({ stop, order }, n) => row(order, stop, n)));
  if (changes) sortable(list, { moved: (ids, moved) => acts.reorder(route, ids, moved) });

  /** @param {Order} order @param {import("./types.js").Stop} stop @param {number} n */
  function row(order, stop, n) {
    const name = order.customer_name ?? order.order_number;
    const label = words("move", { name, place: n + 1, all: stops.length });
    return h(
      "li",
      { dataset: { key: order.id } },
      changes && h("button", { class: "button plain square grip", "aria-label": label, title: words("hint") }, icon("grip")),
      h("span", { class: "place" }, n + 1),
      h("span", { class: "grow" }, h("strong", {}, name), h("span", { class: "address soft small" }, order.address)),
      h("span", { class: "when" }, time({ ...order, waits: false }, stop, format), h("span", { class: `badge ${HUES[order.status] ?? "grey"}` }, orderStatusName(order.status))),
      changes && stops.length > 1 && order.status !== "delivered" &&
        h("button", { class: "button plain square", "aria-label": words("remove", { name }), onclick: () => void acts.remove(route, order) }, icon("close")),
    );
  }

  const out = stops.some(({ order }) => UNDER_WAY.includes(order.status));
  const element = h(
    "details",
    { class: "card stop", open, dataset: { route: route.id } },
    summary,
    h(
      "div",
      { class: "stack" },
      h("progress", { max: stops.length || 1, value: done, "aria-label": says }),
      changes && stops.length > 1 && h("p", { class: "small soft" }, saving ? words("saving") : words("hint")),
      stops.length ? list : h("p", { class: "soft" }, words("empty")),
      h(
        "div",
        { class: "row" },
        (status === "planned" || status === "assigned") && pressed(`button${status === "planned" ? " primary" : ""}`, words(status === "planned" ? "assign" : "reassign"), () => acts.assign(route)),
        status === "assigned" && pressed("button primary", words("start"), () => acts.step(route, "start")),
        status === "in_progress" && pressed(`button${done === stops.length ? " primary" : ""}`, words("complete"), () => acts.step(route, "complete")),
        changes && selected > 0 && pressed("button", words("add", { count: selected }), () => acts.add(route)),
        (status === "planned" || status === "assigned") && !out && pressed("button plain danger", words("cancel"), () => acts.step(route, "cancel")),
      ),
    ),
  );
  element.addEventListener("toggle", () => ontoggle(element.open));
  return element;
}

/**
 * Asks who drives.
 *
 * @param {Route} route
 * @param {readonly Driver[]} drivers
 * @param {(driverId: string) => Promise<void>} send
 */
export function chooseDriver(route, drivers, send) {
  return dialog(words(route.driver_id ? "reassign" : "assign"), (close) => {
    const active = drivers.filter(({ status }) => status === "active");
    if (!active.length) return [h("p", {}, words("noDrivers"))];
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
