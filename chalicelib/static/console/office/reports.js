import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading } from "../shared/notices.js";
import { columnChart } from "./chart.js";
import { dates } from "../shared/dates.js";
import { dayLabels, grouped } from "./order-groups.js";
import { words } from "./report-words.js";
import { reductionList } from "./reduction-list.js";
import "./charts.css";

// As chalicelib/reports/days.py has it.
const MOST_DAYS = 92;
const DAY_MS = 86_400_000;

/** What a day, a week or a season came to, on the page and for a spreadsheet. @type {import("../pages.js").Show} */
export async function show({ api, main, me, signal }) {
  const format = formats(me.tenant);
  const days = dates(me.tenant.time_zone);
  const from = h("input", { type: "date", "aria-label": words("first"), required: true, value: days.today(-6) });
  const to = h("input", { type: "date", "aria-label": words("to"), required: true, value: days.today() });
  const place = h("div", { class: "stack" });
  /** @type {AbortController | undefined} */
  let asked;
  const quick = (/** @type {"today" | "week" | "month"} */ word, /** @type {number} */ back) => h("button", { class: "chip", onclick: () => choose(days.today(-back), days.today()) }, words(word));
  fill(
    main,
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "row report-range" },
        h("div", { class: "row tight", role: "group", "aria-label": words("quick") }, quick("today", 0), quick("week", 6), quick("month", 29)),
        h("div", { class: "row tight" }, h("div", { class: "field" }, from), h("span", { class: "soft" }, words("to")), h("div", { class: "field" }, to)),
      ),
      place,
    ),
  );
  from.addEventListener("change", () => void load());
  to.addEventListener("change", () => void load());
  await load();

  /** @param {string} first @param {string} last */
  function choose(first, last) {
    from.value = first;
    to.value = last;
    void load();
  }

  async function load() {
    const query = { from: from.value, to: to.value };
    const length = (Date.parse(query.to) - Date.parse(query.from)) / DAY_MS + 1;
    if (!(length >= 1 && length <= MOST_DAYS)) return void fill(place, h("p", { class: "notice amber", role: "alert" }, words("wrongRange")));
    asked?.abort();
    asked = new AbortController();
    const until = AbortSignal.any([asked.signal, signal]);
    fill(place, loading(6));
    try {
      const [day, statuses, sales, drivers] = await Promise.all([
        api.get("/v1/reports/daily", { query: { date: query.to }, signal: until }),
        ...["orders-by-status", "sales", "drivers"].map((name) => api.get(`/v1/reports/${name}`, { query, signal: until })),
      ]);
      fill(place, summary(day), byDay(statuses, query), h("div", { class: "charts" }, soldOf(sales, query), me.tenant.kind === "delivery" && deliveredBy(drivers, query)));
    } catch (error) {
      if (!until.aborted) fill(place, failed(error, () => void load()));
    }
  }

  /** @param {any} report */
  function summary({ date, orders, created, delivered, failed: lost, cancelled, revenue, texts, reduced, reductions = [] }) {
    const tile = (/** @type {string} */ label, /** @type {string | number} */ value, /** @type {string | false} */ more = false) => h("div", { class: "card tile" }, h("dt", { class: "small soft" }, label), h("dd", { class: "number" }, value, more && h("span", { class: "small soft" }, more)));
    return section(
      words("day", { day: days.show(date) }),
      () => download("daily", { date }),
      h(
        "dl",
        { class: "tiles" },
        tile(words("orders"), orders, `${words("created")} ${created}`),
        tile(words("delivered"), delivered),
        tile(words("failed"), lost, `${words("cancelled")} ${cancelled}`),
        tile(words("revenue"), format.money(revenue.total), revenue.unpaid !== "0" && words("unpaid", { amount: format.money(revenue.unpaid) })),
        texts === null ? tile(words("texts"), "–", words("textsDeleted")) : tile(words("texts"), texts.sent, texts.failed > 0 && `${words("failed")} ${texts.failed}`),
      ),
      reductions.length > 0 && reductionList({ reduced, reductions }, format),
    );
  }

  /** @param {any} report @param {Record<string, string>} query */
  function byDay({ days: rows }, query) {
    const chart = columnChart({
      title: words("statuses"),
      table: words("numbers"),
      series: [{ label: words("delivered"), hue: "green" }, { label: words("open"), hue: "blue" }, { label: words("failed"), hue: "red" }, { label: words("cancelled"), hue: "grey" }],
      columns: rows.map((/** @type {any} */ { date, by_status }) => ({ ...dayLabels(date), values: grouped(by_status) })),
    });
    chart.append(h("div", { class: "row" }, csv(() => download("orders-by-status", query), words("statuses"))));
    return chart;
  }

  /** @param {any} report @param {Record<string, string>} query */
  function soldOf({ amount, products }, query) {
    return section(
      words("sales"),
      () => download("sales", query),
      h("p", { class: "soft" }, words("salesText", { amount: format.money(amount) })),
      table(
        words("sales"),
        [words("product"), words("quantity"), words("amount")],
        products.map((/** @type {any} */ { name, quantity, amount: of }) => [name, quantity, format.money(of)]),
      ),
    );
  }

  /** @param {any} report @param {Record<string, string>} query */
  function deliveredBy({ drivers }, query) {
    return section(
      words("drivers"),
      () => download("drivers", query),
      table(
        words("drivers"),
        [words("driver"), words("orders"), words("delivered"), words("failed"), words("cylinders")],
        drivers.map((/** @type {any} */ { name, orders, delivered, failed: lost, cylinders }) => [name ?? words("nobody"), orders, delivered, lost, cylinders]),
      ),
    );
  }

  /**
   * @param {string} title
   * @param {() => Promise<void>} save
   * @param {import("../shared/dom.js").Child[]} content
   */
  function section(title, save, ...content) {
    return h("section", { class: "card stack" }, h("div", { class: "row" }, h("h2", { class: "grow" }, title), csv(save, title)), ...content);
  }

  /** @param {() => Promise<void>} save @param {string} title */
  function csv(save, title) {
    const button = h("button", { class: "button", "aria-label": words("csv", { title }) }, icon("download"), "CSV");
    button.addEventListener("click", async () => {
      button.disabled = true;
      await save().catch(complain);
      button.disabled = false;
    });
    return button;
  }

  /**
   * @param {string} title
   * @param {readonly string[]} heads
   * @param {readonly (string | number)[][]} rows the first cell is text, the others are numbers
   */
  function table(title, heads, rows) {
    if (rows.length === 0) return h("p", { class: "soft" }, words("nothing"));
    const look = (/** @type {number} */ n) => (n > 0 ? "end number" : undefined);
    return h(
      "div",
      { class: "scrolled", role: "region", "aria-label": title, tabindex: 0 },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, heads.map((head, n) => h("th", { scope: "col", class: look(n) }, head)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, n) => h("td", { class: look(n), dir: n === 0 && "auto" }, cell))))),
      ),
    );
  }

  /**
   * As a file: the token is in a header, so that a link alone would not do.
   *
   * @param {string} report
   * @param {Record<string, string>} query
   */
  async function download(report, query) {
    const content = await api.get(`/v1/reports/${report}`, { query: { ...query, format: "csv" }, accept: "text/csv", signal });
    const address = URL.createObjectURL(content);
    h("a", { href: address, download: `${report}-${Object.values(query).join("-")}.csv` }).click();
    URL.revokeObjectURL(address);
  }
}
