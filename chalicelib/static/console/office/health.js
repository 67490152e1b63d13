import { now } from "../shared/clock.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading, notify } from "../shared/notices.js";
import { columnChart } from "./chart.js";
import { connectionList } from "./connection-list.js";
import { dates } from "../shared/dates.js";
import { words } from "./health-words.js";
import { hourCharts } from "./hour-charts.js";
import { noticeForm } from "./notice-form.js";
import { dayLabels, grouped } from "./order-groups.js";
import { findings } from "./health-findings.js";
import { whileVisible } from "./while-visible.js";
import "./charts.css";
import "./health.css";

const EVERY_MS = 10_000;
// Days and hours change slowly, and a week of orders is read for them.
const CHARTS_EVERY_MS = 120_000;

/** How everything is, and what to do where it is not well. @type {import("../pages.js").Show} */
export async function show({ api, main, me, realtime, signal }) {
  const format = formats(me.tenant);
  const days = dates(me.tenant.time_zone);
  const verdict = h("section", { class: "verdict card", role: "status" }, loading(2));
  const tiles = h("dl", { class: "tiles" });
  const charts = h("div", { class: "charts" }, loading(4));
  const people = connectionList({ api, format, me }, signal);
  let charted = -Infinity;
  fill(main, h("div", { class: "stack" }, verdict, tiles, charts, people.element, me.role === "admin" && noticeForm(api)));

  /** @param {string} path @param {Record<string, string>} [query] undefined without an answer */
  const asked = (path, query = {}) => api.get(path, { query, signal }).catch(() => undefined);

  async function look() {
    const [health, texts, own, today, connections] = await Promise.all([
      asked("/v1/health"),
      asked("/v1/health/notifications"),
      asked("/v1/notifications/stats"),
      asked("/v1/reports/daily"),
      asked("/v1/realtime/status"),
      people.load(),
    ]);
    if (signal.aborted) return EVERY_MS;
    drawVerdict(findings({ state: realtime.state, health, texts, ownTexts: own }));
    if (today && connections) drawTiles(today, connections);
    if (performance.now() - charted >= CHARTS_EVERY_MS) await drawCharts();
    return EVERY_MS;
  }

  /** @param {import("./health-findings.js").Finding[]} found */
  function drawVerdict(found) {
    const time = h("p", { class: "small soft number" }, words("checked", { time: format.clock(new Date(now()).toISOString()) }));
    verdict.dataset.state = found.length ? "faults" : "well";
    if (found.length === 0) return void fill(verdict, h("div", { class: "row" }, h("span", { class: "sign green" }, icon("check")), h("div", { class: "grow" }, h("h2", {}, words("well")), h("p", { class: "soft" }, words("wellText")), time)));
    const faults = found.map(({ fault, hue, values }) =>
      h("li", { dataset: { fault } }, h("span", { class: `sign ${hue}` }, icon("alert")), h("div", { class: "grow" }, h("strong", {}, words(fault, values)), h("p", {}, words(`${fault}Do`))), action(fault)),
    );
    fill(verdict, h("h2", {}, words("notWell", { count: found.length })), h("ul", { class: "faults" }, faults), time);
  }

  /** @param {import("./health-findings.js").Fault} fault */
  function action(fault) {
    if (me.tenant.kind !== "delivery") return undefined;
    if (fault === "deadLetters") return h("button", { class: "button", onclick: redrive }, words("redrive"));
    return (fault === "ownTexts" || fault === "textsFail") && h("a", { class: "button", href: "#texts" }, words("toTexts"));
  }

  /** @param {Event} event */
  async function redrive(event) {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    button.disabled = true;
    try {
      const { queued } = await api.post("/v1/notifications/redrive", undefined, { signal });
      notify(words("redriven", { count: queued }));
    } catch (error) {
      complain(error);
    }
    again(0);
  }

  /** @param {any} today @param {{connections: number}} connections */
  function drawTiles({ orders, delivered, revenue, texts }, { connections }) {
    const tile = (/** @type {string} */ label, /** @type {string | number} */ value, /** @type {string} */ more = "") => h("div", { class: "card tile" }, h("dt", { class: "small soft" }, label), h("dd", { class: "number" }, value, more && h("span", { class: "small soft" }, more)));
    fill(
      tiles,
      tile(words("connected"), connections),
      tile(words("orders"), orders, `${words("delivered")} ${delivered}`),
      tile(words("revenue"), format.money(revenue.total)),
      tile(words("textsToday"), texts.sent, texts.failed + texts.unknown > 0 ? words("textsFailed", { count: texts.failed + texts.unknown }) : ""),
    );
  }

  async function drawCharts() {
    const range = { from: days.today(-6), to: days.today() };
    try {
      const [orders, texts, { items: hours }] = await Promise.all([
        api.get("/v1/reports/orders-by-status", { query: range, signal }),
        api.get("/v1/reports/notifications", { query: range, signal }),
        api.get("/v1/health/hours", { signal }),
      ]);
      charted = performance.now();
      const table = words("numbers");
      fill(
        charts,
        columnChart({
          title: words("ordersByDay"),
          table,
          series: [{ label: words("done"), hue: "green" }, { label: words("open"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("cancelled"), hue: "grey" }],
          columns: orders.days.map((/** @type {any} */ { date, by_status }) => ({ ...dayLabels(date), values: grouped(by_status) })),
        }),
        columnChart({
          title: words("textsByDay"),
          table,
          series: [{ label: words("sent"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("skipped"), hue: "grey" }],
          columns: texts.days.map((/** @type {any} */ { date, sent, failed: refused, unknown, skipped }) => ({ ...dayLabels(date), values: [sent, refused + unknown, skipped] })),
        }),
        hours.length > 0 ? hourCharts(hours, (at) => format.clock(at)) : h("p", { class: "small soft no-hours" }, words("noHours")),
      );
    } catch (error) {
      if (signal.aborted) return;
      if (!charts.querySelector("figure")) fill(charts, failed(error, () => void drawCharts()));
    }
  }

  const again = whileVisible(look, signal);
  signal.addEventListener("abort", realtime.onState(() => again(0)));
  await look();
  again(EVERY_MS);
}
