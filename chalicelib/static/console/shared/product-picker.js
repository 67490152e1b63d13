import texts from "../texts/shared/product-picker.json" with { type: "json" };
import { el, fill, h } from "./dom.js";
import { dictionary } from "./i18n.js";
import { icon } from "./icons.js";

const words = dictionary(texts);

/** @import { Product } from "../office/types.js" */

const MOST = 999;

/**
 * What can be ordered, as buttons that count. A digit sets how many, so that a clerk needs neither mouse nor Tab.
 *
 * @param {readonly Product[]} products
 * @param {ReadonlyMap<string, number>} chosen quantities by id
 * @param {{money(amount: string): string}} format
 * @param {(chosen: ReadonlyMap<string, number>, touched?: string) => void} onChange touched: id of the product whose count has changed
 */
export function productPicker(products, chosen, format, onChange) {
  const counts = new Map(chosen);
  const offered = products.filter(({ id, status }) => status === "active" || counts.has(id));
  const draws = offered.map((product) => one(product));
  const element = el("ul.products", draws.map(({ item }) => item));

  /** @param {Product} product */
  function one({ id, name, unit_price, available }) {
    const big = h("button.product", { type: "button" });
    const less = h("button.button.square", { type: "button", "aria-label": words("less", { name }), onclick: () => set(count() - 1) }, icon("minus"));
    const shown = h("span.number.many", { role: "status" });
    const more = h("button.button.square", { type: "button", "aria-label": words("add", { name }), onclick: () => set(count() + 1) }, icon("plus"));
    const item = el("li", big, el("div.counter", less, shown, more));
    const count = () => counts.get(id) ?? 0;
    big.addEventListener("click", () => set(count() + 1));
    big.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^\d$/.test(event.key)) set(Number(event.key));
      else if (event.key === "Backspace" || event.key === "Delete" || event.key === "-") set(event.key === "-" ? count() - 1 : 0);
      else return;
      event.preventDefault();
    });

    /** @param {number} quantity */
    function set(quantity) {
      const next = Math.max(0, Math.min(MOST, quantity));
      if (next) counts.set(id, next);
      else counts.delete(id);
      draw();
      onChange(counts, id);
    }

    function draw() {
      const now = count();
      item.classList.toggle("chosen", now > 0);
      fill(
        big,
        h("span.product-name", { dir: "auto" }, name),
        el("span.small.soft.number", format.money(unit_price)),
        !available && el("span.badge.amber", words("soldOut")),
      );
      less.disabled = now === 0;
      fill(shown, el("span.unseen", name, " "), String(now));
    }
    draw();
    return { item, big, draw };
  }

  return {
    element,
    focus: () => draws[0]?.big.focus(),
    /** @param {ReadonlyMap<string, number>} next */
    choose(next) {
      counts.clear();
      for (const { id } of offered) if (next.get(id)) counts.set(id, next.get(id) ?? 0);
      for (const { draw } of draws) draw();
      onChange(counts);
    },
  };
}

/** In the order of the menu. @param {readonly Product[]} products */
export function inOrder(products) {
  return [...products].sort((one, other) => one.position - other.position);
}
