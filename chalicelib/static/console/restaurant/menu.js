import { ApiError } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { blank, complain, notify } from "../shared/notices.js";
import { allRows } from "../shared/all-pages.js";
import { editDish } from "./dish-form.js";
import { sectionsOf } from "./dishes.js";
import { words } from "./menu-words.js";
import "./menu.css";

/** @typedef {import("./dishes.js").Dish} Dish */

/** What a restaurant offers, and what is sold out today. @type {import("../pages.js").Show} */
export async function show({ api, signal, main, me }) {
  /** @type {Map<string, Dish>} */
  const dishes = new Map((await allRows(api, "/v1/products", signal)).map((dish) => [dish.id, dish]));
  if (signal.aborted) return;
  const format = formats(me.tenant);
  const search = h("input", { type: "search", class: "search grow", placeholder: words("search"), "aria-label": words("search"), maxlength: 100, oninput: () => draw() });
  const list = h("div", { class: "stack" });
  const out = h("span", { class: "badge amber", role: "status", hidden: true });
  const add = h("button", { class: "button primary", onclick: () => edit() }, icon("plus"), words("add"));
  fill(main, h("div", { class: "stack menu" }, h("div", { class: "row" }, search, out, add), list));

  function draw() {
    const focused = document.activeElement;
    const [id, what] = [focused?.closest("li")?.dataset.dish, /** @type {HTMLElement | null} */ (focused)?.dataset.does];
    const wanted = search.value.normalize("NFKC").toLowerCase().split(/\s+/);
    const all = [...dishes.values()];
    const found = all.filter(({ name, category }) => wanted.every((word) => `${name}\n${category ?? ""}`.normalize("NFKC").toLowerCase().includes(word)));
    const gone = found.filter(({ status }) => status === "suspended");
    const soldOut = all.filter(({ status, available }) => status === "active" && !available).length;
    out.hidden = soldOut === 0;
    out.textContent = words("soldOutCount", { count: soldOut });
    search.hidden = all.length === 0;
    fill(
      list,
      all.length === 0 && blank({ icon: "dish", title: words("none"), text: words("noneText") }),
      all.length > 0 && found.length === 0 && blank({ icon: "dish", title: words("noMatch") }),
      sectionsOf(found.filter(({ status }) => status === "active")).map(({ category, dishes: rows }) => section(category ?? words("others"), rows)),
      gone.length > 0 && section(words("suspended"), gone),
    );
    if (id && what) /** @type {HTMLElement | null} */ (list.querySelector(`[data-dish="${id}"] [data-does="${what}"]`))?.focus();
  }

  /**
   * @param {string} title
   * @param {readonly Dish[]} rows
   */
  function section(title, rows) {
    return h("section", { class: "card menu-part" }, h("h2", {}, h("bdi", {}, title)), h("ul", { class: "menu-rows" }, rows.map(row)));
  }

  /** @param {Dish} dish */
  function row(dish) {
    const { id, name, unit_price, description, available, status } = dish;
    const active = status === "active";
    return h(
      "li",
      { dataset: { dish: id, status, available: String(available) } },
      h("div", { class: "grow" }, h("h3", {}, h("bdi", {}, name)), description && h("p", { class: "soft small" }, h("bdi", {}, description))),
      h("strong", { class: "number" }, format.money(unit_price)),
      active
        ? h(
            "button",
            { class: "button available", role: "switch", "aria-checked": String(available), "aria-label": words("availableOf", { name }), dataset: { does: "switch" }, onclick: (/** @type {Event} */ event) => void turn(dish, event) },
            icon(available ? "check" : "close"),
            words(available ? "available" : "soldOut"),
          )
        : h("button", { class: "button", "aria-label": words("restoreOf", { name }), dataset: { does: "restore" }, onclick: () => void change(dish, { status: "active" }) }, words("restore")),
      h("button", { class: "button square plain", "aria-label": words("editOf", { name }), dataset: { does: "edit" }, onclick: () => edit(dish) }, icon("edit")),
    );
  }

  /** @param {Dish} dish */
  function put(dish) {
    if (signal.aborted) return;
    dishes.set(dish.id, dish);
    draw();
  }

  /** @param {Dish} [dish] */
  const edit = (dish) => editDish(dish, { api, put, change, refresh, dishes: [...dishes.values()] });

  /**
   * @param {Dish} dish
   * @param {Event} event
   */
  async function turn(dish, { currentTarget }) {
    const button = /** @type {HTMLElement} */ (currentTarget);
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const { available } = dish;
    if (await change(dish, { available: !available })) notify(words(available ? "nowSoldOut" : "nowAvailable", { name: dish.name }));
    button.removeAttribute("aria-busy");
  }

  /**
   * @param {Dish} dish
   * @param {Partial<Dish>} changes
   */
  async function change(dish, changes) {
    try {
      put(await api.patch(`/v1/products/${dish.id}`, { ...changes, version: dish.version }));
      return true;
    } catch (error) {
      complain(error);
      if (error instanceof ApiError && error.status > 0) await refresh(dish.id);
      return false;
    }
  }

  /** As the server has it. @param {string} id */
  async function refresh(id) {
    try {
      put(await api.get(`/v1/products/${id}`, { signal }));
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
    return dishes.get(id);
  }

  draw();
}
