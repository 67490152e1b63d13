import { h } from "../shared/dom.js";
import { dictionary, language } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { pressed } from "./stop-card.js";

const words = dictionary(
  {
    title: "建議路線",
    sums: "{routes} 條路線 · {stops} 站 · {distance} 公里 · 行車 {minutes} 分",
    estimated: "距離為直線估算",
    vehicle: "第 {n} 車",
    figures: "{stops} 站 · {distance} 公里 · {from}–{until} · {load} 公斤",
    unserved: "排不進去的訂單（{count}）",
    commit: "建立 {count} 條路線",
    assign: "建立並派給司機",
    discard: "放棄",
    nothing: "沒有訂單可以排進路線。",
    wait: "等 {minutes} 分",
  },
  {
    title: "Proposed routes",
    sums: "{routes} routes · {stops} stops · {distance} km · {minutes} min of driving",
    estimated: "distances are estimated",
    vehicle: "Vehicle {n}",
    figures: "{stops} stops · {distance} km · {from}–{until} · {load} kg",
    unserved: "Not on any route ({count})",
    commit: "Make {count} routes",
    assign: "Make and assign them",
    discard: "Discard",
    nothing: "No order fits on a route.",
    wait: "wait {minutes} min",
  },
);

const reasons = dictionary(
  {
    not_open: "訂單不是已確認狀態",
    on_a_route: "已在其他路線上",
    no_location: "地址沒有座標，請先在客戶資料補上",
    too_heavy: "比任何一輛車的載重還重",
    unreachable: "在出車時間內到不了",
    time_window: "無法在指定時段送達",
    capacity: "車輛載重或站數已滿",
    no_time: "出車時間不夠",
  },
  {
    not_open: "it is not confirmed",
    on_a_route: "it is on a route already",
    no_location: "its address has no coordinates: add them to the customer",
    too_heavy: "it is heavier than any vehicle may carry",
    unreachable: "nobody can be there and back in time",
    time_window: "nobody can be there within its hours",
    capacity: "the vehicles are full",
    no_time: "the vehicles' time is used up",
  },
);

/**
 * What was proposed, to be looked at and agreed to.
 *
 * @param {{
 *   proposal: import("./propose-routes.js").Proposal, orders: ReadonlyMap<string, import("./day.js").Order>,
 *   drivers: ReadonlyMap<string, import("./day.js").Driver>, format: ReturnType<typeof import("../shared/format.js").formats>,
 *   commit(assign: boolean): Promise<unknown>, discard(): void,
 * }} what
 */
export function proposalCard({ proposal: { routes, unserved, distance, duration, matrix }, orders, drivers, format, commit, discard }) {
  const name = (/** @type {string} */ id) => orders.get(id)?.customer_name ?? orders.get(id)?.order_number ?? id;
  const stops = routes.reduce((sum, route) => sum + route.stops.length, 0);
  const known = routes.some(({ driver_id }) => driver_id !== null);
  const sums = words("sums", { routes: routes.length, stops, distance: kilometres(distance), minutes: Math.round(duration / 60) });
  return h(
    "section",
    { class: "card stack proposal", tabindex: -1 },
    h("div", {}, h("h2", {}, words("title")), h("p", { class: "soft number" }, routes.length ? sums : words("nothing"), matrix === "great_circle" && ` · ${words("estimated")}`)),
    routes.map((route) =>
      h(
        "details",
        { class: "stop proposed" },
        h("summary", {}, icon("route"), h("span", { class: "grow" }, h("strong", {}, titleOf(route, drivers)), h("span", { class: "address soft small number" }, figures(route, format)))),
        h(
          "ol",
          { class: "stops" },
          route.stops.map((stop, n) =>
            h(
              "li",
              {},
              h("span", { class: "place" }, n + 1),
              h("span", { class: "grow" }, h("strong", {}, name(stop.order_id)), h("span", { class: "address soft small" }, orders.get(stop.order_id)?.address)),
              h("span", { class: "when number small" }, format.clock(stop.arrival), stop.waiting > 60 && h("span", { class: "soft" }, words("wait", { minutes: Math.round(stop.waiting / 60) }))),
            ),
          ),
        ),
      ),
    ),
    unserved.length > 0 &&
      h(
        "div",
        { class: "stack" },
        h("h3", {}, words("unserved", { count: unserved.length })),
        h("ul", { class: "unserved" }, unserved.map(({ order_id, reason }) => h("li", {}, h("strong", {}, name(order_id)), " ", h("span", { class: "soft" }, reasons.has(reason) ? reasons(reason) : reason)))),
      ),
    h(
      "div",
      { class: "row" },
      routes.length > 0 && known && pressed("button primary", words("assign"), () => commit(true)),
      routes.length > 0 && pressed(known ? "button" : "button primary", words("commit", { count: routes.length }), () => commit(false)),
      h("button", { class: "button plain", onclick: discard }, words("discard")),
    ),
  );
}

/**
 * @param {import("./propose-routes.js").ProposedRoute} route
 * @param {ReadonlyMap<string, import("./day.js").Driver>} drivers
 */
export function titleOf({ driver_id, vehicle }, drivers) {
  return (driver_id && drivers.get(driver_id)?.name) || words("vehicle", { n: vehicle + 1 });
}

/**
 * @param {import("./propose-routes.js").ProposedRoute} route
 * @param {ReturnType<typeof import("../shared/format.js").formats>} format
 */
function figures({ stops, distance, start_at, end_at, load }, { clock }) {
  return words("figures", { stops: stops.length, distance: kilometres(distance), from: clock(start_at), until: clock(end_at), load });
}

/** @param {number} metres */
function kilometres(metres) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(metres / 1000);
}
