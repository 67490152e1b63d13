import { arrange } from "./shared/arrange.js";
import { now } from "./shared/clock.js";
import { el, h } from "./shared/dom.js";
import { formats } from "./shared/format.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { drawAfterRelease } from "./shared/draw-after-release.js";
import { words as shared } from "./shared/words.js";
import texts from "./texts/announcements.json" with { type: "json" };

const words = dictionary(texts);

/** @type {Readonly<Record<string, string>>} Of severities; others are for information. */
const HUES = { warning: "amber", error: "red", critical: "red" };
const NEWEST = 3;
// Older ones show the day, too.
const CLOCK_MS = 12 * 3_600_000;

/** @import { Event } from "../realtime/log.js" */

/** The messages and alerts above every page, until they are dismissed. */
export class Announcements {
  #store;
  #me;
  #format;
  /** @type {Map<string, HTMLElement>} By event id: what has not changed keeps its element, and the focus in it. */
  #drawn = new Map();
  #isOpen = false;
  #list = h("div.list", { role: "log", "aria-label": words("title") });
  #more = h("button.button.plain", { onclick: () => this.#toggle() });
  #all = h("button.button.plain", { onclick: () => this.#dismiss(this.#store.events, this.#more) });
  #tools = el("div.row.tools", this.#more, this.#all);
  element = el("section.announcements", this.#list, this.#tools);

  /**
   * @param {import("./announcement-store.js").AnnouncementStore} store
   * @param {import("./shared/session.js").Me} me
   * @param {AbortSignal} signal ends it
   */
  constructor(store, me, signal) {
    this.#store = store;
    this.#me = me;
    this.#format = formats(me.tenant);
    signal.addEventListener("abort", store.onChange(drawAfterRelease(() => this.#draw(), signal)));
    addEventListener("storage", () => store.refresh(), { signal });
    this.#draw();
  }

  #draw() {
    const { events } = this.#store;
    this.#isOpen &&= events.length > NEWEST;
    const before = this.#drawn;
    this.#drawn = new Map(events.slice(0, this.#isOpen ? undefined : NEWEST).map((event) => [event.id, before.get(event.id) ?? this.#notice(event)]));
    arrange(this.#list, [...this.#drawn.values()]);
    this.#tools.hidden = events.length < 2;
    this.#more.hidden = events.length <= NEWEST;
    this.#more.setAttribute("aria-expanded", String(this.#isOpen));
    this.#more.textContent = this.#isOpen ? words("fewer") : words("more", { count: events.length - NEWEST });
    this.#all.textContent = words("dismissAll", { count: events.length });
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    this.#draw();
  }

  /**
   * @param {readonly Event[]} events
   * @param {Element} from what is pressed goes with them: the focus moves to the next one, or to the page
   */
  #dismiss(events, from) {
    const next = from.nextElementSibling ?? from.previousElementSibling;
    this.#store.dismiss(events);
    const button = next?.isConnected ? next.querySelector("button") : undefined;
    (button ?? document.getElementById("main"))?.focus();
  }

  /** @param {Event} event */
  #notice(event) {
    const { title, text, severity, action } = contentOf(event);
    const address = addressOf(action, this.#me);
    const time = h("time.small.number", { datetime: event.timestamp }, this.#time(event));
    const element = h(
      "div",
      { class: `notice ${HUES[severity] ?? "blue"}`, dataset: { event: event.id } },
      icon(event.type === "personal_message" ? "message" : severity in HUES ? "alert" : "info"),
      el("div.grow", el("div.row.tight", h("strong", { dir: "auto" }, title), time), text && h("p", { dir: "auto" }, text)),
      address && h("a.button", { href: address }, shared("look")),
      h("button.button.plain.square", { "aria-label": words("dismiss"), onclick: () => this.#dismiss([event], element) }, icon("close")),
    );
    return element;
  }

  /** @param {Event} event */
  #time({ timestamp }) {
    const { clock, day } = this.#format;
    return now() - Date.parse(timestamp) < CLOCK_MS ? clock(timestamp) : `${day(timestamp)} ${clock(timestamp)}`;
  }
}

/** @param {Event} event */
function contentOf({ type, data }) {
  // Written by people and other programs: anything may be missing.
  const { title, message, content, sender, severity, action } = data ?? {};
  if (type === "personal_message") return { title: sender ? words("messageFrom", { sender }) : words("message"), text: content };
  return { title: type === "maintenance.alert" ? words("maintenance") : title, text: message, severity, action };
}

/**
 * Where the order, the orders or the route of a notification are shown.
 *
 * @param {any} action
 * @param {import("./shared/session.js").Me} me
 * @returns {string | undefined}
 */
function addressOf(action, { role, tenant }) {
  const { type, order_id: order, route_id: route } = action ?? {};
  // Many overdue orders, for the office: the board groups them by status.
  if (type === "view_orders") return tenant.kind === "table" ? "#counter" : "#orders";
  const id = type === "view_order" ? order : type === "view_route" ? route : undefined;
  if (typeof id !== "string" || id === "") return undefined;
  if (role === "customer") return "#my-orders";
  if (tenant.kind === "table") return "#counter";
  const page = role === "driver" ? "today" : type === "view_order" ? "orders" : "routes";
  return `#${page}/${encodeURIComponent(id)}`;
}
