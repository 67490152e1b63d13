import { confirmed } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { subscribe } from "../shared/subscribe.js";
import { dictionary } from "../shared/i18n.js";
import { blank, complain, failed, loading, notify } from "../shared/notices.js";
import { Pager } from "../shared/pager.js";
import { orderStatusName } from "../shared/order-status.js";
import { HUES } from "../delivery/route-status.js";
import { dueAt, stepName, stepsOf } from "../shared/delivery-steps.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import texts from "../texts/customer/orders.json" with { type: "json" };

const words = dictionary(texts);

/** Orders whose way is over, or never began. */
const ENDED = ["delivered", "failed", "cancelled"];

/** @typedef {import("../shared/delivery-steps.js").Order} Order */

/** A customer's own orders, live; a pending one may be cancelled. @type {import("../pages.js").Show} */
export function show({ api, realtime, me, main, signal }) {
  const format = formats(me.tenant);
  /** @type {any} The page whose cursors count. */
  let first;
  const pager = new Pager(async ({ limit, cursor }, until) => {
    const page = await api.get("/v1/orders", { query: { limit, cursor }, signal: until });
    if (!cursor) first = page;
    return page;
  }, signal, 20);
  /** @type {Map<string, boolean>} Whose steps were opened or closed by hand. */
  const opened = new Map();
  const list = h("div", { class: "narrow stack" }, loading(5));
  fill(main, list);
  let shown = false;

  const draw = drawAfterRelease(drawNow, signal);
  function drawNow() {
    if (signal.aborted) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.closest("[data-order]") : null;
    const orders = /** @type {Order[]} */ (pager.rows);
    if (orders.length === 0) return void fill(list, blank({ title: words("none"), text: words("noneText") }));
    const more = h("button", { class: "button", onclick: () => void pager.more().then(draw, complain) }, words("more"));
    fill(list, orders.map(card), pager.hasMore && more);
    // Read on where it was: what was pressed may be there no more.
    const order = focused instanceof HTMLElement ? focused.dataset.order : undefined;
    if (order) /** @type {HTMLElement | null} */ (list.querySelector(`[data-order="${CSS.escape(order)}"] summary`))?.focus({ preventScroll: true });
  }

  /** @param {Order} order */
  function card(order) {
    const { id, status, items, payment_status: payment, scheduled_date: day } = order;
    const due = dueAt(order);
    const name = items.map(({ name: what, quantity }) => `${what} × ${quantity}`).join("、");
    return h(
      "section",
      { class: "card stack", dataset: { order: id, status } },
      h("div", { class: "row" }, h("h2", { class: "grow", dir: "auto" }, name), h("span", { class: `badge ${HUES[status] ?? "grey"}`, role: "status" }, orderStatusName(status))),
      // A day without a time of day: noon in Greenwich is on it nearly everywhere.
      due ? h("p", {}, h("strong", {}, words("due", { time: format.clock(due) }))) : day && h("p", {}, words("day", { day: format.day(`${day}T12:00:00Z`) })),
      h("p", { class: "soft" }, words("total", { amount: format.money(order.total_price) }), (payment === "paid" || payment === "refunded") && ` · ${words(payment)}`),
      steps(order),
      h("p", { class: "soft small number" }, words("number", { number: order.order_number })),
      status === "pending" && h("button", { class: "button danger", onclick: () => void cancel(order) }, words("cancel")),
    );
  }

  /** @param {Order} order */
  function steps(order) {
    const isOpen = opened.get(order.id) ?? !ENDED.includes(order.status);
    // What was called off goes nowhere.
    const way = stepsOf(order).filter(({ state }) => state !== "ahead" || !["failed", "cancelled"].includes(order.status));
    const element = h(
      "details",
      { open: isOpen },
      h("summary", { style: { "padding-block": "var(--space-3)" } }, words("steps")),
      h(
        "ol",
        { class: "history" },
        way.map(({ name, state, at }) =>
          h(
            "li",
            { "aria-current": state === "now" && "step" },
            h("span", { class: `badge ${state === "now" ? "violet" : state === "done" ? "green" : "grey"}` }, stepName(name)),
            at && h("time", { class: "small soft number", datetime: at }, `${format.day(at)} ${format.clock(at)}`),
          ),
        ),
      ),
    );
    element.addEventListener("toggle", () => opened.set(order.id, element.open));
    return element;
  }

  /** @param {Order} order */
  async function cancel({ id, version, order_number: number }) {
    const question = { title: words("cancelTitle"), text: words("number", { number }), action: words("cancel"), danger: true };
    if (!(await confirmed(question))) return;
    try {
      pager.put(await api.post(`/v1/orders/${id}/status`, { status: "cancelled", version }));
      notify(words("cancelled"));
    } catch (error) {
      complain(error);
      await refresh(id).catch(() => {});
    }
    draw();
  }

  /** @param {string} id of one that has changed, or that is new here */
  async function refresh(id) {
    const order = await api.get(`/v1/orders/${id}`, { signal });
    if (!pager.put(order)) await pager.load({ shown: true });
    draw();
  }

  const again = subscribe(
    realtime,
    `user:${me.id}`,
    {
      onReload: async () => {
        try {
          await pager.load({ shown: true });
          shown = true;
          draw();
          return first;
        } catch (error) {
          if (!signal.aborted && !shown) fill(list, failed(error, retry));
          // Tried again by who asked.
          throw error;
        }
      },
      onEvent: ({ type, data }) => {
        if (type === "delivery_update") void refresh(data.order_id).catch(() => again());
      },
    },
    signal,
  );

  function retry() {
    fill(list, loading(5));
    again();
  }
}
