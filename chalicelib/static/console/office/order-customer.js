import { el, fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { complain } from "../shared/notices.js";
import { phoneText } from "../shared/phones.js";
import { CustomerSearch, search } from "./customer-search.js";
import { itemsText } from "./order-card.js";
import { words } from "./order-words.js";

/** @import { Customer, Order } from "./types.js" */

/** The customer of a new order: found by search, or new. */
export class OrderCustomer {
  element = el("div.stack");
  /** @type {Customer | undefined} */
  #customer;
  /** @type {Record<"name" | "phone", HTMLInputElement> | undefined} Of a new customer. */
  #fresh;
  #context;
  #owner;

  /**
   * @param {{api: import("../shared/api.js").Api, signal: AbortSignal, format: import("./order-card.js").OfficeContext["format"]}} context
   * @param {{onChoose(customer: Customer | undefined): void, onAgain(order: Order): void}} owner
   *   onChoose: undefined for a new customer. onAgain: the same as this one
   */
  constructor(context, owner) {
    this.#context = context;
    this.#owner = owner;
  }

  ask() {
    const { api, signal } = this.#context;
    this.#customer = undefined;
    this.#fresh = undefined;
    const box = new CustomerSearch(api, { onChoose: (customer) => this.choose(customer), onNew: (text) => this.#create(text) }, signal);
    fill(this.element, field(words("find"), box.input, { hint: words("findHint") }));
    this.#owner.onChoose(undefined);
    box.input.focus();
  }

  /** @param {Customer} customer */
  choose(customer) {
    const { name, phone, notes, status, sms_opt_out } = customer;
    this.#customer = customer;
    this.#fresh = undefined;
    const last = el("div");
    const about = el("div.grow", h("strong", { dir: "auto" }, name), el("div.number.soft", phoneText(phone)));
    fill(
      this.element,
      el("div.row.chosen-customer", about, sms_opt_out && el("span.badge", words("optOut")), this.#otherButton()),
      status === "suspended" && h("p.notice.red", { role: "alert" }, words("suspendedText")),
      notes && h("p.notice.amber", { dir: "auto" }, notes),
      last,
    );
    this.#owner.onChoose(customer);
    void this.#showLast(customer, last);
  }

  /** @param {string} text a number, or a name */
  #create(text) {
    const isPhone = /^[\d+()\s-]+$/.test(text);
    const name = h("input", { name: "customer_name", required: true, maxlength: 100, autocomplete: "off", value: isPhone ? "" : text });
    const phone = h("input", { name: "customer_phone", type: "tel", maxlength: 30, autocomplete: "off", value: isPhone ? text : "" });
    this.#fresh = { name, phone };
    this.#customer = undefined;
    fill(this.element, el("div.row", el("h3.grow", words("newCustomer")), this.#otherButton()), field(words("name"), name), field(words("phone"), phone));
    this.#owner.onChoose(undefined);
    (isPhone ? name : phone).focus();
  }

  #otherButton() {
    return h("button.button.plain", { type: "button", onclick: () => this.ask() }, words("otherCustomer"));
  }

  /** What they had the last time is what most of them want. @param {Customer} customer @param {HTMLElement} place */
  async #showLast({ id }, place) {
    const { api, signal, format } = this.#context;
    try {
      const { items: [order] } = await api.get(`/v1/customers/${id}/orders`, { query: { limit: 1 }, signal });
      if (!order || this.#customer?.id !== id) return;
      const again = h("button.button", { type: "button", onclick: () => this.#owner.onAgain(order) }, words("again"));
      const text = `${words("lastOrder")} ${format.ago(order.created_at)}：${itemsText(order.items)}`;
      fill(place, el("div.row", h("span.grow.small.soft", { dir: "auto" }, text), again));
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  /** Whether a customer is named. */
  get ready() {
    return this.#customer ? this.#customer.status === "active" : Boolean(this.#fresh?.name.value.trim());
  }

  /**
   * The customer's id; a new one is made first, once. After a try that got no answer, the one that it made is found.
   *
   * @param {string} address
   */
  async save(address) {
    const { api, signal } = this.#context;
    if (this.#customer) return this.#customer.id;
    const [name, phone] = [this.#fresh?.name.value.trim() ?? "", this.#fresh?.phone.value.trim() ?? ""];
    const same = phone ? (await search(api, phone, signal)).find((each) => each.name === name) : undefined;
    const made = same ?? (await api.post("/v1/customers", { name, ...(phone && { phone }), ...(address && { address }) }));
    this.#customer = made;
    return String(made.id);
  }
}
