/** The lines of an order that is edited: products are counted, and what was agreed stays agreed. */

/** @import { Order } from "./types.js" */

/** How many of each product. @param {Pick<Order, "items">} order @returns {Map<string, number>} */
export function countsOf({ items }) {
  const counts = new Map();
  for (const { product_id, quantity } of items) if (product_id) counts.set(product_id, (counts.get(product_id) ?? 0) + quantity);
  return counts;
}

/**
 * An order's counts, and over them what was touched here; elsewhere the changes of others stand.
 *
 * @param {Pick<Order, "items">} order
 * @param {ReadonlyMap<string, number>} touched 0 takes it out
 */
export function laidOver(order, touched) {
  const counts = new Map([...countsOf(order), ...touched]);
  return new Map([...counts].filter(([, count]) => count > 0));
}

/**
 * The products at the price of their line: that is what one more of them costs.
 *
 * @template {{id: string, name: string, unit_price: string}} Product
 * @param {Pick<Order, "items">} order
 * @param {readonly Product[]} products
 * @returns {Product[]}
 */
export function asAgreed({ items }, products) {
  const lines = new Map(items.map((line) => [line.product_id, line]));
  return products.map((product) => {
    const line = lines.get(product.id);
    return line ? { ...product, name: line.name, unit_price: line.unit_price } : product;
  });
}

/**
 * Lines stay in their order, and as they are but for how many. Of several of one product the last ones give way.
 *
 * @param {Pick<Order, "items">} order
 * @param {ReadonlyMap<string, number>} counts
 * @param {readonly {id: string}[]} products
 */
export function itemsOf({ items }, counts, products) {
  const left = new Map(counts);
  /** @type {({name: string, quantity: number, unit_price: string} | {product_id: string, quantity: number})[]} */
  const lines = [];
  for (const [n, { product_id, name, quantity, unit_price }] of items.entries()) {
    if (!product_id) {
      lines.push({ name, quantity, unit_price });
      continue;
    }
    const count = left.get(product_id) ?? 0;
    const isLast = !items.slice(n + 1).some((other) => other.product_id === product_id);
    const many = isLast ? count : Math.min(quantity, count);
    left.set(product_id, count - many);
    if (many) lines.push({ product_id, quantity: many });
  }
  for (const { id } of products) {
    const come = left.get(id);
    if (come) lines.push({ product_id: id, quantity: come });
  }
  return lines;
}
