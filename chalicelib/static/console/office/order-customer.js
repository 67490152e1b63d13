import { fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { complain } from "../shared/notices.js";
import { itemsText } from "./order-card.js";
import { customerSearch, search } from "./customer-search.js";
import { phoneText } from "../shared/phones.js";
import { words } from "./order-words.js";

/**
 * @typedef {import("./types.js").Customer} Customer
 * @typedef {import("./types.js").Order} Order
 */

/**
 * Who orders: found while one types, or new.
 *
 * @param {{api: import("../shared/api.js").Api, signal: AbortSignal, format: import("./order-card.js").OfficeContext["format"]}} context
 * @param {{onChoose(customer: Customer | undefined): void, onAgain(order: Order): void}} owner
 *   onChoose: undefined for a new customer. onAgain: the same as this one
 */
export function orderCustomer({ api, signal, format }, { onChoose, onAgain }) {
  const element = h("div", { class: "stack" });
  /** @type {Customer | undefined} */
  let customer;
  /** @type {Record<"name" | "phone", HTMLInputElement> | undefined} Of a new customer. */
  let fresh;

  function ask() {
    customer = undefined;
    fresh = undefined;
    const box = customerSearch(api, { onChoose: choose, onNew: create }, signal);
    fill(element, field(words("find"), box.input, { hint: words("findHint") }));
    onChoose(undefined);
    box.input.focus();
  }

  /** @param {Customer} chosen */
  function choose(chosen) {
    customer = chosen;
    fresh = undefined;
    const last = h("div", {});
    fill(
      element,
      h(
        "div",
        { class: "row chosen-customer" },
        h(
          "div",
          { class: "grow" },
          h("strong", { dir: "auto" }, chosen.name),
          h("div", { class: "number soft" }, phoneText(chosen.phone)),
        ),
        chosen.sms_opt_out && h("span", { class: "badge" }, words("optOut")),
        another(),
      ),
      chosen.status === "suspended" && h("p", { class: "notice red", role: "alert" }, words("suspendedText")),
      chosen.notes && h("p", { class: "notice amber", dir: "auto" }, chosen.notes),
      last,
    );
    onChoose(chosen);
    void showLast(chosen, last);
  }

  /** @param {string} text a number, or a name */
  function create(text) {
    const isPhone = /^[\d+()\s-]+$/.test(text);
    const name = h("input", { name: "customer_name", required: true, maxlength: 100, autocomplete: "off", value: isPhone ? "" : text });
    const phone = h("input", { name: "customer_phone", type: "tel", maxlength: 30, autocomplete: "off", value: isPhone ? text : "" });
    fresh = { name, phone };
    customer = undefined;
    fill(element, h("div", { class: "row" }, h("h3", { class: "grow" }, words("newCustomer")), another()), field(words("name"), name), field(words("phone"), phone));
    onChoose(undefined);
    (isPhone ? name : phone).focus();
  }

  function another() {
    return h("button", { type: "button", class: "button plain", onclick: ask }, words("otherCustomer"));
  }

  /**
   * What they had the last time is what most of them want.
   *
   * @param {Customer} chosen
   * @param {HTMLElement} place
   */
  async function showLast({ id }, place) {
    try {
      const { items: [order] } = await api.get(`/v1/customers/${id}/orders`, { query: { limit: 1 }, signal });
      if (!order || customer?.id !== id) return;
      const again = h("button", { type: "button", class: "button", onclick: () => onAgain(order) }, words("again"));
      const text = `${words("lastOrder")} ${format.ago(order.created_at)}：${itemsText(order.items)}`;
      fill(place, h("div", { class: "row" }, h("span", { class: "grow small soft", dir: "auto" }, text), again));
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  return {
    element,
    ask,
    choose,
    /** Whether a customer is named. */
    get ready() {
      return customer ? customer.status === "active" : Boolean(fresh?.name.value.trim());
    },
    /**
     * The customer's id; a new one is made first, once. After a try that got no answer, the one that it made is found.
     *
     * @param {string} address
     */
    async save(address) {
      if (customer) return customer.id;
      const [name, phone] = [fresh?.name.value.trim() ?? "", fresh?.phone.value.trim() ?? ""];
      const same = phone ? (await search(api, phone, signal)).find((each) => each.name === name) : undefined;
      const made = same ?? (await api.post("/v1/customers", { name, ...(phone && { phone }), ...(address && { address }) }));
      customer = made;
      return String(made.id);
    },
  };
}
