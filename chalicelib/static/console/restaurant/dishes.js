/** @import { Dish } from "./types.js" */

/**
 * Dishes as guests read them (chalicelib/records/products.py, menu_of): low positions first, each category where its
 * first dish is.
 *
 * @template {Pick<Dish, "name" | "category" | "position">} Row
 * @param {readonly Row[]} dishes
 * @returns {{category: string | null, dishes: Row[]}[]}
 */
export function sectionsOf(dishes) {
  /** @type {Map<string | null, Row[]>} */
  const sections = new Map();
  for (const dish of [...dishes].sort(byPosition)) {
    const section = sections.get(dish.category);
    if (section) section.push(dish);
    else sections.set(dish.category, [dish]);
  }
  return [...sections].map(([category, rows]) => ({ category, dishes: rows }));
}

/** @param {Pick<Dish, "name" | "position">} one @param {Pick<Dish, "name" | "position">} other */
function byPosition(one, other) {
  return one.position - other.position || (one.name < other.name ? -1 : Number(one.name > other.name));
}

/** Where a new dish stands: after all others, and so last in its category. @param {readonly Dish[]} dishes */
export function nextPosition(dishes) {
  return Math.min(10_000, Math.max(0, ...dishes.map(({ position }) => position + 1)));
}
