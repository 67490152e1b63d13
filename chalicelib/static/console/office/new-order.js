import { ApiError } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { onNewDay } from "../shared/new-day.js";
import { blank, notify } from "../shared/notices.js";
import { dates } from "../shared/dates.js";
import { allRows } from "../shared/all-pages.js";
import { total } from "../shared/money.js";
import { orderCustomer } from "./order-customer.js";
import { words } from "./order-words.js";
import { inOrder, productPicker } from "../shared/product-picker.js";
import "./customer-search.css";
import "./new-order.css";
import "../shared/product-picker.css";

const METHODS = /** @type {const} */ (["cash", "transfer", "card", "line_pay"]);

/**
 * An order as it is taken on the telephone: who, what, done. `#new-order/{id}` begins with a customer.
 *
 * @type {import("../pages.js").Show}
 */
export async function show({ api, signal, main, path: [customerId], me }) {
  const [rows, known] = await Promise.all([
    allRows(api, "/v1/products", signal),
    customerId ? api.get(`/v1/customers/${customerId}`, { signal }) : undefined,
  ]);
  if (signal.aborted) return;
  /** @type {import("./types.js").Product[]} */
  const products = inOrder(rows).filter(({ status }) => status === "active");
  if (products.length === 0) return void fill(main, blank({ title: words("noProducts") }));
  const format = formats(me.tenant);
  const days = dates(me.tenant.time_zone);
  /** @type {ReadonlyMap<string, number>} */
  let chosen = new Map();
  /** What was sent last, and under which key: the same again is the same order. */
  let sent = { text: "", key: "" };

  const address = h("input", { name: "address", maxlength: 300, autocomplete: "off" });
  const day = h("input", { name: "scheduled_date", type: "date", required: true, value: days.today() });
  const method = h("select", { name: "payment_method" }, METHODS.map((each) => h("option", { value: each }, words(each))));
  const notes = h("textarea", { name: "notes", rows: 2, maxlength: 2000 });
  const sum = h("strong", { class: "number sum", "aria-live": "polite" });
  const summary = h("span", { class: "small soft" });
  const trouble = h("p", { class: "notice amber", role: "alert", hidden: true });

  const picker = productPicker(products, chosen, format, (next) => {
    chosen = next;
    drawSum();
  });
  const customer = orderCustomer(
    { api, signal, format },
    {
      onChoose: (who) => {
        address.value = who?.address ?? "";
        trouble.hidden = true;
        if (who) (who.address ? picker : address).focus();
      },
      onAgain: ({ items, payment_method }) => {
        picker.choose(new Map(items.flatMap(({ product_id, quantity }) => (product_id ? [[product_id, quantity]] : []))));
        if (payment_method) method.value = payment_method;
        /** @type {HTMLElement | null} */ (element.querySelector("button.primary"))?.focus();
      },
    },
  );

  function drawSum() {
    const lines = products.map(({ id, unit_price }) => ({ unit_price, quantity: chosen.get(id) ?? 0 }));
    sum.textContent = format.money(total(lines));
    summary.textContent = words("lineCount", { count: chosen.size });
  }

  async function save() {
    trouble.hidden = true;
    if (!customer.ready) return complainOf(words("needCustomer"));
    if (!address.value.trim()) {
      address.focus();
      return complainOf(words("needAddress"));
    }
    if (chosen.size === 0) return complainOf(words("needItems"));
    try {
      const where = address.value.trim();
      const body = {
        customer_id: await customer.save(where),
        address: where,
        items: products.flatMap(({ id }) => (chosen.has(id) ? [{ product_id: id, quantity: chosen.get(id) }] : [])),
        scheduled_date: day.value,
        payment_method: method.value,
        ...(notes.value.trim() && { notes: notes.value.trim() }),
      };
      const text = JSON.stringify(body);
      if (text !== sent.text) sent = { text, key: crypto.randomUUID() };
      const order = await api.post("/v1/orders", body, { headers: { "Idempotency-Key": sent.key }, signal });
      notify(words("saved", { name: order.customer_name }));
      location.hash = "#orders";
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0) throw error;
      complainOf(words("maybeSaved"));
    }
  }

  /** @param {string} text */
  function complainOf(text) {
    trouble.textContent = text;
    trouble.hidden = false;
  }

  /** @param {number} offset @param {"today" | "tomorrow"} word */
  const quick = (offset, word) => h("button", { type: "button", class: "chip", onclick: () => (day.value = days.today(offset)) }, words(word));
  const element = form(
    { submit: words("save"), class: "new-order" },
    save,
    h(
      "section",
      { class: "card stack who-orders" },
      customer.element,
      field(words("address"), address),
      h("div", { class: "pair" }, h("div", { class: "stack tight" }, field(words("scheduled"), day), h("div", { class: "row" }, quick(0, "today"), quick(1, "tomorrow"))), field(words("method"), method)),
      field(words("notes"), notes),
    ),
    h(
      "section",
      { class: "card stack what-is-ordered" },
      h("div", { class: "row" }, h("h2", { class: "grow" }, words("products")), h("span", { class: "small soft keys" }, words("productsHint"))),
      picker.element,
    ),
    h("div", { class: "sum-row" }, summary, h("span", { class: "grow" }), h("span", { class: "soft" }, words("total")), sum),
    trouble,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) element.requestSubmit();
    // Enter in a field of many is for the next one, not for half an order.
    else if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
  });
  element.append(h("p", { class: "small soft keys" }, icon("info"), words("saveHint")));
  fill(main, element);
  drawSum();
  onNewDay(me.tenant.time_zone, signal, (today, before) => {
    // Once it was sent, only the same words are the same order.
    if (day.value === before && !sent.key) day.value = today;
  });
  if (known) customer.choose(known);
  else customer.ask();
}
