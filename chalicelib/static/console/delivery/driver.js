import { isUpToDate } from "../shared/connection.js";
import { confirmed } from "../shared/dialogs.js";
import { onNewDay } from "../shared/new-day.js";
import { el, fill, h } from "../shared/dom.js";
import { afterPause } from "../shared/timing.js";
import { subscribe } from "../shared/subscribe.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain, notify } from "../shared/notices.js";
import { opensOffline } from "./offline.js";
import { orderStatusName, OVER, UNDER_WAY } from "../shared/order-status.js";
import { Page } from "../shared/page.js";
import { explained } from "../shared/words.js";
import { confirmDelivery, reportFailure, notifyOutcome } from "./confirm-delivery.js";
import { today } from "../shared/dates.js";
import { dayOf, isLater } from "./driver-day.js";
import { optimistic } from "./optimistic.js";
import { outboxOf } from "./outbox.js";
import { shareBar } from "./sharing-bar.js";
import { sharingOf } from "./sharing.js";
import { pressed, stopCard } from "./stop-card.js";
import { HUES, routeStatusName } from "./route-status.js";
import "./driver.css";
import "./stop-card.css";

export { maySignOut } from "./sign-out-guard.js";
import texts from "../texts/delivery/driver.json" with { type: "json" };

const words = dictionary(texts);

// Several events of one change, a route's start for one, are one look at the day.
const SETTLE_MS = 150;

/** @import { Order, Route } from "./types.js" */
/** @import { Day } from "./driver-day.js" */

/** Which stops were opened or closed by hand. @type {Map<string, boolean>} */
const opened = new Map();

/** A driver's day: where to, with what, and what has become of it; `#today/{id}` shows an order or a route of it. @type {import("../pages.js").Show} */
export function show(context) {
  return new DriverDay(context).open();
}

class DriverDay extends Page {
  #outbox = outboxOf(this.context.api, this.context.me.id);
  #sharing = sharingOf(this.context.api, this.context.session, this.context.me.id);
  #notices = el("div.stack");
  #list = el("div.stack");
  /** What was last seen of the day, so that it is there without a network as well. @type {Day | undefined} */
  #day = this.context.session.recall("day");
  /** The day as first read, until the subscription uses it. @type {any} */
  #first;
  /** Without a network the connection's own return loads it again. */
  #reload = afterPause(SETTLE_MS, () => void this.#load().catch(() => {}), this.context.signal);

  async open() {
    const { main, follow, path, realtime, me, signal } = this.context;
    fill(main, el("div.narrow.stack.driver", shareBar(this.#sharing, this.format.ago, signal), this.#notices, this.#list));
    const stops = [this.#outbox.onChange(this.draw), realtime.onState((state) => isUpToDate(state) && void this.#outbox.flush())];
    signal.addEventListener("abort", () => stops.forEach((stop) => stop()));
    this.draw();
    void this.#outbox.flush();
    if (!this.#day) this.#first = await this.#load();
    follow((next) => void this.#showEntry(next));
    void this.#showEntry(path);
    void opensOffline();
    const restart = subscribe(realtime, `driver:${me.driver_id}`, { onReload: () => this.#onReload(), onEvent: this.#reload }, signal);
    onNewDay(me.tenant.time_zone, signal, () => {
      // What was planned for today can be driven, whether or not there is a network.
      this.draw();
      restart();
    });
  }

  /** @param {Route} route @param {"start" | "complete"} step */
  #routeStep(route, step) {
    const what = { kind: step, subject: route.id, label: route.name ?? words("unnamed"), path: `/v1/routes/${route.id}/${step}`, body: {} };
    return this.#send(what, words(step === "start" ? "started" : "completed"));
  }

  /** @param {Order} order */
  #actions(order) {
    const name = order.customer_name ?? order.order_number;
    return {
      /** @param {string} status */
      step: (status) =>
        this.#send(
          { kind: "step", subject: order.id, label: name, path: `/v1/orders/${order.id}/status`, body: { status } },
          words("stepped", { name, status: orderStatusName(status) }),
        ),
      confirm: () => void confirmDelivery(order, this.#outbox, this.format.money).then(this.#reload),
      fail: () => void reportFailure(order, this.#outbox).then(this.#reload),
    };
  }

  /** What the day that was loaded does not show yet. */
  get #since() {
    return [...this.#outbox.sent.filter(({ sent = 0 }) => sent >= (this.#day?.asked ?? 0)), ...this.#outbox.entries];
  }

  /** @param {Route} route */
  #ofDay({ date }) {
    // Noon in Greenwich is on that day nearly everywhere.
    return words("ofDay", { day: this.format.day(`${date}T12:00:00Z`) });
  }

  /** @param {Route} route */
  #stopsOf({ stops }) {
    return stops.flatMap((stop, n) => (stop.order ? [{ order: stop.order, stop, number: n + 1 }] : []));
  }

  async #load() {
    const { api, me, signal, session } = this.context;
    const { seen, answer } = await dayOf(api, me.tenant.time_zone, signal);
    this.#day = seen;
    session.remember("day", this.#day);
    this.draw();
    return answer;
  }

  /** What happens from the first look on is replayed: there is no need for a second one. */
  async #onReload() {
    const answer = this.#first ?? (await this.#load());
    this.#first = undefined;
    return answer;
  }

  /** @param {Parameters<import("./outbox.js").Outbox["send"]>[0]} what @param {string} done */
  async #send(what, done) {
    try {
      notifyOutcome(this.#outbox, await this.#outbox.send(what), done);
    } catch (error) {
      complain(error);
    }
    this.#reload();
  }

  /** @param {Route} route */
  #start(route) {
    // Where the driver is, is what times are made of.
    this.#sharing.start();
    return this.#routeStep(route, "start");
  }

  /** @param {Route} route */
  async #complete(route) {
    const sure = { title: words("complete"), text: words("completeText", { done: route.stops.length }), action: words("complete") };
    if (await confirmed(sure)) await this.#routeStep(route, "complete");
  }

  /** @param {Order} order @param {Route} [route] */
  #optimisticOrder(order, route) {
    const seen = optimistic(order, this.#since);
    // The orders of a route go out a moment after it.
    return seen.status === "assigned" && route?.status === "in_progress" ? { ...seen, status: "delivering" } : seen;
  }

  drawNow() {
    fill(this.#notices, noticesOf(this.#outbox));
    if (!this.#day) return;
    const { routes, loose } = this.#day;
    const date = today(this.context.me.tenant.time_zone);
    const later = routes.filter((route) => isLater(route, date));
    const now = routes.filter((route) => !later.includes(route));
    fill(
      this.#list,
      now.length + loose.length === 0 && blank({ icon: "truck", title: words("none"), text: words("noneText") }),
      now.map((route) => this.#section(route)),
      loose.length > 0 && el("section.stack", el("h2", words("loose")), this.#cards(loose.map((order) => ({ order })))),
      later.map((route) => this.#laterSection(route)),
    );
  }

  /** @param {Route} route */
  #section(route) {
    const stops = this.#stopsOf(route);
    const all = stops.length;
    const done = stops.filter(({ order }) => OVER.includes(this.#optimisticOrder(order).status)).length;
    const has = (/** @type {string} */ step) => this.#since.some((entry) => entry.kind === step && entry.subject === route.id && !entry.refused);
    const status = has("complete") ? "completed" : has("start") && route.status === "assigned" ? "in_progress" : route.status;
    const head = el(
      "div.card.stack",
      el("div.row", el("h2.grow", route.name ?? words("unnamed")), h("span", { class: `badge ${HUES[status] ?? "grey"}` }, routeStatusName(status))),
      el("div.row", h("progress.grow", { max: all || 1, value: done, "aria-label": words("progress", { done, all }) }), el("span.number.small", words("progress", { done, all }))),
      status === "assigned" && route.date < today(this.context.me.tenant.time_zone) && el("p.notice.amber", this.#ofDay(route)),
      status === "assigned" && route.start_at && el("p.soft", words("startAt", { time: this.format.clock(route.start_at) })),
      status === "assigned" && pressed("button primary large", words("start"), () => this.#start(route)),
      status === "in_progress" && done === all && pressed("button primary large", words("complete"), () => this.#complete(route)),
    );
    return h("section.stack", { dataset: { route: route.id } }, head, this.#cards(stops, route, "first"));
  }

  /** @param {readonly string[]} path an order or a route, as a notification names it */
  async #showEntry([id]) {
    if (!id) return;
    const find = () => this.#list.querySelector(`[data-order="${CSS.escape(id)}"], [data-route="${CSS.escape(id)}"]`);
    // What was seen last may be older than the notification.
    if (!find()) await this.#load().catch(() => {});
    if (this.context.signal.aborted) return;
    const found = find();
    if (!found) return notify(words("notHere"), { wrong: true });
    if (found instanceof HTMLDetailsElement) found.open = true;
    found.scrollIntoView({ block: "center" });
    /** @type {HTMLElement | null} */ (found.querySelector("summary"))?.focus({ preventScroll: true });
  }

  /** A route of another day: to be looked at, and not to be started. @param {Route} route */
  #laterSection(route) {
    const head = el(
      "div.card.stack",
      el("div.row", el("h2.grow", this.#ofDay(route)), h("span", { class: `badge ${HUES[route.status] ?? "grey"}` }, routeStatusName(route.status))),
      el("p.soft", route.name ?? words("unnamed"), route.start_at && ` · ${words("startAt", { time: this.format.clock(route.start_at) })}`),
      el("p.soft.small", words("laterText")),
    );
    return h("section.stack", { dataset: { route: route.id } }, head, this.#cards(this.#stopsOf(route), route, "later"));
  }

  /**
   * @param {{order: Order, stop?: import("./types.js").Stop, number?: number}[]} stops
   * @param {Route} [route]
   * @param {"first" | "later"} [waitsFor]
   */
  #cards(stops, route, waitsFor) {
    const seen = stops.map((each) => ({ ...each, order: this.#optimisticOrder(each.order, route) }));
    const next = waitsFor === "later" ? undefined : seen.find(({ order }) => UNDER_WAY.includes(order.status)) ?? seen.find(({ order }) => !OVER.includes(order.status));
    const card = (/** @type {typeof seen[number]} */ each) =>
      stopCard({
        ...each,
        ...(waitsFor && { waitsFor }),
        format: this.format,
        open: opened.get(each.order.id) ?? each === next,
        ontoggle: (open) => void (open === (each === next) ? opened.delete(each.order.id) : opened.set(each.order.id, open)),
        act: this.#actions(each.order),
      });
    const over = seen.filter(({ order }) => OVER.includes(order.status));
    return [
      seen.filter((each) => !over.includes(each)).map(card),
      over.length > 0 && el("h3.soft", words("over", { count: over.length })),
      over.map(card),
    ].flat();
  }
}

/** What waits, and what was refused meanwhile. @param {import("./outbox.js").Outbox} outbox */
function noticesOf(outbox) {
  const waiting = outbox.entries.filter(({ refused }) => !refused);
  const refused = outbox.entries.filter((entry) => entry.refused);
  return [
    waiting.length > 0 &&
      h(
        "div.notice.amber",
        { role: "status" },
        icon("alert"),
        el("span.grow", words(outbox.answered ? "unanswered" : "waiting", { count: waiting.length })),
        h("button.button", { onclick: () => void outbox.flush() }, words("again")),
      ),
    ...refused.map(({ id, label, refused: code }) =>
      h(
        "div.notice.red",
        { role: "alert" },
        icon("alert"),
        el("span.grow", words("refused", { label, why: explained({ code }) })),
        h("button.button", { onclick: () => void outbox.dismiss(id) }, words("seen")),
      ),
    ),
  ];
}
