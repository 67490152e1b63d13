import { el, fill, h } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { latest } from "../shared/timing.js";
import { whileBusy } from "../shared/while-busy.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading } from "../shared/notices.js";
import { columnChart } from "./chart.js";
import { Page } from "../shared/page.js";
import { dayLabels, grouped } from "./order-groups.js";
import { words } from "./report-words.js";
import { reductionList } from "./reduction-list.js";
import { reportTable } from "./report-table.js";
import { tile } from "./tile.js";
import "./charts.css";

// The limit of chalicelib/reports/days.py.
const MOST_DAYS = 92;
const DAY_MS = 86_400_000;

/** Figures of a day and of a range of days, on the page and as CSV. @type {import("../pages.js").Show} */
export function show(context) {
  return new Reports(context).open();
}

class Reports extends Page {
  #from = this.#dateInput(words("first"), this.days.today(-6));
  #to = this.#dateInput(words("to"), this.days.today());
  #place = el("div.stack");
  #request = latest(this.context.signal);

  async open() {
    const quick = (/** @type {"today" | "week" | "month"} */ word, /** @type {number} */ back) => h("button.chip", { onclick: () => this.#choose(this.days.today(-back), this.days.today()) }, words(word));
    fill(
      this.context.main,
      el(
        "div.stack",
        el(
          "div.row.report-range",
          h("div.row.tight", { role: "group", "aria-label": words("quick") }, quick("today", 0), quick("week", 6), quick("month", 29)),
          el("div.row.tight", el("div.field", this.#from), el("span.soft", words("to")), el("div.field", this.#to)),
        ),
        this.#place,
      ),
    );
    await this.#load();
  }

  /** @param {string} label @param {string} value */
  #dateInput(label, value) {
    return h("input", { type: "date", "aria-label": label, required: true, value, onchange: () => void this.#load() });
  }

  /** @param {string} first @param {string} last */
  #choose(first, last) {
    this.#from.value = first;
    this.#to.value = last;
    void this.#load();
  }

  async #load() {
    const { api, me } = this.context;
    const query = { from: this.#from.value, to: this.#to.value };
    const length = (Date.parse(query.to) - Date.parse(query.from)) / DAY_MS + 1;
    if (!(length >= 1 && length <= MOST_DAYS)) return void fill(this.#place, h("p.notice.amber", { role: "alert" }, words("wrongRange")));
    const until = this.#request();
    fill(this.#place, loading(6));
    try {
      const [day, statuses, sales, drivers] = await Promise.all([
        api.get("/v1/reports/daily", { query: { date: query.to }, signal: until }),
        ...["orders-by-status", "sales", "drivers"].map((name) => api.get(`/v1/reports/${name}`, { query, signal: until })),
      ]);
      fill(this.#place, this.#summary(day), this.#byDay(statuses, query), el("div.charts", this.#soldOf(sales, query), me.tenant.kind === "delivery" && this.#deliveredBy(drivers, query)));
    } catch (error) {
      if (!until.aborted) fill(this.#place, failed(error, () => void this.#load()));
    }
  }

  /** @param {any} report */
  #summary({ date, orders, created, delivered, failed: lost, cancelled, revenue, texts: sms, reduced, reductions = [] }) {
    return this.#section(
      words("day", { day: this.days.show(date) }),
      () => this.#download("daily", { date }),
      el(
        "dl.tiles",
        tile(words("orders"), orders, `${words("created")} ${created}`),
        tile(words("delivered"), delivered),
        tile(words("failed"), lost, `${words("cancelled")} ${cancelled}`),
        tile(words("revenue"), this.format.money(revenue.total), revenue.unpaid !== "0" && words("unpaid", { amount: this.format.money(revenue.unpaid) })),
        sms === null ? tile(words("sms"), "–", words("smsDeleted")) : tile(words("sms"), sms.sent, sms.failed > 0 && `${words("failed")} ${sms.failed}`),
      ),
      reductions.length > 0 && reductionList({ reduced, reductions }, this.format),
    );
  }

  /** @param {any} report @param {Record<string, string>} query */
  #byDay({ days: rows }, query) {
    const chart = columnChart({
      title: words("statuses"),
      table: words("numbers"),
      series: [{ label: words("delivered"), hue: "green" }, { label: words("open"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("cancelled"), hue: "grey" }],
      columns: rows.map((/** @type {any} */ { date, by_status }) => ({ ...dayLabels(date), values: grouped(by_status) })),
    });
    chart.append(el("div.row", this.#csv(() => this.#download("orders-by-status", query), words("statuses"))));
    return chart;
  }

  /** @param {any} report @param {Record<string, string>} query */
  #soldOf({ amount, products }, query) {
    return this.#section(
      words("sales"),
      () => this.#download("sales", query),
      el("p.soft", words("salesText", { amount: this.format.money(amount) })),
      reportTable(
        words("sales"),
        columnsOf("product", "quantity", "amount"),
        products.map((/** @type {any} */ { name, quantity, amount: of }) => [name, quantity, this.format.money(of)]),
      ),
    );
  }

  /** @param {any} report @param {Record<string, string>} query */
  #deliveredBy({ drivers }, query) {
    return this.#section(
      words("drivers"),
      () => this.#download("drivers", query),
      reportTable(
        words("drivers"),
        columnsOf("driver", "orders", "delivered", "failed", "cylinders"),
        drivers.map((/** @type {any} */ { name, orders, delivered, failed: lost, cylinders }) => [name ?? words("noDriver"), orders, delivered, lost, cylinders]),
      ),
    );
  }

  /** @param {string} title @param {() => Promise<void>} save @param {import("../shared/dom.js").Child[]} content */
  #section(title, save, ...content) {
    return el("section.card.stack", el("div.row", el("h2.grow", title), this.#csv(save, title)), ...content);
  }

  /** @param {() => Promise<void>} save @param {string} title */
  #csv(save, title) {
    const button = h("button.button", { "aria-label": words("csv", { title }) }, icon("download"), "CSV");
    button.addEventListener("click", () => void whileBusy(button, save).catch(complain));
    return button;
  }

  /**
   * As a file: the token is in a header, so that a link alone would not do.
   *
   * @param {string} report
   * @param {Record<string, string>} query
   */
  async #download(report, query) {
    const { api, signal } = this.context;
    const content = await api.get(`/v1/reports/${report}`, { query: { ...query, format: "csv" }, accept: "text/csv", signal });
    download(content, `${report}-${Object.values(query).join("-")}.csv`);
  }
}

/** A column of names, then numbers. @param {Parameters<typeof words>[0][]} heads */
function columnsOf(...heads) {
  return heads.map((head, n) => ({ head: words(head), isNumber: n > 0 }));
}
