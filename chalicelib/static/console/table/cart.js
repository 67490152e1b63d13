import { storedSetting, tabStorage } from "../shared/storage.js";
import { total } from "../shared/money.js";

/**
 * @typedef {{id: string, name: string, unit_price: string, description: string | null, available: boolean}} Dish
 * @typedef {{currency: string, open_now: boolean, opens_at: string | null, sections: {category: string | null, items: Dish[]}[]}} Menu
 * @typedef {{id: string, name: string, unit_price: string, quantity: number}} Chosen a dish as it was when it was chosen
 * @typedef {Chosen & {state: "there" | "sold_out" | "gone", before?: string}} Line
 *   a dish as it is now; before: the price at which it was chosen, where that is another
 * @typedef {{items: {menu_item_id: string, quantity: number}[], expected_total: string, notes?: string}} Draft
 * @typedef {{key: string, at: number, draft: Draft}} Sent at: when, in ms
 */

/** Of a line; chalicelib/orders/limits.py has the same figure. */
export const MOST = 50;

/**
 * What a guest has chosen, and what was sent without an answer: stored in the tab's sessionStorage, so that it outlives a
 * reload but not the visit. Another guest finds it empty.
 */
export class Cart {
  /** @type {Map<string, Chosen>} */
  #chosen = new Map();
  #notes = "";
  /** @type {Sent | undefined} */
  #sent;
  #guest;
  #storage;

  /** @param {string} guest @param {import("../shared/storage.js").Store} [storage] */
  constructor(guest, storage = tabStorage) {
    this.#guest = guest;
    this.#storage = storedSetting(storage, "cart");
    const stored = JSON.parse(this.#storage.get() ?? "{}");
    if (stored.guest !== guest) return;
    for (const each of stored.chosen) this.#chosen.set(each.id, each);
    this.#notes = stored.notes;
    this.#sent = stored.sent;
  }

  get notes() {
    return this.#notes;
  }

  set notes(text) {
    this.#notes = text;
    this.#keep();
  }

  /** An order that may have reached the kitchen. Until that is known, nothing else can be ordered. */
  get sent() {
    return this.#sent;
  }

  /** @param {string} id */
  count(id) {
    return this.#chosen.get(id)?.quantity ?? 0;
  }

  /** @param {Omit<Chosen, "quantity">} dish @param {number} quantity none for 0 */
  set({ id, name, unit_price }, quantity) {
    if (quantity <= 0) this.#chosen.delete(id);
    else this.#chosen.set(id, { id, name, unit_price: this.#chosen.get(id)?.unit_price ?? unit_price, quantity: Math.min(quantity, MOST) });
    this.#keep();
  }

  /** What is chosen, as the menu has it now. @param {Menu} menu @returns {Line[]} */
  lines({ sections }) {
    const dishes = new Map(sections.flatMap(({ items }) => items).map((dish) => [dish.id, dish]));
    return [...this.#chosen.values()].map((chosen) => {
      const dish = dishes.get(chosen.id);
      if (!dish) return { ...chosen, state: "gone" };
      const { name, unit_price, available } = dish;
      const before = unit_price === chosen.unit_price ? {} : { before: chosen.unit_price };
      return { ...chosen, name, unit_price, state: available ? "there" : "sold_out", ...before };
    });
  }

  /**
   * Stores the order that is about to be sent, with the key of all its repeats.
   *
   * @param {Menu} menu
   * @param {string} key
   * @param {number} now ms
   */
  seal(menu, key, now) {
    const lines = this.lines(menu).filter(({ state }) => state === "there");
    const notes = this.#notes.trim();
    this.#sent = {
      key,
      at: now,
      draft: {
        items: lines.map(({ id, quantity }) => ({ menu_item_id: id, quantity })),
        expected_total: total(lines),
        ...(notes && { notes }),
      },
    };
    this.#keep();
  }

  /** Opens the cart again: the order did not reach the kitchen, or the guest does not want it any more. */
  reopen() {
    this.#sent = undefined;
    this.#keep();
  }

  /** Empties the cart after an order, also of dishes that were sold out. */
  clear() {
    this.#chosen.clear();
    this.#notes = "";
    this.#sent = undefined;
    this.#keep();
  }

  #keep() {
    this.#storage.set(JSON.stringify({ guest: this.#guest, chosen: [...this.#chosen.values()], notes: this.#notes, sent: this.#sent }));
  }
}

/** The dishes of the cart that can be ordered. @param {readonly Line[]} lines */
export function orderable(lines) {
  const there = lines.filter(({ state }) => state === "there");
  return { count: there.reduce((sum, { quantity }) => sum + quantity, 0), amount: total(there) };
}
