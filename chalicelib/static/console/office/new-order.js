import { ApiError } from "../shared/api.js";
import { el, fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { onNewDay } from "../shared/new-day.js";
import { blank, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { allRows } from "../shared/all-pages.js";
import { idempotencyKeys } from "../shared/idempotency-keys.js";
import { total } from "../shared/money.js";
import { OrderCustomer } from "./order-customer.js";
import { words } from "./order-words.js";
import { inOrder, productPicker } from "../shared/product-picker.js";
import "./customer-search.css";
import "./new-order.css";
import "../shared/product-picker.css";

const METHODS = /** @type {const} */ (["cash", "transfer", "card", "line_pay"]);

/**
 * The form for an order by telephone. `#new-order/{id}` begins with a customer.
 *
 * @type {import("../pages.js").Show}
 */
export async function show(context) {
  const { api, signal, main, path: [customerId] } = context;
  const [rows, known] = await Promise.all([
    allRows(api, "/v1/products", signal),
    customerId ? api.get(`/v1/customers/${customerId}`, { signal }) : undefined,
  ]);
  if (signal.aborted) return;
  /** @type {import("./types.js").Product[]} */
  const products = inOrder(rows).filter(({ status }) => status === "active");
  if (products.length === 0) return void fill(main, blank({ title: words("noProducts") }));
  new NewOrder(context, products).open(known);
}

class NewOrder extends Page {
  #products;
  /** @type {ReadonlyMap<string, number>} */
  #chosen = new Map();
  #key = idempotencyKeys();
  #address = h("input", { name: "address", maxlength: 300, autocomplete: "off" });
  #day = h("input", { name: "scheduled_date", type: "date", required: true, value: this.days.today() });
  #method = h("select", { name: "payment_method" }, METHODS.map((each) => h("option", { value: each }, words(each))));
  #notes = h("textarea", { name: "notes", rows: 2, maxlength: 2000 });
  #sum = h("strong.number.sum", { "aria-live": "polite" });
  #summary = el("span.small.soft");
  #trouble = h("p.notice.amber", { role: "alert", hidden: true });
  #picker;
  #customer = new OrderCustomer(
    { api: this.context.api, signal: this.context.signal, format: this.format },
    { onChoose: (who) => this.#onCustomer(who), onAgain: (order) => this.#onAgain(order) },
  );
  #form;

  /** @param {import("../pages.js").Context} context @param {import("./types.js").Product[]} products */
  constructor(context, products) {
    super(context);
    this.#products = products;
    this.#picker = productPicker(products, this.#chosen, this.format, (next) => {
      this.#chosen = next;
      this.#drawSum();
    });
    this.#form = this.#makeForm();
  }

  /** @param {import("./types.js").Customer} [customer] */
  open(customer) {
    const { main, me, signal } = this.context;
    fill(main, this.#form);
    this.#drawSum();
    onNewDay(me.tenant.time_zone, signal, (today, before) => {
      // Once it was sent, only the same body is the same order.
      if (this.#day.value === before && !this.#key.isUsed) this.#day.value = today;
    });
    if (customer) this.#customer.choose(customer);
    else this.#customer.ask();
  }

  #makeForm() {
    const quick = (/** @type {number} */ offset, /** @type {"today" | "tomorrow"} */ word) =>
      h("button.chip", { type: "button", onclick: () => (this.#day.value = this.days.today(offset)) }, words(word));
    const element = form(
      { submit: words("save"), class: "new-order" },
      () => this.#save(),
      el(
        "section.card.stack.who-orders",
        this.#customer.element,
        field(words("address"), this.#address),
        el("div.pair", el("div.stack.tight", field(words("scheduled"), this.#day), el("div.row", quick(0, "today"), quick(1, "tomorrow"))), field(words("method"), this.#method)),
        field(words("notes"), this.#notes),
      ),
      el(
        "section.card.stack.what-is-ordered",
        el("div.row", el("h2.grow", words("products")), el("span.small.soft.keys", words("productsHint"))),
        this.#picker.element,
      ),
      el("div.sum-row", this.#summary, el("span.grow"), el("span.soft", words("total")), this.#sum),
      this.#trouble,
    );
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) element.requestSubmit();
      // Enter in a field of many is for the next one, not for half an order.
      else if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
      event.preventDefault();
    });
    element.append(el("p.small.soft.keys", icon("info"), words("saveHint")));
    return element;
  }

  /** @param {import("./types.js").Customer | undefined} customer */
  #onCustomer(customer) {
    this.#address.value = customer?.address ?? "";
    this.#trouble.hidden = true;
    if (customer) (customer.address ? this.#picker : this.#address).focus();
  }

  /** @param {import("./types.js").Order} order */
  #onAgain({ items, payment_method }) {
    this.#picker.choose(new Map(items.flatMap(({ product_id, quantity }) => (product_id ? [[product_id, quantity]] : []))));
    if (payment_method) this.#method.value = payment_method;
    /** @type {HTMLElement | null} */ (this.#form.querySelector("button.primary"))?.focus();
  }

  #drawSum() {
    const lines = this.#products.map(({ id, unit_price }) => ({ unit_price, quantity: this.#chosen.get(id) ?? 0 }));
    this.#sum.textContent = this.format.money(total(lines));
    this.#summary.textContent = words("lineCount", { count: this.#chosen.size });
  }

  async #save() {
    const { api, signal } = this.context;
    this.#trouble.hidden = true;
    if (!this.#customer.ready) return this.#complainOf(words("needCustomer"));
    if (!this.#address.value.trim()) {
      this.#address.focus();
      return this.#complainOf(words("needAddress"));
    }
    if (this.#chosen.size === 0) return this.#complainOf(words("needItems"));
    try {
      const where = this.#address.value.trim();
      const body = {
        customer_id: await this.#customer.save(where),
        address: where,
        items: this.#products.flatMap(({ id }) => (this.#chosen.has(id) ? [{ product_id: id, quantity: this.#chosen.get(id) }] : [])),
        scheduled_date: this.#day.value,
        payment_method: this.#method.value,
        ...(this.#notes.value.trim() && { notes: this.#notes.value.trim() }),
      };
      const order = await api.post("/v1/orders", body, { headers: { "Idempotency-Key": this.#key.of(body) }, signal });
      notify(words("saved", { name: order.customer_name }));
      location.hash = "#orders";
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0) throw error;
      this.#complainOf(words("maybeSaved"));
    }
  }

  /** @param {string} text */
  #complainOf(text) {
    this.#trouble.textContent = text;
    this.#trouble.hidden = false;
  }
}
