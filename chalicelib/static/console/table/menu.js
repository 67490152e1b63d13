import { el, fill, h } from "../shared/dom.js";
import { blank } from "../shared/notices.js";
import { stepper } from "./stepper.js";
import { words } from "./words.js";

/**
 * The menu, by category, with how many of each are chosen.
 *
 * @param {{
 *   cart: import("./cart.js").Cart,
 *   format: {money(amount: string): string},
 *   onCount: (dish: import("./cart.js").Dish, quantity: number) => void,
 * }} context
 */
export function menuView({ cart, format, onCount }) {
  const element = el("div.stack");
  /** @type {(() => void)[]} */
  let counts = [];

  /** @param {import("./cart.js").Dish} dish */
  function row(dish) {
    const { id, name, description, unit_price, available } = dish;
    const steps = stepper(name, (quantity) => onCount(dish, quantity));
    const item = h(
      "li.dish",
      { dataset: { dish: id } },
      el(
        "div.grow",
        el("h3", el("bdi", name)),
        description && el("p.soft.dish-text", el("bdi", description)),
        el("p.number.dish-price", format.money(unit_price)),
      ),
      available ? steps.element : el("span.badge.amber", words("soldOut")),
    );
    counts.push(() => {
      const count = cart.count(id);
      item.classList.toggle("chosen", available && count > 0);
      steps.draw(count, { locked: cart.sent !== undefined });
    });
    return item;
  }

  return {
    element,
    /** @param {import("./cart.js").Menu} menu */
    show({ sections }) {
      counts = [];
      const groups = sections.map(({ category, items }) => {
        const title = h("h2", { tabindex: -1 }, el("bdi", category ?? words("others")));
        return { category, title, element: el("section.menu-section", title, el("ul.dishes", items.map(row))) };
      });
      const jump = (/** @type {HTMLElement} */ title) => {
        title.scrollIntoView({ block: "start" });
        title.focus({ preventScroll: true });
      };
      fill(
        element,
        groups.length === 0 && blank({ title: words("noDishes"), text: words("noDishesText") }),
        groups.length > 1 &&
          h(
            "nav.categories",
            { "aria-label": words("categories") },
            groups.map(({ category, title }) => h("button.category", { onclick: () => jump(title) }, el("bdi", category ?? words("others")))),
          ),
        groups.map((group) => group.element),
      );
      this.draw();
    },
    /** Only the counts. */
    draw: () => counts.forEach((each) => each()),
  };
}
