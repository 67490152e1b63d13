import { el, fill, h } from "../shared/dom.js";
import { complain } from "../shared/notices.js";
import { phoneText } from "../shared/phones.js";
import { latest, onTyped } from "../shared/timing.js";
import { words } from "./order-words.js";

/**
 * @typedef {import("./types.js").Customer} Customer
 * @typedef {{choose: () => void, content: import("../shared/dom.js").Child[]}} Option
 */

const MOST = 8;
// A page of a search may be empty though there is more; see docs/api.md.
const MOST_PAGES = 4;
const PAUSE_MS = 150;

let count = 0;

/** A field that finds customers while it is typed in: arrows and Enter, as ARIA's combobox has them. */
export class CustomerSearch {
  #id = `customers-${++count}`;
  /** @type {Option[]} */
  #options = [];
  #active = 0;
  /** Whether what is shown answers what is typed; Enter waits for that. */
  #isSettled = true;
  #entered = false;
  #api;
  #owner;
  #request;

  input = h("input", { type: "search", role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-controls": this.#id, "aria-autocomplete": "list", maxlength: 100 });
  #list = h("ul.options", { role: "listbox", id: this.#id, "aria-label": words("find"), hidden: true });
  #status = h("p.unseen", { role: "status" });

  /**
   * @param {import("../shared/api.js").Api} api
   * @param {{onChoose(customer: Customer): void, onNew(text: string): void}} owner onNew: no customer fits
   * @param {AbortSignal} signal
   */
  constructor(api, owner, signal) {
    this.#api = api;
    this.#owner = owner;
    this.#request = latest(signal);
    el("div.combobox", this.input, this.#list, this.#status);
    onTyped(this.input, () => this.#onTyped());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
  }

  close() {
    this.#show([]);
  }

  #onTyped() {
    this.#isSettled = false;
    this.#entered = false;
    const signal = this.#request();
    setTimeout(() => !signal.aborted && void this.#look(this.input.value.trim(), signal), PAUSE_MS);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return; // Enter that ends a Chinese word is not a choice
    if (event.key === "ArrowDown") this.#point(this.#active + 1);
    else if (event.key === "ArrowUp") this.#point(this.#active - 1);
    else if (event.key === "Escape" && !this.#list.hidden) this.#show([]);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      if (this.#isSettled) this.#options[this.#active]?.choose();
      else this.#entered = true;
    } else return;
    event.preventDefault();
  }

  /** @param {string} text @param {AbortSignal} signal */
  async #look(text, signal) {
    if (!text) return this.#show([]);
    try {
      const found = await search(this.#api, text, signal);
      const known = found.map((customer) => ({ choose: () => this.#owner.onChoose(customer), content: described(customer) }));
      this.#show([...known, { choose: () => this.#owner.onNew(text), content: [words("createCustomer", { text })] }]);
      this.#status.textContent = found.length ? words("found", { count: found.length }) : words("noCustomer");
      if (this.#entered) this.#options[this.#active]?.choose();
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  /** @param {Option[]} options */
  #show(options) {
    this.#isSettled = true;
    this.#options = options;
    this.#list.hidden = options.length === 0;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    fill(
      this.#list,
      options.map(({ content, choose }, n) =>
        // A pointer that goes down would take the focus from the field first.
        h("li", { role: "option", id: `${this.#id}-${n}`, dir: "auto", onmousedown: (/** @type {Event} */ event) => event.preventDefault(), onclick: choose }, ...content),
      ),
    );
    this.#point(0);
  }

  /** @param {number} index */
  #point(index) {
    const { length } = this.#options;
    this.#active = length ? (index + length) % length : 0;
    for (const [n, each] of [...this.#list.children].entries()) {
      each.setAttribute("aria-selected", String(n === this.#active));
      if (n === this.#active) each.scrollIntoView({ block: "nearest" });
    }
    if (length) this.input.setAttribute("aria-activedescendant", `${this.#id}-${this.#active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }
}

/** @param {import("../shared/api.js").Api} api @param {string} q @param {AbortSignal} signal @returns {Promise<Customer[]>} */
export async function search(api, q, signal) {
  /** @type {Customer[]} */
  const found = [];
  let cursor;
  for (let n = 0; n < MOST_PAGES && found.length < MOST; n++) {
    const page = await api.get("/v1/customers", { query: { q, limit: MOST, cursor }, signal });
    found.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return found.slice(0, MOST);
}

/** @param {Customer} customer */
function described({ name, phone, address, status }) {
  return [
    el("strong", name),
    el("span.number", phoneText(phone)),
    el("span.small.soft.whole-row", address),
    status === "suspended" && el("span.badge.red", words("suspended")),
  ];
}
