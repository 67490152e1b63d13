import { dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { keepFocus } from "../shared/keep-focus.js";
import { whileBusy } from "../shared/while-busy.js";
import { orderable } from "./cart.js";
import { stepper } from "./stepper.js";
import { words } from "./words.js";

/** The cart before it is sent. After a refusal it stays open, and shows the reason. */
export class CartSheet {
  #context;
  #list = el("ul.dishes");
  #sum = el("strong.number");
  #trouble = h("p.notice.amber", { role: "alert", hidden: true });
  #send = el("button.button.primary.send", words("send"));
  #notes;
  #notesField;
  #busy = false;

  /**
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
  constructor(context) {
    const { cart } = context;
    this.#context = context;
    const notes = h("textarea", { name: "notes", rows: 2, maxlength: 500, value: cart.notes, oninput: () => (cart.notes = notes.value) });
    this.#notes = notes;
    this.#notesField = field(words("notes"), notes, { hint: words("notesHint") });
  }

  draw() {
    const { cart, menu, closed, format } = this.#context;
    const lines = cart.lines(menu());
    const { count, amount } = orderable(lines);
    keepFocus(this.#list, "dish", () => fill(this.#list, lines.length ? lines.map((line) => this.#row(line)) : el("li.soft", words("empty"))));
    this.#sum.textContent = format.money(amount);
    this.#send.disabled = this.#busy || count === 0 || closed() !== "";
    if (closed()) this.#say(closed());
  }

  open() {
    this.#say("");
    this.#notes.value = this.#context.cart.notes;
    this.draw();
    const content = (/** @type {() => void} */ close) => {
      this.#context.signal.addEventListener("abort", () => close());
      this.#send.onclick = () => void this.#onSend(close);
      return [
        this.#list,
        h("button.button.plain", { onclick: () => close() }, icon("plus"), words("keepChoosing")),
        this.#notesField,
        this.#trouble,
        el("p.bought-total", el("span.grow", words("total")), this.#sum),
        this.#send,
      ];
    };
    return dialog(words("cart"), content, { class: "cart-sheet" });
  }

  /** @param {import("./cart.js").Line} line */
  #row(line) {
    const { name, quantity, unit_price, before, state } = line;
    const { format, onCount } = this.#context;
    const steps = stepper(name, (count) => onCount(line, count));
    steps.draw(quantity, { locked: this.#busy });
    return h(
      "li.dish",
      { dataset: { dish: line.id, state } },
      el(
        "div.grow",
        el("h3", el("bdi", name)),
        el("p.number.dish-price", format.money(unit_price), before !== undefined && el("span.badge.amber", words("before", { price: format.money(before) }))),
      ),
      state === "there"
        ? steps.element
        : [
            el("span.badge.red", words(state === "gone" ? "gone" : "soldOut")),
            h("button.button.square", { "aria-label": words("remove", { name }), onclick: () => onCount(line, 0) }, icon("close")),
          ],
    );
  }

  /** @param {() => void} close */
  async #onSend(close) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("");
    this.draw();
    const refused = await whileBusy(this.#send, this.#context.onSend);
    this.#busy = false;
    if (refused === undefined) return close();
    this.draw();
    this.#say(refused);
  }

  /** @param {string} text */
  #say(text) {
    this.#trouble.textContent = text;
    this.#trouble.hidden = text === "";
  }
}
