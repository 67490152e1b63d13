import { ApiError } from "../shared/api.js";
import { dialog } from "../shared/dialogs.js";
import { el, h } from "../shared/dom.js";
import { complain, notify } from "../shared/notices.js";
import { askReason } from "../shared/ask-reason.js";
import { words as shared } from "../shared/words.js";
import { isOver } from "./order-board.js";
import { allRows } from "../shared/all-pages.js";
import { phoneText } from "../shared/phones.js";
import { asAgreed, countsOf, itemsOf, laidOver } from "./order-lines.js";
import { words } from "./order-words.js";
import { inOrder, productPicker } from "../shared/product-picker.js";
import { versionedForm } from "./versioned-form.js";

/**
 * @typedef {import("./types.js").Order} Order
 * @typedef {"customer_name" | "customer_phone" | "address" | "scheduled_date" | "payment_method" | "estimated_time" | "notes"} FieldName
 */

/** What is edited, and by which word it goes. @type {readonly [FieldName, "name" | "phone" | "address" | "scheduled" | "method" | "estimate" | "notes"][]} */
const FIELDS = [
  ["customer_name", "name"],
  ["customer_phone", "phone"],
  ["address", "address"],
  ["scheduled_date", "scheduled"],
  ["payment_method", "method"],
  ["estimated_time", "estimate"],
  ["notes", "notes"],
];
/** What may still be put right when an order is over. @type {readonly FieldName[]} */
const ALWAYS = ["payment_method", "notes"];
const METHODS = /** @type {const} */ (["cash", "transfer", "card", "line_pay"]);

/**
 * Edits an order.
 *
 * @param {Order} order
 * @param {import("./order-card.js").OfficeContext & {api: import("../shared/api.js").Api, orders: import("./order-store.js").OrderStore}} context
 * @param {(order: Order) => void} put
 */
export async function editOrder(order, { api, orders, format }, put) {
  const over = isOver(order);
  const fixed = over || order.payment_status !== "pending";
  /** @type {import("./types.js").Product[]} */
  let products = [];
  try {
    if (!fixed) products = asAgreed(order, inOrder(await allRows(api, "/v1/products", new AbortController().signal)));
  } catch (error) {
    return complain(error);
  }
  /** @type {Map<string, number>} How many of what was touched here; the rest is the order's, as it is now. */
  const touched = new Map();
  let base = order;
  const picker = !fixed && productPicker(products, countsOf(order), format, (chosen, id) => id && touched.set(id, chosen.get(id) ?? 0));
  /** @param {Order} newest */
  const take = (newest) => {
    base = newest;
    orders.put(newest);
    put(newest);
  };

  /** Saves; asks for a reason where the server requires one for a lower total. @param {Record<string, unknown>} body @returns {Promise<Order>} */
  async function saved(body) {
    const path = `/v1/orders/${order.id}`;
    try {
      return await api.patch(path, body);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "reason_required") throw error;
      const reason = await askReason({ title: words("reduceTitle"), about: `${order.customer_name} · ${order.order_number}`, usual: words("reasonsReduced").split("|"), label: words("reason"), action: shared("save") });
      if (!reason) throw error;
      return api.patch(path, { ...body, reason });
    }
  }

  await dialog(words("editTitle"), (/** @type {() => void} */ close) => [
    fixed && el("p.notice", words(over ? "closedOrder" : "paidLines")),
    versionedForm(
      shared("save"),
      order,
      fieldsOf(over),
      {
        save: async (changes) => {
          take(await saved({ ...changes, ...(touched.size && { items: itemsOf(base, laidOver(base, touched), products) }) }));
          notify(words("changed"));
          close();
        },
        reload: async () => {
          take(await api.get(`/v1/orders/${order.id}`));
          if (picker) picker.choose(laidOver(base, touched));
          return base;
        },
      },
      picker && el("fieldset.plain", el("legend", words("items")), picker.element),
    ),
  ]);
}

/** @param {boolean} over @returns {import("./edited-fields.js").EditedField<Order>[]} */
function fieldsOf(over) {
  return FIELDS.filter(([name]) => !over || ALWAYS.includes(name)).map(([name, label]) => ({
    label: words(label),
    control: controlOf(name),
    text: (order) => textOf(order, name),
    ...(name === "estimated_time" && { value: (/** @type {string} */ text) => (text.trim() === "" ? null : Number(text)) }),
  }));
}

/** @param {FieldName} name */
function controlOf(name) {
  if (name === "payment_method") return h("select", { name }, h("option", { value: "" }, words("unset")), METHODS.map((each) => h("option", { value: each }, words(each))));
  if (name === "notes") return h("textarea", { name, rows: 3, maxlength: 2000 });
  if (name === "scheduled_date") return h("input", { name, type: "date", required: true });
  if (name === "estimated_time") return h("input", { name, type: "number", min: 0, max: 10080 });
  if (name === "customer_phone") return h("input", { name, type: "tel", maxlength: 100 });
  return h("input", { name, required: true, maxlength: name === "address" ? 300 : 100 });
}

/** @param {Order} order @param {FieldName} name */
function textOf(order, name) {
  return name === "customer_phone" ? phoneText(order.customer_phone) : String(order[name] ?? "");
}
