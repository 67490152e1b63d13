import { now } from "../shared/clock.js";
import { fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { subscribe } from "../shared/subscribe.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading, notify } from "../shared/notices.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { fullOrders } from "../shared/full-orders.js";
import { Chime } from "./chime.js";
import { isPast, loadOrders, Orders, overtaken, step } from "../shared/live-orders.js";
import { IN_THE_KITCHEN, NEXT, statusName } from "../shared/table-order-steps.js";
import { numberOf } from "../shared/live-orders.js";
import { Ticket } from "./ticket.js";
import { fullscreenButton } from "./fullscreen.js";
import texts from "../texts/restaurant/kitchen.json" with { type: "json" };
import "./kitchen.css";

const words = dictionary(texts);

const TICK_MS = 10_000;
// As long as a new order has not been touched.
const RING_AGAIN_MS = 30_000;

/** What the kitchen has to do, by status; new orders stand out until they are touched. @type {import("../pages.js").Show} */
export function show({ api, realtime, signal, main }) {
  const orders = new Orders();
  /** @type {Map<string, Ticket>} */
  const tickets = new Map();
  /** @type {Set<string>} Orders that were touched on this screen. */
  const touched = new Set();
  const chime = new Chime("kitchen.sound");
  const columns = IN_THE_KITCHEN.map((status) => {
    const list = h("div", { class: "tickets" });
    const count = h("span", { class: "count number" });
    const id = `kitchen-${status}`;
    const element = h("section", { class: "column", "aria-labelledby": id, dataset: { status } }, h("h2", { id }, h("span", {}, statusName(status)), count), list);
    return { status, list, count, element };
  });
  const board = h("div", { class: "columns" }, columns.map(({ element }) => element));
  const place = h("div", {}, loading(5));
  const waiting = h("p", { class: "badge amber", role: "status" });
  const unconfirmed = h("a", { class: "badge red", href: "#counter", hidden: true });
  const sound = h("button", { class: "button", onclick: () => void toggleSound() });

  /** @param {import("../shared/live-orders.js").Order} order */
  const isNew = (order) => order.status === "pending" && !order.needs_confirmation && !touched.has(order.id);

  const draw = drawAfterRelease(drawNow, signal);
  function drawNow() {
    const time = now();
    const focused = document.activeElement;
    orders.keep((order) => !isPast(order, IN_THE_KITCHEN, time));
    for (const id of touched) if (!orders.get(id)) touched.delete(id);
    const open = orders.those(({ status, needs_confirmation }) => IN_THE_KITCHEN.includes(status) && !needs_confirmation);
    const ids = new Set(open.map(({ id }) => id));
    for (const id of tickets.keys()) if (!ids.has(id)) tickets.delete(id);
    for (const order of open) {
      const ticket = tickets.get(order.id) ?? new Ticket(order, { onStep, onTouch });
      tickets.set(order.id, ticket);
      ticket.draw(order, { isNew: isNew(order), now: time });
    }
    for (const { status, list, count } of columns) {
      const here = open.filter((order) => order.status === status);
      count.textContent = String(here.length);
      const elements = here.map(({ id }) => /** @type {Ticket} */ (tickets.get(id)).element);
      fill(list, ...(elements.length ? elements : [h("p", { class: "soft none" }, words("none"))]));
    }
    // An element that is put elsewhere loses the focus.
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
    drawTools();
  }

  const drawTools = drawAfterRelease(drawToolsNow, signal);
  function drawToolsNow() {
    const count = orders.those(isNew).length;
    waiting.hidden = count === 0;
    waiting.textContent = words("waiting", { count });
    const unconfirmedCount = orders.those((order) => order.needs_confirmation === true).length;
    unconfirmed.hidden = unconfirmedCount === 0;
    unconfirmed.textContent = words("unconfirmed", { count: unconfirmedCount });
    const label = chime.mute ? "soundMute" : chime.on ? "soundOff" : "soundOn";
    sound.classList.toggle("wanting", chime.mute);
    fill(sound, icon(chime.on && !chime.mute ? "bell" : "bellOff"), words(label));
  }

  /** @param {string} id */
  function onTouch(id) {
    if (touched.has(id)) return;
    touched.add(id);
    tickets.get(id)?.element.classList.remove("new");
    tickets.get(id)?.element.querySelector(".fresh-mark")?.remove();
    drawTools();
  }

  /** @param {import("../shared/live-orders.js").Order} order */
  async function onStep(order) {
    const next = NEXT[order.status];
    if (!next) return;
    try {
      orders.put(await step(api, order, next));
      if (next === "served") notify(words("served", { number: numberOf(order) }));
    } catch (error) {
      if (signal.aborted) return;
      if (!overtaken(error)) return complain(error);
      notify(words("overtaken", { number: numberOf(order) }), { wrong: true });
      await refresh(order.id);
    }
    if (!signal.aborted) draw();
  }

  /** @param {string} id */
  async function refresh(id) {
    try {
      orders.put(await api.get(`/v1/orders/${id}`, { signal }));
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  async function toggleSound() {
    if (!chime.mute) chime.setOn(!chime.on);
    await chime.wake();
    chime.ring();
    drawTools();
  }

  fill(
    main,
    h(
      "div",
      { class: "kitchen" },
      h("div", { class: "row tools" }, waiting, unconfirmed, h("span", { class: "grow" }), sound, fullscreenButton({ fill: words("fill"), leave: words("leave") }, signal)),
      place,
    ),
  );
  drawTools();

  const again = subscribe(
    realtime,
    "orders",
    {
      onReload: async () => {
        try {
          const { orders: open, snapshot } = await loadOrders(api, { status: IN_THE_KITCHEN.join(",") }, signal);
          orders.replace(open);
          if (!board.isConnected) fill(place, board);
          draw();
          return snapshot;
        } catch (error) {
          if (!signal.aborted && !board.isConnected) fill(place, failed(error, retry));
          // Tried again by who asked.
          throw error;
        }
      },
      onEvent: fullOrders(api, signal, ({ type, order }) => {
        if (!order || !orders.put(/** @type {import("../shared/live-orders.js").Order} */ (order))) return;
        draw();
        if (type === "order_created" && !order.needs_confirmation) chime.ring();
      }),
    },
    signal,
  );

  function retry() {
    fill(place, loading(5));
    again();
  }

  // The first touch of a page that was left with the bell on.
  main.addEventListener("pointerdown", () => chime.mute && chime.wake().then(drawTools), { signal });
  const ticking = setInterval(() => {
    const time = now();
    for (const ticket of tickets.values()) ticket.tick(time);
  }, TICK_MS);
  const ringing = setInterval(() => orders.those(isNew).length && chime.ring(), RING_AGAIN_MS);
  signal.addEventListener("abort", () => {
    clearInterval(ticking);
    clearInterval(ringing);
    chime.stop();
  });
}
