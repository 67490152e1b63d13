import { dialog } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { orderable } from "./cart.js";
import { stepper } from "./stepper.js";
import { words } from "./words.js";

/**
 * What is chosen, before it is sent. It stays open while it is refused, and says why.
 *
 * @param {{
 *   cart: import("./cart.js").Cart,
 *   format: {money(amount: string): string},
 *   menu: () => import("./cart.js").Menu,
 *   closed: () => string,
 *   onCount: (dish: import("./cart.js").Line, quantity: number) => void,
 *   onSend: () => Promise<string | undefined>,
 *   signal: AbortSignal,
 * }} context closed: why nothing can be sent now, empty where it can. onSend: answers why it was refused
 */
export function cartSheet({ cart, format, menu, closed, onCount, onSend, signal }) {
  const list = h("ul", { class: "dishes" });
  const sum = h("strong", { class: "number" });
  const trouble = h("p", { class: "notice amber", role: "alert", hidden: true });
  const send = h("button", { class: "button primary send" }, words("send"));
  const notes = h("textarea", { name: "notes", rows: 2, maxlength: 500, value: cart.notes, oninput: () => (cart.notes = notes.value) });
  const about = field(words("notes"), notes, { hint: words("notesHint") });
  let busy = false;

  /** @param {import("./cart.js").Line} line */
  function row(line) {
    const { name, quantity, unit_price, before, state } = line;
    const steps = stepper(name, (count) => onCount(line, count));
    steps.draw(quantity, { locked: busy });
    return h(
      "li",
      { class: "dish", dataset: { dish: line.id, state } },
      h(
        "div",
        { class: "grow" },
        h("h3", {}, h("bdi", {}, name)),
        h("p", { class: "number dish-price" }, format.money(unit_price), before !== undefined && h("span", { class: "badge amber" }, words("before", { price: format.money(before) }))),
      ),
      state === "there"
        ? steps.element
        : [
            h("span", { class: "badge red" }, words(state === "gone" ? "gone" : "soldOut")),
            h("button", { class: "button square", "aria-label": words("remove", { name }), onclick: () => onCount(line, 0) }, icon("close")),
          ],
    );
  }

  function draw() {
    const focused = document.activeElement;
    const which = focused?.closest("li")?.dataset.dish;
    const label = focused?.getAttribute("aria-label");
    const lines = cart.lines(menu());
    const { count, amount } = orderable(lines);
    fill(list, lines.length ? lines.map(row) : h("li", { class: "soft" }, words("empty")));
    sum.textContent = format.money(amount);
    send.disabled = busy || count === 0 || closed() !== "";
    if (which && label) /** @type {HTMLElement | null} */ (list.querySelector(`[data-dish="${which}"] [aria-label="${CSS.escape(label)}"]`))?.focus();
    if (closed()) say(closed());
  }

  /** @param {string} text */
  function say(text) {
    trouble.textContent = text;
    trouble.hidden = text === "";
  }

  function open() {
    say("");
    notes.value = cart.notes;
    draw();
    return dialog(
      words("cart"),
      (/** @type {() => void} */ close) => {
        signal.addEventListener("abort", () => close());
        send.onclick = async () => {
          if (busy) return;
          busy = true;
          say("");
          send.setAttribute("aria-busy", "true");
          draw();
          const refused = await onSend();
          busy = false;
          send.removeAttribute("aria-busy");
          if (refused === undefined) return close();
          draw();
          say(refused);
        };
        return [
          list,
          h("button", { class: "button plain", onclick: () => close() }, icon("plus"), words("keepChoosing")),
          about,
          trouble,
          h("p", { class: "bought-total" }, h("span", { class: "grow" }, words("total")), sum),
          send,
        ];
      },
      { class: "cart-sheet" },
    );
  }

  return { open, draw };
}
