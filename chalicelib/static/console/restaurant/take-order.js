import { ApiError } from "../shared/api.js";
import { el, fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { blank, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { allRows } from "../shared/all-pages.js";
import { idempotencyKeys } from "../shared/idempotency-keys.js";
import { total } from "../shared/money.js";
import { productPicker } from "../shared/product-picker.js";
import { tableName, words } from "./counter-words.js";
import { sectionsOf } from "./dishes.js";
import { sortTables } from "./sort-tables.js";
import { numberOf } from "../shared/table-order.js";

/** An order that is called out, or taken at the table. `#counter/new/{table}` @type {import("../pages.js").Show} */
export async function takeOrder(context) {
  const { api, signal, main } = context;
  const [products, tables] = await Promise.all([allRows(api, "/v1/products", signal), allRows(api, "/v1/tables", signal)]);
  if (signal.aborted) return;
  /** @type {import("./types.js").Dish[]} */
  const active = products.filter(({ status }) => status === "active");
  const dishes = sectionsOf(active).flatMap((section) => section.dishes);
  const back = h("a.button", { href: "#counter" }, words("back"));
  if (dishes.length === 0) return void fill(main, blank({ icon: "dish", title: words("noDishes"), text: words("noDishesText") }, back));
  const numbers = sortTables(tables).filter(({ status }) => status === "active").map(({ number }) => number);
  new OrderForm(context, dishes, numbers).open(back);
}

class OrderForm extends Page {
  #dishes;
  /** @type {ReadonlyMap<string, number>} */
  #chosen = new Map();
  #key = idempotencyKeys();
  #table;
  #notes = h("textarea", { name: "notes", rows: 2, maxlength: 500 });
  #sum = h("strong.number.sum", { "aria-live": "polite" });
  #trouble = h("p.notice.amber", { role: "alert", hidden: true });
  #picker;

  /** @param {import("../pages.js").Context} context @param {import("./types.js").Dish[]} dishes @param {string[]} numbers tables' */
  constructor(context, dishes, numbers) {
    super(context);
    const [, requested = ""] = context.path;
    this.#dishes = dishes;
    const values = ["", ...numbers, ...(requested && !numbers.includes(requested) ? [requested] : [])];
    this.#table = h("select", { name: "table_number" }, values.map((value) => h("option", { value, selected: value === requested }, tableName(value || null))));
    this.#picker = productPicker(dishes, this.#chosen, this.format, (next) => {
      this.#chosen = new Map(next);
      this.#drawSum();
    });
  }

  /** @param {HTMLElement} back */
  open(back) {
    fill(
      this.context.main,
      form(
        { submit: words("save"), class: "stack take-order" },
        () => this.#save(),
        el("div.row", back),
        el("section.card.stack", field(words("where"), this.#table), this.#picker.element),
        el("section.card.stack", field(words("notes"), this.#notes), el("p.row", el("span.grow", words("total")), this.#sum), this.#trouble),
      ),
    );
    this.#drawSum();
  }

  get #amount() {
    return total(this.#dishes.map(({ id, unit_price }) => ({ unit_price, quantity: this.#chosen.get(id) ?? 0 })));
  }

  #drawSum() {
    this.#sum.textContent = this.format.money(this.#amount);
  }

  async #save() {
    const { api, signal } = this.context;
    this.#trouble.hidden = true;
    if (this.#chosen.size === 0) return this.#warn(words("needItems"));
    const notes = this.#notes.value.trim();
    const body = {
      items: this.#dishes.flatMap(({ id }) => (this.#chosen.has(id) ? [{ menu_item_id: id, quantity: this.#chosen.get(id) }] : [])),
      expected_total: this.#amount,
      ...(this.#table.value && { table_number: this.#table.value }),
      ...(notes && { notes }),
    };
    try {
      const order = await api.post("/v1/orders", body, { headers: { "Idempotency-Key": this.#key.of(body) }, signal });
      notify(words("saved", { number: numberOf(order) }));
      location.hash = "#counter";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError) || (error.status !== 0 && error.code !== "price_changed")) throw error;
      this.#warn(error.status === 0 ? words("maybeSaved") : words("priceChanged", { amount: this.format.money(error.problem.total_price) }));
      if (error.status !== 0) await this.#renewPrices();
    }
  }

  async #renewPrices() {
    const { api, signal } = this.context;
    const now = new Map((await allRows(api, "/v1/products", signal)).map((dish) => [dish.id, dish]));
    for (const dish of this.#dishes) dish.unit_price = now.get(dish.id)?.unit_price ?? dish.unit_price;
    this.#picker.choose(new Map(this.#chosen));
  }

  /** @param {string} text */
  #warn(text) {
    this.#trouble.textContent = text;
    this.#trouble.hidden = false;
  }
}
