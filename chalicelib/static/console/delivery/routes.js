import { confirmed } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { blank, complain, failed, loading, notify } from "../shared/notices.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
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

/**
 * @typedef {import("./types.js").Route} Route
 * @typedef {import("./types.js").Order} Order
 * @typedef {import("./types.js").Driver} Driver
 */

/** A day's routes: planned, driven, changed. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, me, main, path, signal } = context;
  const now = today(me.tenant.time_zone);
  /** @type {AbortController | undefined} */
  let shown;
  const place = h("div", { class: "stack" }, loading());
  const control = h("input", { type: "date", required: true, value: now, "aria-label": words("day"), onchange: () => control.value && open(control.value) });
  const step = (/** @type {number} */ by, /** @type {"before" | "after"} */ label) =>
    h("button", { class: "button square", "aria-label": words(label), onclick: () => open(dayAfter(control.value || now, by)) }, by < 0 ? "‹" : "›");
  const actions = h("div", { class: "row" });
  fill(main, h("div", { class: "stack" }, h("div", { class: "row" }, h("div", { class: "row tight" }, step(-1, "before"), h("div", { class: "field" }, control), step(1, "after")), h("span", { class: "grow" }), actions), place));
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
    showDay({ ...context, signal: AbortSignal.any([signal, shown.signal]) }, { date, drivers, place, actions, opened: path[0] });
  }
  open(now);
}

/**
 * @param {import("../pages.js").Context} context
 * @param {{date: string, drivers: Map<string, Driver>, place: HTMLElement, actions: HTMLElement, opened: string | undefined}} day
 */
function showDay({ api, me, realtime, signal }, { date, drivers, place, actions, opened: first }) {
  const format = formats(me.tenant);
  const draw = drawAfterRelease(drawNow, signal);
  const store = new RouteDayStore(api, date, signal, draw, (error, retry) =>
    fill(
      place,
      failed(error, () => {
        fill(place, loading());
        retry();
      }),
    ),
  );
  /** @type {Set<string>} */
  const selected = new Set();
  const opened = new Set(first ? [first] : []);
  /** Stops as they were moved here, until the server has them. @type {Map<string, {ids: string[], version: number, timer: any}>} */
  const drafts = new Map();
  const announcement = h("p", { class: "unseen", role: "status" });
  const left = h("section", { class: "stack" });
  const right = h("section", { class: "stack" });
  const middle = h("div", {});
  const body = h("div", { class: "stack" }, announcement, middle, h("div", { class: "plan" }, left, right));

  /** @type {import("./route-card.js").Acts} */
  const acts = {
    step: async (route, step) => {
      if (step === "cancel") {
        const text = words("cancelText", { count: store.stopsOf(route).length });
        if (!(await confirmed({ title: words("cancelTitle"), text, action: words("cancel"), danger: true }))) return;
      }
      await change(route.id, () => api.post(`/v1/routes/${route.id}/${step}`, { version: route.version }));
    },
    assign: (route) =>
      chooseDriver(route, [...drivers.values()], async (driver_id) => {
        store.putRoute(await api.post(`/v1/routes/${route.id}/assign`, { driver_id, version: route.version }));
      }),
    add: async (route) => {
      const ids = [...store.stopsOf(route).map(({ order }) => order.id), ...chosen()];
      if (await change(route.id, () => putStops(route, ids, route.version))) selected.clear();
      opened.add(route.id);
      draw();
    },
    remove: async (route, order) => {
      const name = order.customer_name ?? order.order_number;
      const text = words("removeText", { name });
      if (UNDER_WAY.includes(order.status) && !(await confirmed({ title: words("removeTitle"), text, action: words("remove"), danger: true }))) return;
      const ids = store.stopsOf(route).map(({ order: { id } }) => id).filter((id) => id !== order.id);
      await change(route.id, () => putStops(route, ids, route.version));
    },
    reorder: (route, ids, moved) => {
      const draft = drafts.get(route.id);
      clearTimeout(draft?.timer);
      // Against the version that was seen when the first was moved: a change by another user since then counts.
      const version = draft?.version ?? route.version;
      drafts.set(route.id, { ids, version, timer: setTimeout(() => void save(route, ids, version), SAVE_AFTER_MS) });
      const name = store.orders.get(moved)?.customer_name ?? "";
      announcement.textContent = words("moved", { name, place: ids.indexOf(moved) + 1 });
      draw();
    },
  };

  /** @param {Route} route @param {string[]} ids @param {number} version */
  async function save(route, ids, version) {
    await change(route.id, () => putStops(route, ids, version));
    // Moved again meanwhile: that is a change of its own, on top of this one.
    const draft = drafts.get(route.id);
    if (draft?.ids === ids) drafts.delete(route.id);
    else if (draft) draft.version = store.routes.get(route.id)?.version ?? draft.version;
    draw();
  }

  /** @param {Route} route @param {string[]} ids @param {number} version */
  function putStops(route, ids, version) {
    const minutes = new Map(route.stops.map((stop) => [stop.order_id, stop.service_minutes]));
    const stops = ids.map((order_id) => ({ order_id, ...(minutes.has(order_id) && { service_minutes: minutes.get(order_id) }) }));
    return api.put(`/v1/routes/${route.id}/stops`, { stops, version });
  }

  /**
   * Changes a route, or says why not and shows it as it is.
   *
   * @param {string} id
   * @param {() => Promise<Route>} send
   */
  async function change(id, send) {
    try {
      store.putRoute(await send());
      return true;
    } catch (error) {
      complain(error);
      await api.get(`/v1/routes/${id}`, { signal }).then((route) => store.putRoute(route), () => {});
      return false;
    }
  }

  /** Selected orders that still wait, in the order in which they stand. */
  const chosen = () => store.unrouted.filter(({ id }) => selected.has(id)).map(({ id }) => id);

  async function make() {
    try {
      const stops = chosen().map((order_id) => ({ order_id }));
      const route = await api.post("/v1/routes", { date, stops, name: words("number", { n: store.routes.size + 1 }) });
      selected.clear();
      opened.add(route.id);
      store.putRoute(route);
      notify(words("made"));
    } catch (error) {
      complain(error);
    }
  }

  async function proposeRoutes() {
    const ids = chosen();
    const depot = [...store.routes.values()].find((route) => route.depot)?.depot;
    const proposal = await propose({ api, me, date, orderIds: ids.length ? ids : undefined, count: ids.length || store.unrouted.length, drivers: [...drivers.values()], depot });
    if (!proposal || signal.aborted) return;
    const card = proposalCard({ proposal, orders: store.orders, drivers, format, discard: () => fill(middle), commit });
    fill(middle, card);
    card.focus();

    /** @param {boolean} assign */
    async function commit(assign) {
      let count = 0;
      for (const route of proposal?.routes ?? []) {
        const name = titleOf(route, drivers);
        try {
          const stops = route.stops.map(({ order_id, service_minutes }) => ({ order_id, service_minutes }));
          const made = await api.post("/v1/routes", { date, name, depot: route.depot, start_at: route.start_at, stops });
          count++;
          store.putRoute(made);
          if (assign && route.driver_id) store.putRoute(await api.post(`/v1/routes/${made.id}/assign`, { driver_id: route.driver_id }));
        } catch (error) {
          // The others can stand without it, and its orders still wait.
          notify(words("partly", { name, why: explained(error) }), { wrong: true });
        }
      }
      fill(middle);
      selected.clear();
      if (count) notify(words("committed", { count }));
      draw();
    }
  }

  function drawNow() {
    if (signal.aborted) return;
    if (!body.isConnected) fill(place, body);
    const focused = document.activeElement?.closest("[data-key]");
    const at = focused instanceof HTMLElement && place.contains(focused) ? focused.dataset.key : undefined;
    const waiting = store.unrouted;
    const count = chosen().length;
    fill(
      actions,
      count > 0 && h("button", { class: "button", onclick: make }, icon("plus"), words("make", { count })),
      h("button", { class: "button primary", disabled: waiting.length === 0, onclick: () => void proposeRoutes() }, icon("route"), words("propose")),
    );
    fill(left, h("h2", {}, words("waiting", { count: waiting.length })), waiting.length ? waitingList(waiting, selected, draw) : h("p", { class: "soft" }, words("nothingWaits")));
    const routes = [...store.routes.values()].sort((one, other) => one.id.localeCompare(other.id));
    const live = routes.filter(({ status }) => !["completed", "cancelled"].includes(status));
    const ended = routes.filter((route) => !live.includes(route));
    fill(
      right,
      h("h2", {}, words("routes", { count: live.length })),
      live.map(card),
      live.length === 0 && blank({ icon: "route", title: words("none"), text: words("noneText") }),
      ended.length > 0 && h("h3", { class: "soft" }, words("ended")),
      ended.map(card),
    );
    if (at) /** @type {HTMLElement | null} */ (place.querySelector(`[data-key="${CSS.escape(at)}"] .grip, [data-key="${CSS.escape(at)}"] input`))?.focus();
  }

  /** @param {Route} route */
  function card(route) {
    const draft = drafts.get(route.id);
    const stops = store.stopsOf(route);
    if (draft) stops.sort((one, other) => draft.ids.indexOf(one.order.id) - draft.ids.indexOf(other.order.id));
    return routeCard({
      route,
      stops,
      driver: route.driver_id ? drivers.get(route.driver_id) : undefined,
      open: opened.has(route.id),
      selected: chosen().length,
      saving: draft !== undefined,
      format,
      ontoggle: (open) => void (open ? opened.add(route.id) : opened.delete(route.id)),
      acts,
    });
  }

  store.follow(realtime);
}
