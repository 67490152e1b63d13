import { allPages } from "../shared/all-pages.js";
import { now } from "../shared/clock.js";
import { isUpToDate } from "../shared/connection.js";
import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { fullOrders } from "../shared/full-orders.js";
import { icon } from "../shared/icons.js";
import { LiveOrders } from "../shared/live-orders.js";
import { notify } from "../shared/notices.js";
import { every } from "../shared/timing.js";
import { Cart, orderable } from "./cart.js";
import { CartSheet } from "./cart-sheet.js";
import { menuView } from "./menu.js";
import { ownOrders } from "./own-orders.js";
import { refusalText } from "./refusal-text.js";
import { submitOrder } from "./submit-order.js";
import { words } from "./words.js";

/** @import { Menu } from "./cart.js" */
/** @import { Order } from "../shared/table-order.js" */

// Dishes sell out, and kitchens close, while a guest reads.
const MENU_MS = 60_000;
const AGAIN_MS = 5000;
// A guest who comes back later than this may not want the order any more, and is asked.
const FRESH_MS = 5 * 60_000;

/** A table's page: the menu, the cart and the guest's orders. */
export class TablePage {
  #main;
  #context;
  #format;
  #cart;
  /** @type {LiveOrders<Order>} */
  #orders;
  /** @type {Menu | undefined} */
  #menu;
  /** @type {Set<string>} Ids of orders whose channel is subscribed to. */
  #followed = new Set();
  #sending = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  #title;
  #hours = h("p.notice.amber", { role: "status", hidden: true });
  #unsure = h("div.notice.red.unsure", { role: "alert", hidden: true });
  #own;
  #view;
  #sheet;
  #bar = h("button.button.primary.cart-bar", { hidden: true, onclick: () => void this.#sheet.open() });

  /** @param {HTMLElement} main @param {import("../shared/guest-page.js").GuestContext} context */
  constructor(main, context) {
    const { tenant, table, guest_id = "" } = context.admission;
    const format = formats(tenant);
    const cart = new Cart(guest_id);
    this.#main = main;
    this.#context = context;
    this.#format = format;
    this.#cart = cart;
    this.#orders = new LiveOrders(context.api, context.signal);
    this.#title = words("table", { number: table?.number ?? "" });
    this.#own = ownOrders(format);
    const onCount = (/** @type {Omit<import("./cart.js").Chosen, "quantity">} */ dish, /** @type {number} */ quantity) => this.#count(dish, quantity);
    this.#view = menuView({ cart, format, onCount });
    this.#sheet = new CartSheet({ cart, format, menu: () => /** @type {Menu} */ (this.#menu), closed: () => this.#closedText(), onCount, onSend: () => this.#sendNew(), signal: context.signal });
  }

  /** Resolves when the menu is shown; rejects where it cannot be loaded. */
  async open() {
    const { realtime, signal, admission } = this.#context;
    document.title = `${this.#title} · ${admission.tenant.name}`;
    void this.#loadOwn();
    if (this.#isFresh) void this.#resume();
    await this.#loadMenu();
    if (signal.aborted) return;
    let away = realtime.state === "offline";
    const stop = realtime.onState((state) => {
      if (state === "offline") away = true;
      if (!isUpToDate(state)) return;
      if (away) void this.#loadMenu();
      away = false;
      if (this.#isFresh) void this.#resume();
    });
    const look = () => !document.hidden && void this.#loadMenu();
    document.addEventListener("visibilitychange", look, { signal });
    every(MENU_MS, look, signal);
    signal.addEventListener("abort", () => {
      stop();
      clearTimeout(this.#again);
    });
  }

  get #isFresh() {
    const { sent } = this.#cart;
    return sent !== undefined && Date.now() - sent.at < FRESH_MS;
  }

  /** @param {Omit<import("./cart.js").Chosen, "quantity">} dish @param {number} quantity */
  #count(dish, quantity) {
    if (this.#cart.sent) return;
    this.#cart.set(dish, quantity);
    this.#draw();
  }

  #closedText() {
    if (!this.#menu || this.#menu.open_now) return "";
    const { opens_at } = this.#menu;
    if (!opens_at) return words("closed");
    const { day, clock } = this.#format;
    const [opens, today] = [day(opens_at), day(new Date(now()).toISOString())];
    return words("closedUntil", { time: `${opens === today ? "" : `${opens} `}${clock(opens_at)}` });
  }

  #draw() {
    if (!this.#menu) return;
    const closed = this.#closedText();
    this.#hours.hidden = closed === "";
    if (this.#hours.textContent !== closed) this.#hours.textContent = closed;
    this.#view.draw();
    this.#sheet.draw();
    const { count, amount } = orderable(this.#cart.lines(this.#menu));
    this.#bar.hidden = count === 0 || this.#cart.sent !== undefined;
    fill(this.#bar, el("span.grow", words("look")), el("span", words("pieces", { count })), el("strong.number", this.#format.money(amount)));
    this.#drawUnsure();
  }

  #drawUnsure() {
    const shown = this.#cart.sent !== undefined && !this.#sending;
    if (this.#unsure.hidden !== shown) return;
    this.#unsure.hidden = !shown;
    fill(
      this.#unsure,
      el("span.grow", words("unsure")),
      h("button.button", { onclick: () => void this.#resume() }, icon("refresh"), words("again")),
      h("button.button.plain", { onclick: () => void this.#giveUp() }, words("giveUp")),
    );
  }

  async #loadMenu() {
    const { api, signal } = this.#context;
    try {
      const next = /** @type {Menu} */ (await api.get("/v1/menu", { signal }));
      const before = this.#menu;
      this.#menu = next;
      if (!before) fill(this.#main, el("h1", el("bdi", this.#title)), this.#hours, this.#own.element, this.#view.element, this.#bar, this.#unsure);
      if (JSON.stringify(next.sections) !== JSON.stringify(before?.sections)) this.#view.show(next);
      this.#draw();
      if (!before) this.#drawOwn();
    } catch (error) {
      // What is there stays; it is asked for again soon, and no order comes through with an old price.
      if (!this.#menu && !signal.aborted) throw error;
    }
  }

  #drawOwn() {
    this.#own.draw(this.#orders.sorted());
  }

  async #loadOwn() {
    const { api, signal } = this.#context;
    try {
      const list = await allPages(api, "/v1/orders", { signal });
      for (const order of list.items) {
        this.#orders.put(order);
        this.#follow(order, list);
      }
      this.#drawOwn();
    } catch (error) {
      if (!signal.aborted) setTimeout(() => !signal.aborted && void this.#loadOwn(), AGAIN_MS);
    }
  }

  /** @param {Order} order @param {import("../shared/table-order.js").Snapshot} [snapshot] without one, from its very first event */
  #follow({ id, status }, snapshot) {
    const { api, realtime, signal } = this.#context;
    if (this.#followed.has(id) || status === "completed" || status === "cancelled") return;
    this.#followed.add(id);
    const channel = `order:${id}`;
    const epoch = snapshot?.epochs?.[channel];
    const stop = realtime.subscribe(channel, {
      since: snapshot?.cursors?.[channel] ?? 0,
      ...(epoch && { epoch }),
      onReload: async () => this.#seen(await api.get(`/v1/orders/${id}`, { signal })),
      onEvent: fullOrders(api, signal, ({ order }) => order && this.#seen(/** @type {Order} */ (order))),
    });
    signal.addEventListener("abort", stop);
  }

  /** @param {Order} order */
  #seen(order) {
    if (this.#orders.put(order)) this.#drawOwn();
  }

  /** @returns {Promise<string | undefined>} why it was refused */
  async #sendNew() {
    this.#cart.seal(/** @type {Menu} */ (this.#menu), crypto.randomUUID(), Date.now());
    return this.#send();
  }

  async #send() {
    const { api, signal } = this.#context;
    clearTimeout(this.#again);
    this.#sending = true;
    this.#draw();
    const { order, refusal } = await submitOrder(api, this.#cart);
    this.#sending = false;
    if (signal.aborted) return undefined;
    if (order) {
      this.#orders.put(order);
      this.#follow(order);
      this.#drawOwn();
      notify(words(order.needs_confirmation ? "askStaff" : "sent"));
      scrollTo(0, 0);
    } else if (!refusal) this.#again = setTimeout(() => void this.#resume(), AGAIN_MS);
    else await this.#loadMenu();
    this.#draw();
    const soldOut = this.#menu && this.#cart.lines(this.#menu).find(({ state }) => state !== "there");
    return refusal && refusalText(refusal, { closed: this.#closedText(), soldOut: soldOut?.name ?? "", format: this.#format });
  }

  /** Sends an order again whose outcome is not known. */
  async #resume() {
    if (this.#sending || !this.#cart.sent) return;
    const reason = await this.#send();
    if (reason !== undefined) notify(reason, { wrong: true });
  }

  async #giveUp() {
    const sure = await confirmed({ title: words("giveUp"), text: words("giveUpText"), action: words("giveUp"), danger: true });
    if (!sure || this.#sending) return;
    clearTimeout(this.#again);
    this.#cart.reopen();
    this.#draw();
  }
}
