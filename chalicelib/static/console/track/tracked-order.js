import texts from "../../../api/words/tracking.json" with { type: "json" };
import { now } from "../shared/clock.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { failed } from "../shared/notices.js";
import { driverMap } from "./driver-map.js";
import { dueAt, stepName, stepsOf } from "../shared/delivery-steps.js";
import { UNDER_WAY } from "../shared/order-status.js";

// The server writes the same page in the same words.
const words = dictionary(texts.order);

const TICK_MS = 30_000;
const GOOD = "delivered";
/** @type {Readonly<Record<string, string>>} */
const HUES = { failed: "red", cancelled: "red", delivered: "green", delivering: "violet", arriving: "violet", arrived: "violet" };

/**
 * Follows an order.
 *
 * @param {HTMLElement} main
 * @param {{
 *   api: import("../shared/api.js").Api,
 *   realtime: import("../../realtime/realtime.js").Realtime,
 *   admission: import("../shared/guest-session.js").Admission,
 *   readable: boolean,
 *   signal: AbortSignal,
 * }} context
 */
export function follow(main, { api, realtime, admission, readable, signal }) {
  const { tenant, order_id: id = "", cursors, epochs } = admission;
  const channel = `order:${id}`;
  const format = formats(tenant);
  const headline = h("section", { class: "card headline", role: "status" });
  const driver = driverMap(realtime, signal);
  const steps = h("section", { class: "card" });
  const summary = h("section", { class: "card stack" });
  /** @type {import("../shared/delivery-steps.js").Order | undefined} */
  let order;
  let late = false;

  const load = async () => {
    try {
      const loaded = await api.get(`/v1/orders/${id}`, { signal });
      if (!signal.aborted) put(loaded);
    } catch (error) {
      if (signal.aborted) return;
      if (!order && !readable) fill(main, failed(error, () => void load().catch(() => {})));
      // Tried again by who asked.
      throw error;
    }
  };

  /** @param {import("../shared/delivery-steps.js").Order} loaded */
  function put(loaded) {
    if (loaded.version < (order?.version ?? 0)) return;
    const isFirst = order === undefined;
    order = loaded;
    draw();
    if (isFirst) fill(main, headline, driver.element, steps, summary);
  }

  function draw() {
    if (!order) return;
    const { status } = order;
    const text = `${status}Text`;
    const title = words.has(status) ? words(status) : status;
    document.title = `${title} · ${tenant.name}`;
    headline.className = `card headline ${HUES[status] ?? ""}`;
    headline.dataset.status = status;
    fill(
      headline,
      h("h1", {}, title),
      dueText(order),
      words.has(text) && h("p", {}, words(text)),
      UNDER_WAY.includes(status) && h("p", { class: "soft" }, words("pin")),
    );
    driver.follow(order.driver_id);
    steps.hidden = status === "cancelled" || status === "failed";
    fill(steps, h("h2", {}, words("steps")), h("ol", { class: "steps" }, stepsOf(order).map(stepRow)));
    fill(summary, ...summaryOf(order));
  }

  /** @param {ReturnType<typeof stepsOf>[number]} step */
  function stepRow({ name, state, at }) {
    return h(
      "li",
      { dataset: { state }, "aria-current": state === "now" && "step" },
      h("span", { class: "dot" }, state === "done" && icon("check")),
      h("span", { class: "grow" }, stepName(name), state !== "ahead" && h("span", { class: "unseen" }, `（${words(state)}）`)),
      at && h("span", { class: "soft number" }, format.clock(at)),
    );
  }

  /** @param {import("../shared/delivery-steps.js").Order} shown */
  function dueText(shown) {
    const due = dueAt(shown);
    if (due) {
      late = isLate(shown);
      return h("p", { class: "due" }, words(late ? "late" : "due", { time: format.clock(due) }));
    }
    const waits = !["failed", "cancelled", GOOD, ...UNDER_WAY].includes(shown.status);
    // A day without a time of day: noon in Greenwich is on it nearly everywhere.
    return waits && shown.scheduled_date && h("p", { class: "due" }, words("dayOf", { day: format.day(`${shown.scheduled_date}T12:00:00Z`) }));
  }

  /** @param {import("../shared/delivery-steps.js").Order} shown */
  function summaryOf(shown) {
    const amount = format.money(shown.total_price);
    const open = shown.payment_status === "pending" && shown.status !== "cancelled";
    const payment = shown.payment_status === "paid" ? words("paid") : shown.payment_status === "refunded" ? words("refunded") : words("unpaid");
    return [
      h("h2", {}, words("order")),
      h("ul", { class: "bought" }, shown.items.map(({ name, quantity }) => h("li", {}, h("bdi", { class: "grow" }, name), h("strong", { class: "number" }, `× ${quantity}`)))),
      h("p", { class: "bought-total" }, h("span", { class: "grow" }, words("total")), h("strong", { class: "number" }, amount)),
      open && shown.payment_method === "cash" && shown.status !== GOOD
        ? h("p", { class: "notice amber" }, words("cash", { amount }))
        : shown.status !== "cancelled" && h("p", { class: "soft" }, payment),
      h("p", { class: "soft small" }, `${words("number")} ${shown.order_number}`),
    ];
  }

  if (admission.order) put(admission.order);
  const since = admission.order && cursors?.[channel];
  const epoch = epochs?.[channel];
  const stop = realtime.subscribe(channel, {
    ...(since !== undefined && { since, ...(epoch && { epoch }) }),
    onReload: load,
    onEvent: () => void load().catch(() => {}),
  });
  // Drawn anew only where it says something else: it is read out each time.
  const ticking = setInterval(() => order && isLate(order) !== late && draw(), TICK_MS);
  signal.addEventListener("abort", () => {
    stop();
    clearInterval(ticking);
  });
}

/** @param {import("../shared/delivery-steps.js").Order} order */
function isLate(order) {
  const due = dueAt(order);
  return due !== undefined && Date.parse(due) < now();
}
