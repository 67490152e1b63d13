import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { changeThenReload, failed, loading, notify } from "../shared/notices.js";
import { explained } from "../shared/words.js";
import { itemsText } from "./order-card.js";
import { words } from "./customer-words.js";
import { allRows } from "../shared/all-pages.js";
import { inOrder, productPicker } from "../shared/product-picker.js";
import { recurrenceText, WEEKDAYS } from "./recurrence.js";

/** @import { Product, Recurring } from "./types.js" */

const HUES = { active: "green", paused: "amber", suspended: "red", ended: "grey" };

/** What a customer orders again and again: paused, resumed, ended, added to. */
export class RecurringOrders {
  /** @type {Recurring[]} */
  #rows = [];
  /** @type {Product[]} */
  #products = [];
  #customerId;
  #context;
  #signal;
  #place = el("div", loading(2));
  #add = h("button.button", { disabled: true, onclick: () => void this.#addOne() }, icon("plus"), words("addRecurring"));
  element = el("section.stack", el("h3", words("recurring")), this.#place, el("div.row", this.#add));

  /** @param {string} customerId @param {import("./customer-panel.js").CustomersContext} context @param {AbortSignal} signal */
  constructor(customerId, context, signal) {
    this.#customerId = customerId;
    this.#context = context;
    this.#signal = signal;
  }

  async load() {
    const { api } = this.#context;
    const signal = this.#signal;
    try {
      const [templates, offered] = await Promise.all([
        api.get("/v1/order-templates", { query: { customer_id: this.#customerId, limit: 100 }, signal }),
        this.#products.length ? this.#products : allRows(api, "/v1/products", signal),
      ]);
      this.#rows = templates.items.filter((/** @type {Recurring} */ { status }) => status !== "ended");
      this.#products = inOrder(offered);
      this.#add.disabled = false;
      fill(this.#place, this.#rows.length ? el("ul.recurring", this.#rows.map((row) => this.#row(row))) : el("p.soft", words("noRecurring")));
    } catch (error) {
      if (!signal.aborted) fill(this.#place, failed(error, () => this.load()));
    }
  }

  /** @param {Recurring} row */
  #row(row) {
    const { status, problem, next_date } = row;
    const runs = status === "active";
    const next = runs && next_date && words("next", { day: this.#context.days.show(next_date) });
    return h(
      "li",
      { dataset: { template: row.id } },
      h("strong", { dir: "auto" }, this.#itemsOf(row)),
      !runs && h("span", { class: `badge ${HUES[status]}` }, words(status === "suspended" ? "blocked" : status)),
      el("span.small.soft.whole-row", [recurrenceText(row), next].filter(Boolean).join(" · ")),
      problem && el("span.small.notice.red.whole-row", words("problem", { why: explained(problem) })),
      h("button.button", { onclick: () => this.#change(row, runs ? "paused" : "active") }, words(runs ? "pause" : "resume")),
      h("button.button.plain.danger", { onclick: () => this.#end(row) }, words("end")),
    );
  }

  /** @param {Recurring} row */
  #itemsOf({ items }) {
    const nameOf = (/** @type {string} */ id) => this.#products.find((product) => product.id === id)?.name ?? words("unknownProduct");
    return itemsText(items.map(({ product_id, quantity }) => ({ name: nameOf(product_id), quantity })));
  }

  /** @param {Recurring} row @param {"paused" | "active" | "ended"} status */
  #change({ id, version }, status) {
    return changeThenReload(
      () => this.#context.api.patch(`/v1/order-templates/${id}`, { status, version }),
      () => this.load(),
      words("changed"),
    );
  }

  /** @param {Recurring} row */
  async #end(row) {
    if (await confirmed({ title: words("endTitle"), text: words("endText", { items: this.#itemsOf(row) }), action: words("end"), danger: true })) await this.#change(row, "ended");
  }

  async #addOne() {
    const { api, days, format } = this.#context;
    /** @type {ReadonlyMap<string, number>} */
    let chosen = new Map();
    const trouble = h("p.notice.amber", { role: "alert", hidden: true });
    const picker = productPicker(this.#products, chosen, format, (next) => (chosen = next));
    const rhythm = rhythmFields();
    const start = h("input", { name: "start_date", type: "date", required: true, min: days.today(), value: days.today() });
    const lead = h("input", { name: "lead_days", type: "number", min: 0, max: 14, required: true, value: 0 });
    const send = async () => {
      const rule = rhythm.rule();
      const wrong = chosen.size === 0 ? words("needItems") : rule.weekdays?.length === 0 ? words("needWeekdays") : "";
      trouble.textContent = wrong;
      trouble.hidden = !wrong;
      if (wrong) return false;
      const items = [...chosen].map(([product_id, quantity]) => ({ product_id, quantity }));
      return api.post("/v1/order-templates", { customer_id: this.#customerId, items, rule, start_date: start.value, lead_days: Number(lead.value) });
    };
    const made = await formDialog(
      words("addRecurring"),
      words("addRecurring"),
      send,
      el("fieldset.plain", el("legend", words("items")), picker.element),
      rhythm.element,
      el("div.pair", field(words("start"), start), field(words("lead"), lead)),
      trouble,
    );
    if (!made) return;
    notify(words("changed"));
    await this.load();
  }
}

/** How often: each way has its own question. */
function rhythmFields() {
  const way = el("select", h("option", { value: "weekly" }, words("weekly")), h("option", { value: "daily" }, words("daily")), h("option", { value: "byConsumption" }, words("byConsumption")));
  const count = h("input", { name: "rule.every_days", type: "number", min: 1, max: 366, value: 30, required: true });
  const boxes = WEEKDAYS.map((day) => h("input", { type: "checkbox", value: day }));
  const daily = el("div", field(words("days"), count));
  const weekly = el(
    "fieldset.plain",
    el("legend", words("weekdays")),
    el("div.row.tight", boxes.map((box, n) => el("label.chip", box, words(WEEKDAYS[n] ?? "mon")))),
  );
  const draw = () => {
    daily.hidden = count.disabled = way.value !== "daily";
    weekly.hidden = way.value !== "weekly";
  };
  way.addEventListener("change", draw);
  draw();
  return {
    element: el("div.stack", field(words("rhythm"), way), weekly, daily),
    /** @returns {import("./types.js").Rule} */
    rule: () => {
      if (way.value === "daily") return { every_days: Number(count.value) };
      if (way.value === "byConsumption") return { by_consumption: {} };
      return { every_weeks: 1, weekdays: WEEKDAYS.filter((_, n) => boxes[n]?.checked) };
    },
  };
}
