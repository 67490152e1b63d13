import { allPages } from "../shared/all-pages.js";
import { arrange } from "../shared/arrange.js";
import { Bell } from "../shared/bell.js";
import { now } from "../shared/clock.js";
import { el, fill, h } from "../shared/dom.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { fullOrders } from "../shared/full-orders.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { keepFocus } from "../shared/keep-focus.js";
import { liveList } from "../shared/live-list.js";
import { LiveOrders } from "../shared/live-orders.js";
import { complain, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { Rows } from "../shared/rows.js";
import { numberOf } from "../shared/table-order.js";
import { IN_THE_KITCHEN, NEXT, statusName } from "../shared/table-order-steps.js";
import { every } from "../shared/timing.js";
import texts from "../texts/restaurant/kitchen.json" with { type: "json" };
import { fullscreenButton } from "./fullscreen.js";
import { isOvertaken, isPast, stepOrder } from "./step-order.js";
import { Ticket } from "./ticket.js";
import "./kitchen.css";

const words = dictionary(texts);

const TICK_MS = 10_000;
// As long as a new order has not been touched.
const RING_AGAIN_MS = 30_000;

/** @import { Order } from "../shared/table-order.js" */

/** What the kitchen has to do, by status; new orders stand out until they are touched. @type {import("../pages.js").Show} */
export function show(context) {
  new Kitchen(context).open();
}

class Kitchen extends Page {
  /** @type {LiveOrders<Order>} */
  #orders = new LiveOrders(this.context.api, this.context.signal);
  #rows = new Rows(this.context.api, "/v1/orders", this.context.signal, (/** @type {Order} */ order) => this.#orders.put(order));
  /** @type {Map<string, Ticket>} */
  #tickets = new Map();
  /** @type {Set<string>} Orders that were touched on this screen. */
  #touched = new Set();
  // Audible over a fan: two tones a fifth apart.
  #bell = new Bell("kitchen.sound", { hertz: [880, 1320], apart: 0.18, lasts: 0.35, volume: 0.4 });
  #columns = IN_THE_KITCHEN.map(column);
  #board = el("div.columns", this.#columns.map(({ element }) => element));
  #place = el("div");
  #waiting = h("p.badge.amber", { role: "status" });
  #unconfirmed = h("a.badge.red", { href: "#counter", hidden: true });
  #sound = h("button.button", { onclick: () => void this.#toggleSound() });
  #drawTools = drawAfterRelease(() => this.#drawToolsNow(), this.context.signal);

  open() {
    const { api, realtime, signal, main } = this.context;
    const tools = el("div.row.tools", this.#waiting, this.#unconfirmed, el("span.grow"), this.#sound, fullscreenButton({ fill: words("fill"), leave: words("leave") }, signal));
    fill(main, el("div.kitchen", tools, this.#place));
    this.#drawTools();
    liveList(realtime, "orders", signal, {
      place: this.#place,
      load: async () => {
        const list = await allPages(api, "/v1/orders", { query: { status: IN_THE_KITCHEN.join(",") }, signal });
        this.#orders.replace(list.items);
        return list;
      },
      draw: () => {
        if (!this.#board.isConnected) fill(this.#place, this.#board);
        this.draw();
      },
      onEvent: fullOrders(api, signal, (event) => this.#onEvent(event)),
    });
    // The first touch of a page that was left with the bell on.
    main.addEventListener("pointerdown", () => this.#bell.isMute && this.#bell.wake().then(() => this.#drawTools()), { signal });
    every(TICK_MS, () => this.#tick(), signal);
    every(RING_AGAIN_MS, () => this.#orders.all.some((order) => this.#isNew(order)) && this.#ring(), signal);
    signal.addEventListener("abort", () => this.#bell.stop());
  }

  /** @param {import("../../realtime/log.js").Event} event */
  #onEvent(event) {
    if (!event.order || !this.#orders.apply(event)) return;
    this.draw();
    if (event.type === "order_created" && !event.order.needs_confirmation) this.#ring();
  }

  /** Not later, all at once, when the browser allows it. */
  #ring() {
    if (!this.#bell.isMute) this.#bell.ring();
  }

  /** @param {Order} order */
  #isNew({ id, status, needs_confirmation }) {
    return status === "pending" && !needs_confirmation && !this.#touched.has(id);
  }

  drawNow() {
    const time = now();
    this.#orders.keep((order) => !isPast(order, IN_THE_KITCHEN, time));
    for (const id of this.#touched) if (!this.#orders.get(id)) this.#touched.delete(id);
    const open = this.#orders.sorted(({ status, needs_confirmation }) => IN_THE_KITCHEN.includes(status) && !needs_confirmation);
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#tickets.keys()) if (!ids.has(id)) this.#tickets.delete(id);
    keepFocus(this.#board, "order", () => {
      for (const order of open) this.#ticket(order).draw(order, { isNew: this.#isNew(order), now: time });
      for (const { status, list, count, none } of this.#columns) {
        const elements = open.filter((order) => order.status === status).map((order) => this.#ticket(order).element);
        count.textContent = String(elements.length);
        arrange(list, elements.length ? elements : [none]);
      }
    });
    this.#drawTools();
  }

  /** @param {Order} order */
  #ticket(order) {
    const ticket = this.#tickets.get(order.id) ?? new Ticket(order, { onStep: (each) => this.#onStep(each), onTouch: (id) => this.#onTouch(id) });
    this.#tickets.set(order.id, ticket);
    return ticket;
  }

  #drawToolsNow() {
    const all = this.#orders.all;
    const count = all.filter((order) => this.#isNew(order)).length;
    this.#waiting.hidden = count === 0;
    this.#waiting.textContent = words("waiting", { count });
    const unconfirmed = all.filter(({ needs_confirmation }) => needs_confirmation).length;
    this.#unconfirmed.hidden = unconfirmed === 0;
    this.#unconfirmed.textContent = words("unconfirmed", { count: unconfirmed });
    const { isMute, isOn } = this.#bell;
    this.#sound.classList.toggle("wanting", isMute);
    fill(this.#sound, icon(isOn && !isMute ? "bell" : "bellOff"), words(isMute ? "soundMute" : isOn ? "soundOff" : "soundOn"));
  }

  #tick() {
    const time = now();
    for (const ticket of this.#tickets.values()) ticket.tick(time);
  }

  /** @param {string} id */
  #onTouch(id) {
    if (this.#touched.has(id)) return;
    this.#touched.add(id);
    this.#tickets.get(id)?.markTouched();
    this.#drawTools();
  }

  /** @param {Order} order */
  async #onStep(order) {
    const { api, signal } = this.context;
    const next = NEXT[order.status];
    if (!next) return;
    try {
      this.#orders.put(await stepOrder(api, order, next));
      if (next === "served") notify(words("served", { number: numberOf(order) }));
    } catch (error) {
      if (signal.aborted) return;
      if (!isOvertaken(error)) return complain(error);
      notify(words("overtaken", { number: numberOf(order) }), { wrong: true });
      await this.#rows.read(order.id);
    }
    if (!signal.aborted) this.draw();
  }

  async #toggleSound() {
    if (!this.#bell.isMute) this.#bell.setOn(!this.#bell.isOn);
    await this.#bell.wake();
    this.#bell.ring();
    this.#drawTools();
  }
}

/** @param {import("../shared/table-order-steps.js").Status} status */
function column(status) {
  const list = el("div.tickets");
  const count = el("span.count.number");
  const none = el("p.soft.none", words("none"));
  const id = `kitchen-${status}`;
  const element = h("section.column", { "aria-labelledby": id, dataset: { status } }, h("h2", { id }, el("span", statusName(status)), count), list);
  return { status, list, count, none, element };
}
