import { config } from "../shared/config.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { onNewDay } from "../shared/new-day.js";
import { blank } from "../shared/notices.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { OVER, UNDER_WAY } from "../shared/order-status.js";
import { allPages } from "../shared/all-pages.js";
import { today } from "../shared/dates.js";
import { openMap } from "../shared/map.js";
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

/** @typedef {import("./types.js").Driver} Driver */

/** Where drivers are, and what they are on the way with. @type {import("../pages.js").Show} */
export async function show({ api, me, main, realtime, listen, signal }) {
  const format = formats(me.tenant);
  /** @type {Map<string, Driver>} */
  const drivers = new Map();
  const stage = h("div", { class: "stage" });
  const list = h("ul", { class: "seen" });
  const under = h("span", { class: "badge violet" });
  const all = h("button", { class: "button", onclick: () => map.fit() }, icon("map"), words("all"));
  const side = h("section", { class: "card stack" }, h("div", { class: "row" }, h("h2", { class: "grow" }, words("drivers")), under), list, all, h("p", { class: "small soft" }, words("legend")));
  fill(main, h("div", { class: "live" }, stage, side));
  const drawList = drawAfterRelease(drawListNow, signal);
  const map = openMap(stage, { label: words("map"), signal });
  let { store, end } = openDay(today(me.tenant.time_zone));

  /** @param {string} date */
  function openDay(date) {
    const day = new AbortController();
    return { store: new RouteDayStore(api, date, AbortSignal.any([day.signal, signal]), drawRoutes), end: () => day.abort() };
  }

  async function load() {
    const { items } = await allPages(api, "/v1/drivers", { signal });
    for (const driver of /** @type {Driver[]} */ (items)) drivers.set(driver.id, { ...driver, last_position: newer(drivers.get(driver.id)?.last_position, driver.last_position) });
    drawDrivers();
    map.fit({ unlessMoved: true });
    return {};
  }

  /** @param {any} event */
  function moved({ type, data }) {
    const driver = drivers.get(data?.driver_id);
    if (type !== "driver_location" || !driver) return;
    driver.last_position = newer(driver.last_position, data);
    drawDriver(driver);
    drawList();
  }

  function drawDrivers() {
    for (const driver of drivers.values()) drawDriver(driver);
    drawList();
  }

  /** @param {Driver} driver */
  function drawDriver(driver) {
    const at = driver.last_position;
    if (!at || driver.status !== "active") return map.remove(`driver:${driver.id}`);
    const fresh = freshness(at);
    map.mark(`driver:${driver.id}`, {
      at,
      kind: "driver",
      text: driver.name,
      title: `${driver.name}, ${saysOf(driver)}`,
      hue: FRESHNESS_HUES[fresh],
      heading: fresh === "now" && (at.speed ?? 0) > STANDING ? at.heading : null,
      faded: fresh !== "now",
      time: at.timestamp,
      onclick: () => find(driver),
    });
  }

  /** @param {Driver} driver */
  function saysOf({ last_position: at }) {
    const fresh = freshness(at);
    return words(fresh, { ago: at ? format.ago(at.timestamp) : "" });
  }

  /** @param {Driver} driver */
  function find(driver) {
    const route = routeOf(driver);
    map.fit({ only: (key) => key === `driver:${driver.id}` || (route !== undefined && key.startsWith(`stop:${route.id}:`)) });
  }

  /** @param {Driver} driver */
  const routeOf = ({ id }) => [...store.routes.values()].find(({ driver_id, status }) => driver_id === id && status === "in_progress");

  function drawListNow() {
    const focused = document.activeElement?.closest("[data-driver]");
    const active = [...drivers.values()].filter(({ status }) => status === "active");
    if (!active.length) {
      const add = h("a", { class: "button primary", href: "#drivers" }, icon("plus"), words("add"));
      return void fill(list, h("li", {}, blank({ icon: "truck", title: words("none"), text: words("noneText") }, add)));
    }
    const order = ["now", "lately", "gone", "never"];
    active.sort((one, other) => order.indexOf(freshness(one.last_position)) - order.indexOf(freshness(other.last_position)) || one.name.localeCompare(other.name));
    fill(list, active.map(row));
    if (focused instanceof HTMLElement && focused.isConnected === false)
      /** @type {HTMLElement | null} */ (list.querySelector(`[data-driver="${CSS.escape(focused.dataset.driver ?? "")}"]`))?.focus();
  }

  /** @param {Driver} driver */
  function row(driver) {
    const at = driver.last_position;
    const fresh = freshness(at);
    const route = routeOf(driver);
    const stops = route ? store.stopsOf(route) : [];
    const done = stops.filter(({ order }) => OVER.includes(order.status)).length;
    const speed = at?.speed ?? 0;
    return h(
      "li",
      {},
      h(
        "button",
        { class: "button plain", disabled: !at, dataset: { driver: driver.id, fresh }, onclick: () => find(driver) },
        h("span", { class: `dot ${FRESHNESS_HUES[fresh]}` }),
        h("span", { class: "grow" }, h("strong", {}, driver.name), h("span", { class: "address small soft" }, saysOf(driver), fresh === "now" && ` · ${speed > STANDING ? words("speed", { speed: Math.round(speed * 3.6) }) : words("still")}`)),
        route && h("span", { class: "badge violet number" }, words("progress", { done, all: stops.length })),
      ),
    );
  }

  function drawRoutes() {
    if (signal.aborted) return;
    /** @type {Set<string>} */
    const shown = new Set();
    for (const route of store.routes.values()) {
      if (!["planned", "assigned", "in_progress"].includes(route.status)) continue;
      const stops = store.stopsOf(route).flatMap(({ order }, n) => (order.location ? [{ order, at: order.location, n }] : []));
      const places = [...(route.depot ? [route.depot] : []), ...stops.map(({ at }) => at)];
      const out = route.status === "in_progress";
      shown.add(`way:${route.id}`);
      map.line(`way:${route.id}`, places, { hue: out ? "violet" : "blue", dashed: !out });
      if (route.depot) mark(`depot:${route.depot.latitude},${route.depot.longitude}`, { at: route.depot, kind: "depot", hue: "grey", text: words("depot") });
      for (const { order, at, n } of stops) mark(`stop:${route.id}:${order.id}`, { at, kind: "stop", text: String(n + 1), hue: HUES[order.status] ?? "grey" });
    }
    const out = store.orders.all.filter(({ status }) => UNDER_WAY.includes(status));
    for (const { id, status, location, route_id } of out) {
      if (location && !(route_id && shown.has(`way:${route_id}`))) mark(`order:${id}`, { at: location, kind: "home", hue: HUES[status] ?? "grey" });
    }
    if (!config.mapTiles) for (const { name, at } of districts(store.orders.all)) mark(`label:${name}`, { at, kind: "label", text: name });
    map.keep((key) => key.startsWith("driver:") || shown.has(key));
    under.textContent = words("under_way", { count: out.length });
    drawList();
    map.fit({ unlessMoved: true });

    /** @param {string} key @param {import("../shared/map.js").Marker} what */
    function mark(key, what) {
      shown.add(key);
      map.mark(key, what);
    }
  }

  listen("drivers", { onReload: load, onEvent: moved });
  store.follow(realtime);
  onNewDay(me.tenant.time_zone, signal, (date) => {
    end();
    ({ store, end } = openDay(date));
    store.follow(realtime);
  });
  // How old a position is changes without an event.
  const timer = setInterval(drawDrivers, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
