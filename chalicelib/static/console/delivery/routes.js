import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { keepFocus } from "../shared/keep-focus.js";
import { icon } from "../shared/icons.js";
import { blank, complain, failed, loading, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { explained } from "../shared/words.js";
import { UNDER_WAY } from "../shared/order-status.js";
import { dayAfter, today } from "../shared/dates.js";
import { allPages } from "../shared/all-pages.js";
import { RouteDayStore } from "./route-day-store.js";
import { proposalCard, titleOf } from "./proposal-card.js";
import { propose } from "./propose-routes.js";
import { chooseDriver, routeCard } from "./route-card.js";
import { words } from "./route-words.js";
import { waitingList } from "./waiting-list.js";
import "./routes.css";
import "./stop-card.css";

// Several moves in a row are one change.
const SAVE_AFTER_MS = 700;

/** @import { Driver, Order, Route } from "./types.js" */

/** A day's routes: planned, driven, changed. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, me, main, path, signal } = context;
  const now = today(me.tenant.time_zone);
  /** @type {AbortController | undefined} */
  let shown;
  const place = el("div.stack", loading());
  const control = h("input", { type: "date", required: true, value: now, "aria-label": words("day"), onchange: () => control.value && open(control.value) });
  const step = (/** @type {number} */ by, /** @type {"before" | "after"} */ label) =>
    h("button.button.square", { "aria-label": words(label), onclick: () => open(dayAfter(control.value || now, by)) }, by < 0 ? "‹" : "›");
  const actions = el("div.row");
  fill(main, el("div.stack", el("div.row", el("div.row.tight", step(-1, "before"), el("div.field", control), step(1, "after")), el("span.grow"), actions), place));
  /** @type {Map<string, Driver>} */
  const drivers = new Map();
  const list = await allPages(api, "/v1/drivers", { signal });
  for (const driver of list.items) drivers.set(driver.id, driver);

  /** @param {string} date */
  function open(date) {
    control.value = date;
    shown?.abort();
    shown = new AbortController();
    fill(place, loading());
    fill(actions);
    // Of one day only: what listens ends with the day, not with the page.
    new RouteDay({ ...context, signal: AbortSignal.any([signal, shown.signal]) }, { date, drivers, place, actions, opened: path[0] });
  }
  open(now);
}

/** One day of the page. */
class RouteDay extends Page {
  #day;
  #store;
  /** @type {Set<string>} */
  #selected = new Set();
  #opened;
  /** Stops in the order of this page, until the server has accepted it. @type {Map<string, {ids: string[], version: number, timer: any}>} */
  #drafts = new Map();
  #announcement = h("p.unseen", { role: "status" });
  #left = el("section.stack");
  #right = el("section.stack");
  #middle = el("div");
  #body = el("div.stack", this.#announcement, this.#middle, el("div.plan", this.#left, this.#right));
  /** @type {import("./route-card.js").Acts} */
  #acts = {
    step: (route, step) => this.#step(route, step),
    assign: (route) => chooseDriver(route, [...this.#day.drivers.values()], (driver_id) => this.#assign(route, driver_id)),
    add: (route) => this.#add(route),
    remove: (route, order) => this.#remove(route, order),
    reorder: (route, ids, moved) => this.#reorder(route, ids, moved),
  };

  /**
   * @param {import("../pages.js").Context} context
   * @param {{date: string, drivers: Map<string, Driver>, place: HTMLElement, actions: HTMLElement, opened: string | undefined}} day
   */
  constructor(context, day) {
    super(context);
    const { api, realtime, signal } = context;
    this.#day = day;
    this.#opened = new Set(day.opened ? [day.opened] : []);
    this.#store = new RouteDayStore(api, day.date, signal, this.draw, (error, retry) => this.#showFailure(error, retry));
    this.#store.follow(realtime);
  }

  /** @param {unknown} error @param {() => void} retry */
  #showFailure(error, retry) {
    const again = () => {
      fill(this.#day.place, loading());
      retry();
    };
    fill(this.#day.place, failed(error, again));
  }

  /** @param {Route} route @param {"start" | "complete" | "cancel"} step */
  async #step(route, step) {
    const text = words("cancelText", { count: this.#store.stopsOf(route).length });
    if (step === "cancel" && !(await confirmed({ title: words("cancelTitle"), text, action: words("cancel"), danger: true }))) return;
    await this.#change(route.id, () => this.context.api.post(`/v1/routes/${route.id}/${step}`, { version: route.version }));
  }

  /** @param {Route} route @param {string} driver_id */
  async #assign({ id, version }, driver_id) {
    this.#store.putRoute(await this.context.api.post(`/v1/routes/${id}/assign`, { driver_id, version }));
  }

  /** @param {Route} route */
  async #add(route) {
    const ids = [...this.#store.stopsOf(route).map(({ order }) => order.id), ...this.#chosen];
    if (await this.#change(route.id, () => this.#putStops(route, ids, route.version))) this.#selected.clear();
    this.#opened.add(route.id);
    this.draw();
  }

  /** @param {Route} route @param {Order} order */
  async #remove(route, order) {
    const text = words("removeText", { name: order.customer_name ?? order.order_number });
    if (UNDER_WAY.includes(order.status) && !(await confirmed({ title: words("removeTitle"), text, action: words("remove"), danger: true }))) return;
    const ids = this.#store.stopsOf(route).map(({ order: { id } }) => id).filter((id) => id !== order.id);
    await this.#change(route.id, () => this.#putStops(route, ids, route.version));
  }

  /** @param {Route} route @param {string[]} ids @param {string} moved */
  #reorder(route, ids, moved) {
    const draft = this.#drafts.get(route.id);
    clearTimeout(draft?.timer);
    // Against the version that was seen when the first was moved: a change by another user since then counts.
    const version = draft?.version ?? route.version;
    this.#drafts.set(route.id, { ids, version, timer: setTimeout(() => void this.#save(route, ids, version), SAVE_AFTER_MS) });
    const name = this.#store.orders.get(moved)?.customer_name ?? "";
    this.#announcement.textContent = words("moved", { name, place: ids.indexOf(moved) + 1 });
    this.draw();
  }

  /** Selected orders that still wait, in the order in which they stand. */
  get #chosen() {
    return this.#store.unrouted.filter(({ id }) => this.#selected.has(id)).map(({ id }) => id);
  }

  /** @param {Route} route @param {string[]} ids @param {number} version */
  async #save(route, ids, version) {
    await this.#change(route.id, () => this.#putStops(route, ids, version));
    // Moved again meanwhile: that is a change of its own, on top of this one.
    const draft = this.#drafts.get(route.id);
    if (draft?.ids === ids) this.#drafts.delete(route.id);
    else if (draft) draft.version = this.#store.routes.get(route.id)?.version ?? draft.version;
    this.draw();
  }

  /** @param {Route} route @param {string[]} ids @param {number} version */
  #putStops(route, ids, version) {
    const minutes = new Map(route.stops.map((stop) => [stop.order_id, stop.service_minutes]));
    const stops = ids.map((order_id) => ({ order_id, ...(minutes.has(order_id) && { service_minutes: minutes.get(order_id) }) }));
    return this.context.api.put(`/v1/routes/${route.id}/stops`, { stops, version });
  }

  /** Changes a route, or shows the refusal and the route as the server has it. @param {string} id @param {() => Promise<Route>} send */
  async #change(id, send) {
    const { api, signal } = this.context;
    try {
      this.#store.putRoute(await send());
      return true;
    } catch (error) {
      complain(error);
      await api.get(`/v1/routes/${id}`, { signal }).then((route) => this.#store.putRoute(route), () => {});
      return false;
    }
  }

  async #make() {
    try {
      const stops = this.#chosen.map((order_id) => ({ order_id }));
      const route = await this.context.api.post("/v1/routes", { date: this.#day.date, stops, name: words("number", { n: this.#store.routes.size + 1 }) });
      this.#selected.clear();
      this.#opened.add(route.id);
      this.#store.putRoute(route);
      notify(words("made"));
    } catch (error) {
      complain(error);
    }
  }

  async #proposeRoutes() {
    const { api, me, signal } = this.context;
    const ids = this.#chosen;
    const depot = [...this.#store.routes.values()].find((route) => route.depot)?.depot;
    const proposal = await propose({ api, me, date: this.#day.date, orderIds: ids.length ? ids : undefined, count: ids.length || this.#store.unrouted.length, drivers: [...this.#day.drivers.values()], depot });
    if (!proposal || signal.aborted) return;
    const card = proposalCard({ proposal, orders: this.#store.orders, drivers: this.#day.drivers, format: this.format, discard: () => fill(this.#middle), commit: (assign) => this.#commit(proposal, assign) });
    fill(this.#middle, card);
    card.focus();
  }

  /** @param {import("./types.js").Proposal} proposal @param {boolean} assign */
  async #commit({ routes }, assign) {
    let count = 0;
    for (const route of routes) if (await this.#create(route, assign)) count++;
    fill(this.#middle);
    this.#selected.clear();
    if (count) notify(words("committed", { count }));
    this.draw();
  }

  /** @param {import("./types.js").ProposedRoute} route @param {boolean} assign @returns {Promise<boolean>} whether it was created */
  async #create({ stops, depot, start_at, driver_id, ...route }, assign) {
    const { api } = this.context;
    const name = titleOf({ ...route, stops, depot, start_at, driver_id }, this.#day.drivers);
    let made;
    try {
      made = await api.post("/v1/routes", { date: this.#day.date, name, depot, start_at, stops: stops.map(({ order_id, service_minutes }) => ({ order_id, service_minutes })) });
      this.#store.putRoute(made);
      if (assign && driver_id) this.#store.putRoute(await api.post(`/v1/routes/${made.id}/assign`, { driver_id }));
    } catch (error) {
      // The others can stand without it, and its orders still wait.
      notify(words("partly", { name, why: explained(error) }), { wrong: true });
    }
    return made !== undefined;
  }

  drawNow() {
    if (this.context.signal.aborted) return;
    if (!this.#body.isConnected) fill(this.#day.place, this.#body);
    keepFocus(this.#body, "key", () => this.#drawLists());
  }

  #drawLists() {
    const waiting = this.#store.unrouted;
    const count = this.#chosen.length;
    fill(
      this.#day.actions,
      count > 0 && h("button.button", { onclick: () => this.#make() }, icon("plus"), words("make", { count })),
      h("button.button.primary", { disabled: waiting.length === 0, onclick: () => void this.#proposeRoutes() }, icon("route"), words("propose")),
    );
    fill(this.#left, el("h2", words("waiting", { count: waiting.length })), waiting.length ? waitingList(waiting, this.#selected, this.draw) : el("p.soft", words("nothingWaits")));
    const routes = [...this.#store.routes.values()].sort((one, other) => one.id.localeCompare(other.id));
    const live = routes.filter(({ status }) => !["completed", "cancelled"].includes(status));
    const ended = routes.filter((route) => !live.includes(route));
    fill(
      this.#right,
      el("h2", words("routes", { count: live.length })),
      live.map((route) => this.#card(route)),
      live.length === 0 && blank({ icon: "route", title: words("none"), text: words("noneText") }),
      ended.length > 0 && el("h3.soft", words("ended")),
      ended.map((route) => this.#card(route)),
    );
  }

  /** @param {Route} route */
  #card(route) {
    const draft = this.#drafts.get(route.id);
    const stops = this.#store.stopsOf(route);
    if (draft) stops.sort((one, other) => draft.ids.indexOf(one.order.id) - draft.ids.indexOf(other.order.id));
    return routeCard({
      route,
      stops,
      driver: route.driver_id ? this.#day.drivers.get(route.driver_id) : undefined,
      open: this.#opened.has(route.id),
      selected: this.#chosen.length,
      saving: draft !== undefined,
      format: this.format,
      ontoggle: (open) => void (open ? this.#opened.add(route.id) : this.#opened.delete(route.id)),
      acts: this.#acts,
    });
  }
}
