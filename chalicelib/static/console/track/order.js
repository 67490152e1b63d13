import { now } from "../clock.js";
import { fill, h } from "../dom.js";
import { formats } from "../format.js";
import { dictionary } from "../i18n.js";
import { icon } from "../icons.js";
import { failed } from "../notices.js";
import { driverMap } from "./driver.js";
import { dueAt, stepName, stepsOf, UNDER_WAY } from "./steps.js";

const words = dictionary(
  {
    pending: "已收到您的訂單",
    confirmed: "訂單已確認",
    assigned: "已指派司機",
    delivering: "瓦斯正在送來的路上",
    arriving: "司機即將抵達",
    arrived: "司機已抵達",
    delivered: "瓦斯已送達",
    failed: "這次沒有送到",
    cancelled: "訂單已取消",
    pendingText: "店家確認後，這裡會立刻更新。",
    confirmedText: "出發時，這裡會立刻更新。",
    assignedText: "司機出發時，這裡會立刻更新。",
    deliveringText: "請留意電話與門鈴。",
    arrivingText: "大約 10 到 15 分鐘內會到，請準備接收瓦斯。",
    arrivedText: "請準備接收瓦斯。",
    deliveredText: "感謝您的訂購！",
    failedText: "司機來過但沒有完成配送。店家會再為您安排；如要改時間，請直接打電話給店家。",
    cancelledText: "如果不是您取消的，請與店家聯絡。",
    due: "預計 {time} 左右送達",
    late: "比預計的 {time} 晚了一些，司機仍在路上。",
    dayOf: "預計 {day} 送達",
    steps: "配送進度",
    done: "完成",
    now: "目前",
    pin: "如果簡訊裡有 6 位數送達密碼，收到瓦斯後再告訴司機。",
    order: "訂購內容",
    number: "訂單編號",
    total: "合計",
    cash: "請準備現金 {amount}",
    unpaid: "尚未付款",
    paid: "已付款",
    refunded: "已退款",
  },
  {
    pending: "Your order has arrived",
    confirmed: "Your order is confirmed",
    assigned: "A driver will bring it",
    delivering: "Your gas is on its way",
    arriving: "The driver is nearly there",
    arrived: "The driver is at your door",
    delivered: "Your gas has been delivered",
    failed: "It could not be delivered",
    cancelled: "The order is cancelled",
    pendingText: "You will see it here as soon as the shop has confirmed it.",
    confirmedText: "You will see it here as soon as it leaves.",
    assignedText: "You will see it here as soon as the driver leaves.",
    deliveringText: "Please listen for the phone and the bell.",
    arrivingText: "It should take another 10 to 15 minutes. Please be ready.",
    arrivedText: "Please be ready to receive it.",
    deliveredText: "Thank you for your order!",
    failedText: "The driver came but could not finish. The shop will arrange another time; to choose one, please call the shop.",
    cancelledText: "If it was not you, please ask the shop.",
    due: "Expected at about {time}",
    late: "A little later than the {time} that was expected; the driver is on the way.",
    dayOf: "Expected on {day}",
    steps: "Progress",
    done: "done",
    now: "now",
    pin: "If your text has a six-digit code, tell it to the driver once you have the gas.",
    order: "Your order",
    number: "Order number",
    total: "Total",
    cash: "Please have {amount} in cash ready",
    unpaid: "Not paid yet",
    paid: "Paid",
    refunded: "Refunded",
  },
);

const TICK_MS = 30_000;
const GOOD = "delivered";
/** @type {Readonly<Record<string, string>>} */
const HUES = { failed: "red", cancelled: "red", delivered: "green", delivering: "violet", arriving: "violet", arrived: "violet" };

/**
 * Follows an order.
 *
 * @param {HTMLElement} main
 * @param {{
 *   api: import("../api.js").Api,
 *   realtime: import("../../realtime/realtime.js").Realtime,
 *   tenant: {name: string, time_zone: string, currency: string},
 *   id: string,
 *   signal: AbortSignal,
 * }} world
 */
export function follow(main, { api, realtime, tenant, id, signal }) {
  const format = formats(tenant);
  const headline = h("section", { class: "card headline", role: "status" });
  const driver = driverMap(realtime, signal);
  const steps = h("section", { class: "card" });
  const summary = h("section", { class: "card stack" });
  /** @type {import("./steps.js").Order | undefined} */
  let order;
  let late = false;

  const load = async () => {
    try {
      const loaded = await api.get(`/v1/orders/${id}`, { signal });
      if (signal.aborted || loaded.version < (order?.version ?? 0)) return;
      const shown = order !== undefined;
      order = loaded;
      if (!shown) fill(main, headline, driver.element, steps, summary);
      draw();
    } catch (error) {
      if (signal.aborted) return;
      if (!order) fill(main, failed(error, () => void load().catch(() => {})));
      // Tried again by who asked.
      throw error;
    }
  };

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

  /** @param {import("./steps.js").Order} shown */
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

  /** @param {import("./steps.js").Order} shown */
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

  const stop = realtime.subscribe(`order:${id}`, { onReload: load, onEvent: () => void load().catch(() => {}) });
  // Drawn anew only where it says something else: it is read out each time.
  const ticking = setInterval(() => order && isLate(order) !== late && draw(), TICK_MS);
  signal.addEventListener("abort", () => {
    stop();
    clearInterval(ticking);
  });
}

/** @param {import("./steps.js").Order} order */
function isLate(order) {
  const due = dueAt(order);
  return due !== undefined && Date.parse(due) < now();
}
