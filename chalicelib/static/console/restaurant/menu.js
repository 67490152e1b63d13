import { el, fill, h } from "../shared/dom.js";
import { keepFocus } from "../shared/keep-focus.js";
import { icon } from "../shared/icons.js";
import { blank, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { Rows } from "../shared/rows.js";
import { allRows } from "../shared/all-pages.js";
import { editDish } from "./dish-form.js";
import { sectionsOf } from "./dishes.js";
import { words } from "./menu-words.js";
import "./menu.css";

/** @import { Dish } from "./types.js" */

/** What a restaurant offers, and what is sold out today. @type {import("../pages.js").Show} */
export async function show(context) {
  const rows = await allRows(context.api, "/v1/products", context.signal);
  if (!context.signal.aborted) new MenuPage(context, rows).open();
}

class MenuPage extends Page {
  /** @type {Map<string, Dish>} */
  #dishes;
  /** @type {Rows<Dish>} */
  #rows = new Rows(this.context.api, "/v1/products", this.context.signal, (dish) => this.#put(dish));
  #search = h("input.search.grow", { type: "search", placeholder: words("search"), "aria-label": words("search"), maxlength: 100, oninput: this.draw });
  #list = el("div.stack");
  #out = h("span.badge.amber", { role: "status", hidden: true });

  /** @param {import("../pages.js").Context} context @param {Dish[]} rows */
  constructor(context, rows) {
    super(context);
    this.#dishes = new Map(rows.map((dish) => [dish.id, dish]));
  }

  open() {
    const add = h("button.button.primary", { onclick: () => this.#edit() }, icon("plus"), words("add"));
    fill(this.context.main, el("div.stack.menu", el("div.row", this.#search, this.#out, add), this.#list));
    this.draw();
  }

  /** @param {Dish} [dish] */
  #edit(dish) {
    return editDish(dish, { api: this.context.api, rows: this.#rows, dishes: [...this.#dishes.values()] });
  }

  drawNow() {
    keepFocus(this.#list, "dish", () => this.#drawRows());
  }

  #drawRows() {
    const terms = this.#search.value.normalize("NFKC").toLowerCase().split(/\s+/);
    const all = [...this.#dishes.values()];
    const found = all.filter(({ name, category }) => terms.every((word) => `${name}\n${category ?? ""}`.normalize("NFKC").toLowerCase().includes(word)));
    const gone = found.filter(({ status }) => status === "suspended");
    const soldOut = all.filter(({ status, available }) => status === "active" && !available).length;
    this.#out.hidden = soldOut === 0;
    this.#out.textContent = words("soldOutCount", { count: soldOut });
    this.#search.hidden = all.length === 0;
    fill(
      this.#list,
      all.length === 0 && blank({ icon: "dish", title: words("none"), text: words("noneText") }),
      all.length > 0 && found.length === 0 && blank({ icon: "dish", title: words("noMatch") }),
      sectionsOf(found.filter(({ status }) => status === "active")).map(({ category, dishes: rows }) => this.#section(category ?? words("others"), rows)),
      gone.length > 0 && this.#section(words("suspended"), gone),
    );
  }

  /** @param {string} title @param {readonly Dish[]} rows */
  #section(title, rows) {
    return el("section.card.menu-group", el("h2", el("bdi", title)), el("ul.menu-rows", rows.map((dish) => this.#row(dish))));
  }

  /** @param {Dish} dish */
  #row(dish) {
    const { id, name, unit_price, description, available, status } = dish;
    const active = status === "active";
    return h(
      "li",
      { dataset: { dish: id, status, available: String(available) } },
      el("div.grow", el("h3", el("bdi", name)), description && el("p.soft.small", el("bdi", description))),
      el("strong.number", this.format.money(unit_price)),
      active
        ? h(
            "button.button.available",
            { role: "switch", "aria-checked": String(available), "aria-label": words("availableOf", { name }), dataset: { does: "switch" }, onclick: (/** @type {Event} */ event) => void this.#turn(dish, event) },
            icon(available ? "check" : "close"),
            words(available ? "available" : "soldOut"),
          )
        : h("button.button", { "aria-label": words("restoreOf", { name }), dataset: { does: "restore" }, onclick: () => void this.#rows.change(dish, { status: "active" }) }, words("restore")),
      h("button.button.square.plain", { "aria-label": words("editOf", { name }), dataset: { does: "edit" }, onclick: () => this.#edit(dish) }, icon("edit")),
    );
  }

  /** @param {Dish} dish */
  #put(dish) {
    if (this.context.signal.aborted) return;
    this.#dishes.set(dish.id, dish);
    this.draw();
  }

  /** @param {Dish} dish @param {Event} event */
  async #turn(dish, { currentTarget }) {
    const button = /** @type {HTMLElement} */ (currentTarget);
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const { available } = dish;
    if (await this.#rows.change(dish, { available: !available })) notify(words(available ? "nowSoldOut" : "nowAvailable", { name: dish.name }));
    button.removeAttribute("aria-busy");
  }
}
