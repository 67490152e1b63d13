import { ApiError } from "../shared/api.js";
import { confirmed, dialog } from "../shared/dialogs.js";
import { h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { notify } from "../shared/notices.js";
import { words as shared } from "../shared/words.js";
import { nextPosition } from "./dishes.js";
import { words } from "./menu-words.js";

/** @import { Dish } from "./types.js" */

/**
 * Adds a dish, or edits one.
 *
 * @param {Dish | undefined} dish
 * @param {{api: import("../shared/api.js").Api, rows: import("../shared/rows.js").Rows<Dish>, dishes: readonly Dish[]}} context
 */
export function editDish(dish, { api, rows, dishes }) {
  let version = dish?.version;
  const categories = [...new Set(dishes.map(({ category }) => category).filter((each) => each !== null))];
  const name = h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off", value: dish?.name ?? "" });
  const price = h("input", { name: "unit_price", type: "number", inputmode: "decimal", required: true, min: 0, step: 0.01, value: dish?.unit_price ?? "" });
  const category = h("input", { name: "category", maxlength: 100, autocomplete: "off", list: "dish-categories", value: dish?.category ?? "" });
  const description = h("textarea", { name: "description", rows: 2, maxlength: 500, value: dish?.description ?? "" });
  const position = h("input", { name: "position", type: "number", required: true, min: 0, max: 10_000, value: dish?.position ?? nextPosition(dishes) });

  return dialog(words(dish ? "edit" : "add"), (/** @type {() => void} */ close) => [
    form(
      { submit: shared("save") },
      async () => {
        const body = {
          name: name.value.trim(),
          unit_price: price.value,
          category: category.value.trim() || null,
          description: description.value.trim(),
          position: Number(position.value),
        };
        try {
          rows.put(dish ? await api.patch(`/v1/products/${dish.id}`, { ...body, version }) : await api.post("/v1/products", body));
        } catch (error) {
          // The form shows the refusal; to save once more confirms the change.
          if (dish && error instanceof ApiError && error.code === "stale_version") version = (await rows.read(dish.id))?.version ?? version;
          throw error;
        }
        notify(words("saved", { name: body.name }));
        close();
      },
      field(words("name"), name),
      field(words("price"), price),
      field(words("category"), category, { hint: words("categoryHint") }),
      h("datalist", { id: "dish-categories" }, categories.map((value) => h("option", { value }))),
      field(words("description"), description),
      field(words("position"), position, { hint: words("positionHint") }),
    ),
    dish?.status === "active" && h("button.button.danger", { onclick: () => void suspend(dish, close) }, words("suspend")),
  ]);

  /** @param {Dish} known @param {() => void} close */
  async function suspend(known, close) {
    const question = { title: words("suspendTitle", { name: known.name }), text: words("suspendText"), action: words("suspend"), danger: true };
    if ((await confirmed(question)) && (await rows.change(known, { status: "suspended" }))) close();
  }
}
