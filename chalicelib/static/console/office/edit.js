import { ApiError } from "../api.js";
import { dialog } from "../dialogs.js";
import { h } from "../dom.js";
import { field, form } from "../forms.js";
import { complain, notify } from "../notices.js";
import { words as shared } from "../words.js";
import { isOver } from "./board.js";
import { everyRow } from "./drivers.js";
import { phoneText } from "./numbers.js";
import { words } from "./order-words.js";
import { inOrder, productPicker } from "./products.js";

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
 * Edits an order. Only what was touched is sent, with the version that was seen; where somebody else was quicker, what
 * was not touched becomes theirs, and what was is asked for once more.
 *
 * @param {Order} order
 * @param {import("./card.js").Desk & {api: import("../api.js").Api, book: import("./book.js").Book}} desk
 * @param {(order: Order) => void} put
 */
export async function editOrder(order, { api, book, format }, put) {
  const over = isOver(order);
  /** @type {import("./types.js").Product[]} */
  let products = [];
  try {
    if (!over) products = inOrder(await everyRow(api, "/v1/products", new AbortController().signal));
  } catch (error) {
    return complain(error);
  }
  let base = order;
  /** @type {ReadonlyMap<string, number> | undefined} Undefined while the lines are as they were. */
  let counts;
  const controls = fieldControls(order, over);
  const overtaken = h("p", { class: "notice amber", role: "alert", hidden: true });
  const picker = !over && productPicker(products, countsOf(order), format, (chosen) => (counts = new Map(chosen)));

  await dialog(words("editTitle"), (/** @type {() => void} */ close) => [
    over && h("p", { class: "notice" }, words("closedOrder")),
    form(
      { submit: shared("save") },
      async () => {
        overtaken.hidden = true;
        const changes = changesOf(controls, base);
        if (counts) changes.items = itemsOf(base, counts, products);
        try {
          const saved = await api.patch(`/v1/orders/${order.id}`, { ...changes, version: base.version });
          book.put(saved);
          put(saved);
          notify(words("changed"));
          close();
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== "stale_version") throw error;
          const newest = await api.get(`/v1/orders/${order.id}`);
          const fields = merge(controls, base, newest);
          base = newest;
          book.put(newest);
          put(newest);
          overtaken.textContent = words("overtaken", { fields: fields.join("、") || words("history") });
          overtaken.hidden = false;
        }
      },
      [...controls].map(([name, control]) => field(words(labelOf(name)), control)),
      picker && h("fieldset", { class: "plain" }, h("legend", {}, words("items")), picker.element),
      overtaken,
    ),
  ]);
}

/**
 * @param {Order} order
 * @param {boolean} over
 */
function fieldControls(order, over) {
  /** @type {Map<FieldName, HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>} */
  const controls = new Map();
  for (const [name] of FIELDS) {
    if (over && !ALWAYS.includes(name)) continue;
    const value = textOf(order, name);
    if (name === "payment_method")
      controls.set(
        name,
        h("select", { name, value: "" }, h("option", { value: "" }, words("unset")), METHODS.map((each) => h("option", { value: each, selected: each === value }, words(each)))),
      );
    else if (name === "notes") controls.set(name, h("textarea", { name, rows: 3, maxlength: 2000, value }));
    else if (name === "scheduled_date") controls.set(name, h("input", { name, type: "date", required: true, value }));
    else if (name === "estimated_time") controls.set(name, h("input", { name, type: "number", min: 0, max: 10080, value }));
    else if (name === "customer_phone") controls.set(name, h("input", { name, type: "tel", maxlength: 100, value }));
    else controls.set(name, h("input", { name, required: true, maxlength: name === "address" ? 300 : 100, value }));
  }
  return controls;
}

/**
 * @param {Order} order
 * @param {FieldName} name
 */
function textOf(order, name) {
  return name === "customer_phone" ? phoneText(order.customer_phone) : String(order[name] ?? "");
}

/**
 * @param {ReturnType<typeof fieldControls>} controls
 * @param {Order} base
 */
function changesOf(controls, base) {
  /** @type {Record<string, unknown>} */
  const changes = {};
  for (const [name, { value }] of controls) {
    if (value === textOf(base, name)) continue;
    changes[name] = value.trim() === "" ? null : name === "estimated_time" ? Number(value) : value.trim();
  }
  return changes;
}

/**
 * Takes over what others changed, where it was not touched here.
 *
 * @param {ReturnType<typeof fieldControls>} controls
 * @param {Order} base
 * @param {Order} newest
 * @returns {string[]} what they changed, in words
 */
function merge(controls, base, newest) {
  const theirs = [];
  for (const [name, control] of controls) {
    const [before, now] = [textOf(base, name), textOf(newest, name)];
    if (before === now) continue;
    theirs.push(`${words(labelOf(name))}（${now}）`);
    if (control.value === before) control.value = now;
  }
  return theirs;
}

/** @param {Order} order @returns {Map<string, number>} */
function countsOf({ items }) {
  const counts = new Map();
  for (const { product_id, quantity } of items) if (product_id) counts.set(product_id, (counts.get(product_id) ?? 0) + quantity);
  return counts;
}

/**
 * Lines with a name and a price of their own stay as they are.
 *
 * @param {Order} order
 * @param {ReadonlyMap<string, number>} counts
 * @param {readonly {id: string}[]} products
 */
function itemsOf({ items }, counts, products) {
  const own = items.filter(({ product_id }) => !product_id).map(({ name, quantity, unit_price }) => ({ name, quantity, unit_price }));
  const chosen = products.flatMap(({ id }) => (counts.has(id) ? [{ product_id: id, quantity: counts.get(id) }] : []));
  return [...chosen, ...own];
}

/** @param {FieldName} name */
function labelOf(name) {
  return FIELDS.find(([each]) => each === name)?.[1] ?? "notes";
}
