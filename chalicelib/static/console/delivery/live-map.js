import { config } from "../shared/config.js";
import { el, fill, h } from "../shared/dom.js";
import { keepFocus } from "../shared/keep-focus.js";
import { every } from "../shared/timing.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { onNewDay } from "../shared/new-day.js";
import { blank } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { OVER, UNDER_WAY } from "../shared/order-status.js";
import { allPages } from "../shared/all-pages.js";
import { today } from "../shared/dates.js";
import { RoadMap } from "../shared/map.js";
import { districts } from "./places.js";
import { RouteDayStore } from "./route-day-store.js";
import { FRESHNESS_HUES, freshness, newer } from "./freshness.js";
import { HUES } from "./route-status.js";
import texts from "../texts/delivery/live-map.json" with { type: "json" };
import "./live-map.css";

const words = dictionary(texts);

const TICK_MS = 5000;
// Slower than that is a receiver's noise.
const STANDING = 1;

/** @import { Driver } from "./types.js" */

/** Where drivers are, and what they are on the way with. @type {import("../pages.js").Show} */
export function show(context) {
  new LiveMap(context);
}

class LiveMap extends Page {
  /** @type {Map<string, Driver>} */
  #drivers = new Map();
  #list = el("ul.seen");
  #under = el("span.badge.violet");
  #map;
  #store;

  /** @param {import("../pages.js").Context} context */
  constructor(context) {
    super(context);
    const { me, main, signal, listen, realtime } = context;
    const stage = el("div.stage");
    const all = h("button.button", { onclick: () => this.#map.fit() }, icon("map"), words("all"));
    const side = el("section.card.stack", el("div.row", el("h2.grow", words("drivers")), this.#under), this.#list, all, el("p.small.soft", words("legend")));
    fill(main, el("div.live", stage, side));
    this.#map = new RoadMap(stage, { label: words("map"), signal });
    let { store, end } = this.#openDay(today(me.tenant.time_zone));
    this.#store = store;
    listen("drivers", { onReload: () => this.#load(), onEvent: (each) => this.#onPosition(each) });
    this.#store.follow(realtime);
    onNewDay(me.tenant.time_zone, signal, (date) => {
      end();
      ({ store: this.#store, end } = this.#openDay(date));
      this.#store.follow(realtime);
    });
    // How old a position is changes without an event.
    every(TICK_MS, () => this.#drawDrivers(), signal);
  }

  /** @param {Driver} driver */
  #routeOf({ id }) {
    return [...this.#store.routes.values()].find(({ driver_id, status }) => driver_id === id && status === "in_progress");
  }

  /** @param {string} date */
  #openDay(date) {
    const { api, signal } = this.context;
    const day = new AbortController();
    return { store: new RouteDayStore(api, date, AbortSignal.any([day.signal, signal]), () => this.#drawRoutes()), end: () => day.abort() };
  }

  async #load() {
    const { api, signal } = this.context;
    const { items } = await allPages(api, "/v1/drivers", { signal });
    for (const driver of /** @type {Driver[]} */ (items)) this.#drivers.set(driver.id, { ...driver, last_position: newer(this.#drivers.get(driver.id)?.last_position, driver.last_position) });
    this.#drawDrivers();
    this.#map.fit({ unlessMoved: true });
    return {};
  }

  /** @param {any} event */
  #onPosition({ type, data }) {
    const driver = this.#drivers.get(data?.driver_id);
    if (type !== "driver_location" || !driver) return;
    driver.last_position = newer(driver.last_position, data);
    this.#drawDriver(driver);
    this.draw();
  }

  #drawDrivers() {
    for (const driver of this.#drivers.values()) this.#drawDriver(driver);
    this.draw();
  }

  /** @param {Driver} driver */
  #drawDriver(driver) {
    const at = driver.last_position;
    if (!at || driver.status !== "active") return this.#map.remove(`driver:${driver.id}`);
    const fresh = freshness(at);
    this.#map.mark(`driver:${driver.id}`, {
      at,
      type: "driver",
      text: driver.name,
      title: `${driver.name}, ${this.#positionText(driver)}`,
      hue: FRESHNESS_HUES[fresh],
      heading: fresh === "now" && (at.speed ?? 0) > STANDING ? at.heading : null,
      faded: fresh !== "now",
      time: at.timestamp,
      onclick: () => this.#showDriver(driver),
    });
  }

  /** @param {Driver} driver */
  #positionText({ last_position: at }) {
    const fresh = freshness(at);
    return words(fresh, { ago: at ? this.format.ago(at.timestamp) : "" });
  }

  /** @param {Driver} driver */
  #showDriver(driver) {
    const route = this.#routeOf(driver);
    this.#map.fit({ only: (key) => key === `driver:${driver.id}` || (route !== undefined && key.startsWith(`stop:${route.id}:`)) });
  }

  drawNow() {
    const active = [...this.#drivers.values()].filter(({ status }) => status === "active");
    if (!active.length) {
      const add = h("a.button.primary", { href: "#drivers" }, icon("plus"), words("add"));
      return void fill(this.#list, el("li", blank({ icon: "truck", title: words("none"), text: words("noneText") }, add)));
    }
    const order = ["now", "lately", "gone", "never"];
    active.sort((one, other) => order.indexOf(freshness(one.last_position)) - order.indexOf(freshness(other.last_position)) || one.name.localeCompare(other.name));
    keepFocus(this.#list, "driver", () => fill(this.#list, active.map((driver) => this.#row(driver))));
  }

  /** @param {Driver} driver */
  #row(driver) {
    const at = driver.last_position;
    const fresh = freshness(at);
    const route = this.#routeOf(driver);
    const stops = route ? this.#store.stopsOf(route) : [];
    const done = stops.filter(({ order }) => OVER.includes(order.status)).length;
    const speed = at?.speed ?? 0;
    return el(
      "li",
      h(
        "button.button.plain",
        { disabled: !at, dataset: { driver: driver.id, fresh }, onclick: () => this.#showDriver(driver) },
        h("span", { class: `dot ${FRESHNESS_HUES[fresh]}` }),
        el("span.grow", el("strong", driver.name), el("span.address.small.soft", this.#positionText(driver), fresh === "now" && ` · ${speed > STANDING ? words("speed", { speed: Math.round(speed * 3.6) }) : words("still")}`)),
        route && el("span.badge.violet.number", words("progress", { done, all: stops.length })),
      ),
    );
  }

  #drawRoutes() {
    if (this.context.signal.aborted) return;
    /** @type {Set<string>} */
    const shown = new Set();
    const mark = (/** @type {string} */ key, /** @type {import("../shared/map.js").Marker} */ what) => {
      shown.add(key);
      this.#map.mark(key, what);
    };
    for (const route of this.#store.routes.values()) {
      if (!["planned", "assigned", "in_progress"].includes(route.status)) continue;
      const stops = this.#store.stopsOf(route).flatMap(({ order }, n) => (order.location ? [{ order, at: order.location, n }] : []));
      const places = [...(route.depot ? [route.depot] : []), ...stops.map(({ at }) => at)];
      const out = route.status === "in_progress";
      shown.add(`way:${route.id}`);
      this.#map.line(`way:${route.id}`, places, { hue: out ? "violet" : "blue", dashed: !out });
      if (route.depot) mark(`depot:${route.depot.latitude},${route.depot.longitude}`, { at: route.depot, type: "depot", hue: "grey", text: words("depot") });
      for (const { order, at, n } of stops) mark(`stop:${route.id}:${order.id}`, { at, type: "stop", text: String(n + 1), hue: HUES[order.status] ?? "grey" });
    }
    const out = this.#store.orders.all.filter(({ status }) => UNDER_WAY.includes(status));
    for (const { id, status, location, route_id } of out) {
      if (location && !(route_id && shown.has(`way:${route_id}`))) mark(`order:${id}`, { at: location, type: "home", hue: HUES[status] ?? "grey" });
    }
    if (!config.mapTiles) for (const { name, at } of districts(this.#store.orders.all)) mark(`label:${name}`, { at, type: "label", text: name });
    this.#map.keep((key) => key.startsWith("driver:") || shown.has(key));
    this.#under.textContent = words("under_way", { count: out.length });
    this.draw();
    this.#map.fit({ unlessMoved: true });

  }
}
