import { el, h } from "../shared/dom.js";
import { dictionary, language } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { pressed } from "./stop-card.js";
import texts from "../texts/delivery/proposal-card.json" with { type: "json" };

const words = dictionary(texts.words);

const reasons = dictionary(texts.reasons);

/**
 * What was proposed, to be looked at and agreed to.
 *
 * @param {{
 *   proposal: import("./types.js").Proposal, orders: {get(id: string): import("./types.js").Order | undefined},
 *   drivers: ReadonlyMap<string, import("./types.js").Driver>, format: import("../shared/format.js").Format,
 *   commit(assign: boolean): Promise<unknown>, discard(): void,
 * }} what
 */
export function proposalCard({ proposal: { routes, unserved, distance, duration, matrix }, orders, drivers, format, commit, discard }) {
  const name = (/** @type {string} */ id) => orders.get(id)?.customer_name ?? orders.get(id)?.order_number ?? id;
  const stops = routes.reduce((sum, route) => sum + route.stops.length, 0);
  const known = routes.some(({ driver_id }) => driver_id !== null);
  const sums = words("sums", { routes: routes.length, stops, distance: kilometres(distance), minutes: Math.round(duration / 60) });
  return h(
    "section.card.stack.proposal",
    { tabindex: -1 },
    el("div", el("h2", words("title")), el("p.soft.number", routes.length ? sums : words("nothing"), matrix === "great_circle" && ` · ${words("estimated")}`)),
    routes.map((route) =>
      el(
        "details.stop.proposed",
        el("summary", icon("route"), el("span.grow", el("strong", titleOf(route, drivers)), el("span.address.soft.small.number", figures(route, format)))),
        el(
          "ol.stops",
          route.stops.map((stop, n) =>
            el(
              "li",
              el("span.place", n + 1),
              el("span.grow", el("strong", name(stop.order_id)), el("span.address.soft.small", orders.get(stop.order_id)?.address)),
              el("span.when.number.small", format.clock(stop.arrival), stop.waiting > 60 && el("span.soft", words("wait", { minutes: Math.round(stop.waiting / 60) }))),
            ),
          ),
        ),
      ),
    ),
    unserved.length > 0 &&
      el(
        "div.stack",
        el("h3", words("unserved", { count: unserved.length })),
        el("ul.unserved", unserved.map(({ order_id, reason }) => el("li", el("strong", name(order_id)), " ", el("span.soft", reasons.has(reason) ? reasons(reason) : reason)))),
      ),
    el(
      "div.row",
      routes.length > 0 && known && pressed("button primary", words("assign"), () => commit(true)),
      routes.length > 0 && pressed(known ? "button" : "button primary", words("commit", { count: routes.length }), () => commit(false)),
      h("button.button.plain", { onclick: discard }, words("discard")),
    ),
  );
}

/** @param {import("./types.js").ProposedRoute} route @param {ReadonlyMap<string, import("./types.js").Driver>} drivers */
export function titleOf({ driver_id, vehicle }, drivers) {
  return (driver_id && drivers.get(driver_id)?.name) || words("vehicle", { n: vehicle + 1 });
}

/**
 * @param {import("./types.js").ProposedRoute} route
 * @param {import("../shared/format.js").Format} format
 */
function figures({ stops, distance, start_at, end_at, load }, { clock }) {
  return words("figures", { stops: stops.length, distance: kilometres(distance), from: clock(start_at), until: clock(end_at), load });
}

/** @param {number} metres */
function kilometres(metres) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(metres / 1000);
}
