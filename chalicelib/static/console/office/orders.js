import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { subscribe } from "../shared/subscribe.js";
import { onNewDay } from "../shared/new-day.js";
import { blank, failed, loading } from "../shared/notices.js";
import { ring } from "../shared/sound.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { fullOrders } from "../shared/full-orders.js";
import { sidePanel } from "./side-panel.js";
import { OrderStore } from "./order-store.js";
import { boardView } from "./order-board.js";
import { searchText } from "./order-card.js";
import { dates } from "../shared/dates.js";
import { loadDrivers } from "./drivers.js";
import { statusActions as movesOf } from "./status-actions.js";
import { words } from "./order-words.js";
import { showOrder } from "./order-panel.js";
import { toolbar } from "./order-filter.js";
import { userNames } from "./user-names.js";
import "./orders.css";
import "../shared/product-picker.css";
import "./side-panel.css";

/** The order board. `#orders/{id}` opens one of them beside it. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, realtime, signal, main, path, me, follow } = context;
  // Not a letter alone: who speaks to the computer would take orders by accident (WCAG 2.1.4).
  const take = (/** @type {KeyboardEvent} */ event) => {
    if (!event.altKey || event.code !== "KeyN" || document.querySelector("dialog")) return;
    event.preventDefault();
    location.hash = "#new-order";
  };
  document.addEventListener("keydown", take, { signal });
  const drivers = await loadDrivers(api, signal);
  if (signal.aborted) return;
  const format = formats(me.tenant);
  const days = dates(me.tenant.time_zone);
  const title = document.title;
  /** @type {Set<string>} New orders that were not opened on this page. */
  const fresh = new Set();
  /** @type {import("./order-filter.js").Filter} */
  let filter = { text: "", driver: "", day: "" };
  let asked = false;

  const orders = new OrderStore({ api, days, signal, onChange: () => draw() });
  const actions = movesOf({ api, orders, drivers });
  const office = { api, orders, realtime, drivers, actions, format, days, names: userNames(api, me, signal) };
  const board = boardView(office, signal);
  const bar = toolbar(office, (next) => {
    const moved = next.day !== filter.day;
    filter = next;
    if (moved) listen();
    else draw();
  });
  const news = h("p", { class: "unseen", role: "status" });
  const place = h("div", {}, loading(6));
  fill(main, h("div", { class: "stack office" }, bar.element, news, place));

  /** Begins anew, with the list of the day that is looked at and what happens from there on. */
  function listen() {
    orders.day = filter.day;
    fill(place, loading(6));
    again();
  }
  const again = subscribe(
    realtime,
    "orders",
    {
      onReload: async () => {
        try {
          const snapshot = await orders.load();
          if (!snapshot) return;
          fill(place, board.element, empty);
          draw();
          return snapshot;
        } catch (error) {
          if (signal.aborted) return;
          // What is shown stays; the client tries again by itself.
          if (!board.element.isConnected) fill(place, failed(error, listen));
          throw error;
        }
      },
      onEvent: fullOrders(api, signal, (event) => {
        if (event.type === "order_created") arrive(event.data);
        orders.apply(event);
      }),
    },
    signal,
  );
  onNewDay(me.tenant.time_zone, signal, () => {
    // Today is another day, and so is tomorrow.
    bar.report();
    if (!filter.day) again();
  });

  /** @param {import("./types.js").Order} order */
  function arrive({ id, customer_name, history }) {
    // An order that was taken on this page needs no notification.
    if (history[0]?.by === me.id) return;
    fresh.add(id);
    news.textContent = words("arrived", { name: customer_name });
    ring();
  }

  const empty = h("div", { hidden: true });

  const drawUnpressed = drawAfterRelease(drawNow, signal);
  /** However many events come at once, it is drawn once. */
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (!signal.aborted) drawUnpressed();
    });
  }

  function drawNow() {
    const all = orders.all;
    for (const { id, status } of all) if (status !== "pending") fresh.delete(id);
    const wanted = filter.text.normalize("NFKC").toLowerCase().split(/\s+/);
    const found = all.filter((order) => {
      if (filter.driver && filter.driver !== (order.driver_id ?? "-")) return false;
      const text = searchText(order, drivers.name(order.driver_id));
      return wanted.every((word) => text.includes(word));
    });
    board.draw(found.map((order) => ({ order, fresh: fresh.has(order.id) })));
    board.element.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    const narrowed = filter.text !== "" || filter.driver !== "";
    const clear = h("button", { class: "button", onclick: bar.clear }, words("clear"));
    if (found.length === 0)
      fill(
        empty,
        narrowed || filter.day ? blank({ title: words("noMatch"), text: words("noMatchText") }, clear) : blank({ title: words("noneYet"), text: words("noneYetText") }),
      );
    document.title = fresh.size ? `(${fresh.size}) ${title}` : title;
  }

  const open = sidePanel(
    "orders",
    (id, until) => {
      fresh.delete(id);
      draw();
      return showOrder(id, office, until);
    },
    signal,
  );

  follow(open);
  void open(path);
}
