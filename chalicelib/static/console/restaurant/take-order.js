import { ApiError } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { formats } from "../shared/format.js";
import { blank, notify } from "../shared/notices.js";
import { allRows } from "../shared/all-pages.js";
import { total } from "../shared/money.js";
import { productPicker } from "../shared/product-picker.js";
import { tableName, words } from "./counter-words.js";
import { sectionsOf } from "./dishes.js";
import { sortTables } from "./sort-tables.js";
import { numberOf } from "../shared/table-order.js";

/** An order that is called out, or taken at the table. `#counter/new/{table}` @type {import("../pages.js").Show} */
export async function takeOrder({ api, signal, main, me, path: [, wanted = ""] }) {
  const [products, tables] = await Promise.all([allRows(api, "/v1/products", signal), allRows(api, "/v1/tables", signal)]);
  if (signal.aborted) return;
  /** @type {import("./dishes.js").Dish[]} */
  const active = products.filter(({ status }) => status === "active");
  const dishes = sectionsOf(active).flatMap((section) => section.dishes);
  const back = h("a", { class: "button", href: "#counter" }, words("back"));
  if (dishes.length === 0) return void fill(main, blank({ icon: "dish", title: words("noDishes"), text: words("noDishesText") }, back));
  const format = formats(me.tenant);
  const numbers = sortTables(tables).filter(({ status }) => status === "active").map(({ number }) => number);
  /** @type {ReadonlyMap<string, number>} */
  let chosen = new Map();
  /** What was sent last, and under which key: the same again is the same order. */
  let sent = { text: "", key: "" };

  const table = h("select", { name: "table_number" }, ["", ...numbers, ...(wanted && !numbers.includes(wanted) ? [wanted] : [])].map((value) => h("option", { value, selected: value === wanted }, tableName(value || null))));
  const notes = h("textarea", { name: "notes", rows: 2, maxlength: 500 });
  const sum = h("strong", { class: "number sum", "aria-live": "polite" });
  const trouble = h("p", { class: "notice amber", role: "alert", hidden: true });
  const picker = productPicker(dishes, chosen, format, (next) => {
    chosen = new Map(next);
    drawSum();
  });
  const amount = () => total(dishes.map(({ id, unit_price }) => ({ unit_price, quantity: chosen.get(id) ?? 0 })));
  const drawSum = () => (sum.textContent = format.money(amount()));

  async function save() {
    trouble.hidden = true;
    if (chosen.size === 0) return complainOf(words("needItems"));
    const body = {
      items: dishes.flatMap(({ id }) => (chosen.has(id) ? [{ menu_item_id: id, quantity: chosen.get(id) }] : [])),
      expected_total: amount(),
      ...(table.value && { table_number: table.value }),
      ...(notes.value.trim() && { notes: notes.value.trim() }),
    };
    const text = JSON.stringify(body);
    if (text !== sent.text) sent = { text, key: crypto.randomUUID() };
    try {
      const order = await api.post("/v1/orders", body, { headers: { "Idempotency-Key": sent.key }, signal });
      notify(words("saved", { number: numberOf(order) }));
      location.hash = "#counter";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError) || (error.status !== 0 && error.code !== "price_changed")) throw error;
      complainOf(error.status === 0 ? words("maybeSaved") : words("priceChanged", { amount: format.money(error.problem.total_price) }));
      if (error.status !== 0) await renew();
    }
  }

  /** The prices as they are now. */
  async function renew() {
    const now = new Map((await allRows(api, "/v1/products", signal)).map((dish) => [dish.id, dish]));
    for (const dish of dishes) dish.unit_price = now.get(dish.id)?.unit_price ?? dish.unit_price;
    picker.choose(new Map(chosen));
  }

  /** @param {string} text */
  function complainOf(text) {
    trouble.textContent = text;
    trouble.hidden = false;
  }

  fill(
    main,
    form(
      { submit: words("save"), class: "stack take-order" },
      save,
      h("div", { class: "row" }, back),
      h("section", { class: "card stack" }, field(words("where"), table), picker.element),
      h("section", { class: "card stack" }, field(words("notes"), notes), h("p", { class: "row" }, h("span", { class: "grow" }, words("total")), sum), trouble),
    ),
  );
  drawSum();
}
