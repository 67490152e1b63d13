import { now } from "../shared/clock.js";
import { isUpToDate } from "../shared/connection.js";
import { confirmed } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notify } from "../shared/notices.js";
import { loadOrders, Orders } from "../shared/live-orders.js";
import { explained } from "../shared/words.js";
import { fullOrders } from "../shared/full-orders.js";
import { Cart, orderable } from "./cart.js";
import { menuView } from "./menu.js";
import { ownOrders } from "./own-orders.js";
import { submitOrder } from "./submit-order.js";
import { cartSheet } from "./cart-sheet.js";
import { words } from "./words.js";

/** @typedef {import("./cart.js").Menu} Menu */

// Dishes sell out, and kitchens close, while a guest reads.
const MENU_MS = 60_000;
const AGAIN_MS = 5000;
// Who comes back later than this may not want it any more, and is asked.
const FRESH_MS = 5 * 60_000;

/**
 * A table's page: the menu, what is chosen, and what became of what was ordered.
 *
 * @param {HTMLElement} main
 * @param {import("../shared/guest-page.js").GuestContext} context
 * @returns {Promise<void>} when the menu is shown; rejects where it cannot be loaded
 */
export async function showTable(main, { api, realtime, admission, signal }) {
  const { tenant, table, guest_id = "" } = admission;
  const format = formats(tenant);
  const cart = new Cart(guest_id);
  const orders = new Orders();
  /** @type {Menu | undefined} */
  let menu;
  /** @type {Set<string>} Orders that are followed. */
  const followed = new Set();
  let sending = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  const title = words("table", { number: table?.number ?? "" });
  document.title = `${title} · ${tenant.name}`;
  const hours = h("p", { class: "notice amber", role: "status", hidden: true });
  const unsure = h("div", { class: "notice red unsure", role: "alert", hidden: true });
  const mine = ownOrders(format);
  const onCount = (/** @type {Omit<import("./cart.js").Chosen, "quantity">} */ dish, /** @type {number} */ quantity) => {
    if (cart.sent) return;
    cart.set(dish, quantity);
    draw();
  };
  const view = menuView({ cart, format, onCount });
  const sheet = cartSheet({ cart, format, menu: () => /** @type {Menu} */ (menu), closed: closedText, onCount, onSend, signal });
  const bar = h("button", { class: "button primary cart-bar", hidden: true, onclick: () => void sheet.open() });

  function closedText() {
    if (!menu || menu.open_now) return "";
    const { opens_at } = menu;
    if (!opens_at) return words("closed");
    const [opens, today] = [format.day(opens_at), format.day(new Date(now()).toISOString())];
    return words("closedUntil", { time: `${opens === today ? "" : `${opens} `}${format.clock(opens_at)}` });
  }

  function draw() {
    if (!menu) return;
    const closed = closedText();
    hours.hidden = closed === "";
    if (hours.textContent !== closed) hours.textContent = closed;
    view.draw();
    sheet.draw();
    const { count, amount } = orderable(cart.lines(menu));
    bar.hidden = count === 0 || cart.sent !== undefined;
    fill(bar, h("span", { class: "grow" }, words("look")), h("span", {}, words("pieces", { count })), h("strong", { class: "number" }, format.money(amount)));
    drawUnsure();
  }

  function drawUnsure() {
    const shown = cart.sent !== undefined && !sending;
    if (unsure.hidden !== shown) return;
    unsure.hidden = !shown;
    fill(
      unsure,
      h("span", { class: "grow" }, words("unsure")),
      h("button", { class: "button", onclick: () => void resume() }, icon("refresh"), words("again")),
      h("button", { class: "button plain", onclick: giveUp }, words("giveUp")),
    );
  }

  async function loadMenu() {
    try {
      const next = /** @type {Menu} */ (await api.get("/v1/menu", { signal }));
      const changed = JSON.stringify(next.sections) !== JSON.stringify(menu?.sections);
      const first = menu === undefined;
      menu = next;
      if (first) fill(main, h("h1", {}, h("bdi", {}, title)), hours, mine.element, view.element, bar, unsure);
      if (changed) view.show(menu);
      draw();
      if (first) drawMine();
    } catch (error) {
      // What is there stays; it is asked for again soon, and no order comes through with an old price.
      if (!menu && !signal.aborted) throw error;
    }
  }

  function drawMine() {
    mine.draw(orders.those(() => true));
  }

  async function loadMine() {
    try {
      const { orders: all, snapshot } = await loadOrders(api, {}, signal);
      for (const order of all) {
        orders.put(order);
        follow(order, snapshot);
      }
      drawMine();
    } catch (error) {
      if (!signal.aborted) setTimeout(() => !signal.aborted && void loadMine(), AGAIN_MS);
    }
  }

  /**
   * @param {import("../shared/live-orders.js").Order} order
   * @param {import("../shared/live-orders.js").Snapshot} [snapshot] without one, from its very first event
   */
  function follow({ id, status }, snapshot) {
    if (followed.has(id) || status === "completed" || status === "cancelled") return;
    followed.add(id);
    const channel = `order:${id}`;
    const epoch = snapshot?.epochs?.[channel];
    const stop = realtime.subscribe(channel, {
      since: snapshot?.cursors?.[channel] ?? 0,
      ...(epoch && { epoch }),
      onReload: async () => seen(await api.get(`/v1/orders/${id}`, { signal })),
      onEvent: fullOrders(api, signal, ({ order }) => order && seen(/** @type {import("../shared/live-orders.js").Order} */ (order))),
    });
    signal.addEventListener("abort", stop);
  }

  /** @param {import("../shared/live-orders.js").Order} order */
  function seen(order) {
    if (orders.put(order)) drawMine();
  }

  /** @returns {Promise<string | undefined>} why it was refused */
  async function onSend() {
    cart.seal(/** @type {Menu} */ (menu), crypto.randomUUID(), Date.now());
    return send();
  }

  async function send() {
    clearTimeout(again);
    sending = true;
    draw();
    const { order, refusal } = await submitOrder(api, cart);
    sending = false;
    if (signal.aborted) return undefined;
    if (order) {
      orders.put(order);
      follow(order);
      drawMine();
      notify(words(order.needs_confirmation ? "askStaff" : "sent"));
      scrollTo(0, 0);
    } else if (!refusal) again = setTimeout(() => void resume(), AGAIN_MS);
    else await loadMenu();
    draw();
    return refusal && reasonOf(refusal);
  }

  /** Sends an order again whose outcome is not known. */
  async function resume() {
    if (sending || !cart.sent) return;
    const reason = await send();
    if (reason !== undefined) notify(reason, { wrong: true });
  }

  async function giveUp() {
    const sure = await confirmed({ title: words("giveUp"), text: words("giveUpText"), action: words("giveUp"), danger: true });
    if (!sure || sending) return;
    clearTimeout(again);
    cart.reopen();
    draw();
  }

  /** @param {import("../shared/http.js").ApiError} refusal */
  function reasonOf(refusal) {
    const { code, problem, errors } = refusal;
    if (code === "closed") return closedText() || words("closed");
    if (code === "price_changed") return words("refusedPrice", { amount: format.money(problem.total_price) });
    if (code === "table_suspended") return words("refusedSuspended");
    if (code === "too_many_orders") return words("refusedMany");
    if (code === "order_too_large") return words("refusedLarge");
    if (refusal.status === 401) return words("refusedScan");
    const out = menu && cart.lines(menu).find(({ state }) => state !== "there");
    if (code === "sold_out") return words("refusedSoldOut", { name: out?.name ?? "" });
    if (errors.some(({ field }) => field.startsWith("items."))) return words("refusedGone");
    return explained(refusal);
  }

  void loadMine();
  const fresh = () => cart.sent !== undefined && Date.now() - cart.sent.at < FRESH_MS;
  if (fresh()) void resume();
  await loadMenu();
  if (signal.aborted) return;
  let away = realtime.state === "offline";
  const stop = realtime.onState((state) => {
    if (state === "offline") away = true;
    if (!isUpToDate(state)) return;
    if (away) void loadMenu();
    away = false;
    if (fresh()) void resume();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && void loadMenu(), { signal });
  const ticking = setInterval(() => !document.hidden && void loadMenu(), MENU_MS);
  signal.addEventListener("abort", () => {
    stop();
    clearInterval(ticking);
    clearTimeout(again);
  });
}
