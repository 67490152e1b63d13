import { now } from "../shared/clock.js";
import { el, fill, h } from "../shared/dom.js";
import { whileBusy } from "../shared/while-busy.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading, notify } from "../shared/notices.js";
import { columnChart } from "./chart.js";
import { connectionList } from "./connection-list.js";
import { Page } from "../shared/page.js";
import { words } from "./health-words.js";
import { hourCharts } from "./hour-charts.js";
import { noticeForm } from "./notice-form.js";
import { dayLabels, grouped } from "./order-groups.js";
import { findings } from "./health-findings.js";
import { tile } from "./tile.js";
import { whileVisible } from "./while-visible.js";
import "./charts.css";
import "./health.css";

const EVERY_MS = 10_000;
// Days and hours change slowly, and a week of orders is read for them.
const CHARTS_EVERY_MS = 120_000;

/** The state of the system, and what to do about faults. @type {import("../pages.js").Show} */
export function show(context) {
  return new HealthPage(context).open();
}

class HealthPage extends Page {
  #verdict = h("section.verdict.card", { role: "status" }, loading(2));
  #tiles = el("dl.tiles");
  #charts = el("div.charts", loading(4));
  #people = connectionList({ api: this.context.api, format: this.format, me: this.context.me }, this.context.signal);
  #charted = -Infinity;
  #again = whileVisible(() => this.#refresh(), this.context.signal);

  async open() {
    const { api, main, me, realtime, signal } = this.context;
    fill(main, el("div.stack", this.#verdict, this.#tiles, this.#charts, this.#people.element, me.role === "admin" && noticeForm(api)));
    signal.addEventListener("abort", realtime.onState(() => this.#again(0)));
    await this.#refresh();
    this.#again(EVERY_MS);
  }

  /** @param {string} path @returns {Promise<any>} undefined without an answer */
  #read(path) {
    const { api, signal } = this.context;
    return api.get(path, { signal }).catch(() => undefined);
  }

  async #refresh() {
    const { signal, realtime } = this.context;
    const [health, sms, own, today, connections] = await Promise.all([
      this.#read("/v1/health"),
      this.#read("/v1/health/notifications"),
      this.#read("/v1/notifications/stats"),
      this.#read("/v1/reports/daily"),
      this.#read("/v1/realtime/status"),
      this.#people.load(),
    ]);
    if (signal.aborted) return EVERY_MS;
    this.#drawVerdict(findings({ state: realtime.state, health, sms, ownSms: own }));
    if (today && connections) this.#drawTiles(today, connections);
    if (performance.now() - this.#charted >= CHARTS_EVERY_MS) await this.#drawCharts();
    return EVERY_MS;
  }

  /** @param {import("./health-findings.js").Finding[]} found */
  #drawVerdict(found) {
    const time = el("p.small.soft.number", words("checked", { time: this.format.clock(new Date(now()).toISOString()) }));
    this.#verdict.dataset.state = found.length ? "faults" : "well";
    if (found.length === 0) return void fill(this.#verdict, el("div.row", el("span.sign.green", icon("check")), el("div.grow", el("h2", words("well")), el("p.soft", words("wellText")), time)));
    const faults = found.map(({ fault, hue, values }) =>
      h("li", { dataset: { fault } }, h("span", { class: `sign ${hue}` }, icon("alert")), el("div.grow", el("strong", words(fault, values)), el("p", words(`${fault}Do`))), this.#action(fault)),
    );
    fill(this.#verdict, el("h2", words("notWell", { count: found.length })), el("ul.faults", faults), time);
  }

  /** @param {import("./health-findings.js").Fault} fault */
  #action(fault) {
    if (this.context.me.tenant.kind !== "delivery") return undefined;
    if (fault === "deadLetters") return h("button.button", { onclick: (/** @type {Event} */ { currentTarget }) => void this.#redrive(currentTarget) }, words("redrive"));
    return (fault === "ownSms" || fault === "smsFail") && h("a.button", { href: "#sms" }, words("toSms"));
  }

  /** @param {EventTarget | null} button */
  async #redrive(button) {
    const { api, signal } = this.context;
    try {
      const { queued } = await whileBusy(button, () => api.post("/v1/notifications/redrive", undefined, { signal }));
      notify(words("redriven", { count: queued }));
    } catch (error) {
      complain(error);
    }
    this.#again(0);
  }

  /** @param {any} today @param {{connections: number}} connections */
  #drawTiles({ orders, delivered, revenue, texts: sms }, { connections }) {
    fill(
      this.#tiles,
      tile(words("connected"), connections),
      tile(words("orders"), orders, `${words("delivered")} ${delivered}`),
      tile(words("revenue"), this.format.money(revenue.total)),
      tile(words("smsToday"), sms.sent, sms.failed + sms.unknown > 0 && words("smsFailed", { count: sms.failed + sms.unknown })),
    );
  }

  async #drawCharts() {
    const { api, signal } = this.context;
    const range = { from: this.days.today(-6), to: this.days.today() };
    try {
      const [orders, sms, { items: hours }] = await Promise.all([
        api.get("/v1/reports/orders-by-status", { query: range, signal }),
        api.get("/v1/reports/notifications", { query: range, signal }),
        api.get("/v1/health/hours", { signal }),
      ]);
      this.#charted = performance.now();
      const table = words("numbers");
      fill(
        this.#charts,
        columnChart({
          title: words("ordersByDay"),
          table,
          series: [{ label: words("done"), hue: "green" }, { label: words("open"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("cancelled"), hue: "grey" }],
          columns: orders.days.map((/** @type {any} */ { date, by_status }) => ({ ...dayLabels(date), values: grouped(by_status) })),
        }),
        columnChart({
          title: words("smsByDay"),
          table,
          series: [{ label: words("sent"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("skipped"), hue: "grey" }],
          columns: sms.days.map((/** @type {any} */ { date, sent, failed: refused, unknown, skipped }) => ({ ...dayLabels(date), values: [sent, refused + unknown, skipped] })),
        }),
        hours.length > 0 ? hourCharts(hours, (at) => this.format.clock(at)) : el("p.small.soft.no-hours", words("noHours")),
      );
    } catch (error) {
      if (signal.aborted) return;
      if (!this.#charts.querySelector("figure")) fill(this.#charts, failed(error, () => void this.#drawCharts()));
    }
  }
}
