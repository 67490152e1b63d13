import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { changeThenReload, failed, loading } from "../shared/notices.js";
import { whileBusy } from "../shared/while-busy.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { openPanel } from "./side-panel.js";
import { itemsText } from "./order-card.js";
import { editCustomer } from "./customer-form.js";
import { words } from "./customer-words.js";
import { phoneText } from "../shared/phones.js";
import { Pager } from "../shared/pager.js";
import { reading } from "../shared/read-pages.js";
import { subscribe } from "../shared/subscribe.js";
import { RecurringOrders } from "./recurring-orders.js";
import { HUES, statusName } from "./order-steps.js";

/**
 * @typedef {import("./types.js").Customer} Customer
 * @typedef {Pick<import("../pages.js").Context, "api" | "realtime"> & Pick<import("../shared/page.js").Page, "format" | "days"> & {
 *   put(customer: Customer): void,
 * }} CustomersContext put: shows a newer row in the list
 */

const ORDERS = 5;

/**
 * One customer beside the list: the record, the orders and the recurring orders. It follows changes by other users.
 *
 * @param {string} id
 * @param {CustomersContext} context
 * @param {AbortSignal} signal closes it
 * @returns {Promise<void>} when it is closed
 */
export async function showCustomer(id, context, signal) {
  const { api, realtime } = context;
  const gone = new AbortController();
  signal.addEventListener("abort", () => gone.abort());
  const body = el("div.stack", loading(5));
  const about = el("div.stack");
  const orders = orderHistory(id, context, gone.signal);
  const recurring = new RecurringOrders(id, context, gone.signal);
  /** @type {Customer | undefined} */
  let shown;

  /** @param {Customer} customer */
  const put = (customer) => {
    if (shown && shown.version > customer.version) return;
    shown = customer;
    context.put(customer);
    draw();
  };
  const draw = drawAfterRelease(() => {
    if (shown) fill(about, described(shown, context, { put, load }));
    if (!about.isConnected) fill(body, about, orders.element, recurring.element);
  }, gone.signal);
  async function load() {
    try {
      put(await api.get(`/v1/customers/${id}`, { signal: gone.signal }));
    } catch (error) {
      if (!gone.signal.aborted && !shown) fill(body, failed(error, load));
    }
  }
  subscribe(realtime, "customers", { onReload: load, onEvent: ({ data }) => void (data.customer_id === id && load()) }, gone.signal);
  subscribe(realtime, "orders", { onReload: orders.load, onEvent: ({ data }) => orders.follow(data) }, gone.signal);
  void recurring.load();
  await openPanel(words("customer"), body, gone.signal);
  gone.abort();
}

/**
 * @param {Customer} customer
 * @param {CustomersContext} context
 * @param {{put(customer: Customer): void, load(): Promise<void>}} owner
 */
function described(customer, { api, days }, { put, load }) {
  const { id, name, phone, address, location, notes, language, sms_opt_out, cylinders_out, status, created_at } = customer;
  const path = `/v1/customers/${id}`;
  const active = status === "active";
  /** @type {[string, import("../shared/dom.js").Child][]} */
  const facts = [
    [words("phone"), phone ? h("a", { href: `tel:${phone}` }, phoneText(phone)) : words("nothing")],
    [words("address"), address ? h("span", { dir: "auto" }, address) : words("nothing")],
    [words("place"), location ? el("span.number", `${location.latitude}, ${location.longitude}`) : words("nothing")],
    [words("cylindersOut"), el("span.number", cylinders_out)],
    [words("language"), words(language === "en" ? "english" : language ? "chinese" : "tenants")],
    [words("since"), el("span.number", days.of(created_at))],
  ];

  /** @param {EventTarget | null} button @param {() => Promise<unknown>} act @param {string} done */
  const make = (button, act, done) => whileBusy(button, () => changeThenReload(act, load, done));
  const setOptOut = sms_opt_out ? api.delete : api.put;
  /** @param {Event} event */
  const toggleSms = (event) => make(event.currentTarget, () => setOptOut.call(api, `${path}/sms-opt-out`, undefined), words(sms_opt_out ? "smsStarted" : "smsStopped", { name }));
  /** @param {Event} event */
  async function toggleStatus({ currentTarget }) {
    if (active && !(await confirmed({ title: words("suspendTitle"), text: words("suspendText", { name }), action: words("suspend"), danger: true }))) return;
    await make(currentTarget, () => api.patch(path, { status: active ? "suspended" : "active", version: customer.version }), words("saved"));
  }
  return [
    el("div.row", h("h3.grow.title", { dir: "auto" }, name), sms_opt_out && el("span.badge", words("optOut")), !active && el("span.badge.red", words("suspended"))),
    active ? h("a.button.primary", { href: `#new-order/${id}` }, icon("plus"), words("newOrder")) : el("p.notice.red", words("isSuspended")),
    notes && h("p.notice.amber", { dir: "auto" }, notes),
    el("dl.facts", facts.map(([label, value]) => el("div", el("dt", label), el("dd", value)))),
    el(
      "div.row",
      h("button.button", { onclick: () => editCustomer(api, customer, put) }, icon("edit"), words("edit")),
      h("button.button", { onclick: toggleSms }, words(sms_opt_out ? "startSms" : "stopSms")),
      h("button", { class: active ? "button plain danger" : "button", onclick: toggleStatus }, words(active ? "suspend" : "restore")),
    ),
  ];
}

/** @param {string} id @param {CustomersContext} context @param {AbortSignal} signal */
function orderHistory(id, { api, format, days }, signal) {
  /** @type {Pager<import("./types.js").Order>} */
  const pager = new Pager((page, asked) => api.get(`/v1/customers/${id}/orders`, { query: page, signal: asked }), signal, ORDERS);
  const list = el("ul.past-orders");
  const place = el("div", loading(3));
  const draw = drawAfterRelease(drawNow, signal);
  const read = reading(pager, place, { draw, again: load });
  const more = h("button.button.plain", { hidden: true, onclick: () => void read(() => pager.more()) }, words("moreOrders"));
  const element = el("section.stack", el("h3", words("orders")), place, more);

  async function load() {
    await read(() => pager.load({ shown: true }));
  }
  function drawNow() {
    more.hidden = !pager.hasMore;
    if (pager.rows.length === 0) return void fill(place, el("p.soft", words("noOrders")));
    fill(
      list,
      pager.rows.map(({ id: order, items, status, total_price, scheduled_date }) =>
        el(
          "li",
          h("a", { href: `#orders/${order}`, dir: "auto" }, itemsText(items)),
          h("span", { class: `badge ${HUES[status]}` }, statusName(status)),
          el("span.small.soft.number", `${days.show(scheduled_date)} · ${format.money(total_price)}`),
        ),
      ),
    );
    fill(place, list);
  }

  return {
    element,
    load,
    /** @param {any} data of an order's event, which has the customer or only the order's id */
    follow: (data) => void ((data.customer_id === id || pager.rows.some(({ id: order }) => order === data.order_id)) && load()),
  };
}
