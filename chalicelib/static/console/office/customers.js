import { el, fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { blank, complain, failed, loading } from "../shared/notices.js";
import { afterPause, onTyped } from "../shared/timing.js";
import { Page } from "../shared/page.js";
import { Rows } from "../shared/rows.js";
import { sidePanel } from "./side-panel.js";
import { editCustomer } from "./customer-form.js";
import { showCustomer } from "./customer-panel.js";
import { words } from "./customer-words.js";
import { phoneText } from "../shared/phones.js";
import { Pager } from "../shared/pager.js";
import "./customers.css";
import "../shared/product-picker.css";
import "./side-panel.css";

/** @import { Customer } from "./types.js" */

const PAUSE_MS = 200;

/** The customers of the business. `#customers/{id}` opens one of them beside the list. @type {import("../pages.js").Show} */
export function show(context) {
  new Customers(context).open();
}

class Customers extends Page {
  #search = h("input", { type: "search", "aria-label": words("search"), placeholder: words("search"), maxlength: 100 });
  #status = h("select", { "aria-label": words("which") }, h("option", { value: "" }, words("all")), h("option", { value: "active" }, words("active")), h("option", { value: "suspended" }, words("suspended")));
  #count = h("p.small.soft.number", { role: "status" });
  #list = el("ul.customer-list");
  #place = el("div", loading(6));
  #more = h("button.button", { hidden: true, onclick: () => void this.#read(() => this.#pager.more()) }, words("more"));
  #rows = new Rows(this.context.api, "/v1/customers", this.context.signal, (/** @type {Customer} */ customer) => this.#put(customer));
  /** @type {Pager<Customer>} */
  #pager = new Pager(
    (page, signal) => this.context.api.get("/v1/customers", { query: { ...page, q: this.#search.value.trim(), status: this.#status.value }, signal }),
    this.context.signal,
  );

  open() {
    const { api, main, signal, realtime, follow, listen, path } = this.context;
    fill(main, el("div.stack", el("div.row.people-bar", el("div.field.grow", this.#search), el("div.field", this.#status), this.#addButton()), this.#count, this.#place, this.#more));
    onTyped(this.#search, afterPause(PAUSE_MS, () => void this.#load(), signal));
    this.#status.addEventListener("change", () => void this.#load());
    const panel = { api, realtime, format: this.format, days: this.days, put: (/** @type {Customer} */ customer) => this.#put(customer) };
    const openOne = sidePanel("customers", (id, until) => showCustomer(id, panel, until), signal);
    follow(openOne);
    listen("customers", {
      onReload: async () => {
        try {
          if (await this.#pager.load({ shown: true })) this.draw();
        } catch (error) {
          // What is shown stays; the client tries again by itself.
          if (!this.#list.isConnected) fill(this.#place, failed(error, () => void this.#load()));
          throw error;
        }
        return {};
      },
      onEvent: ({ type, data }) => void (type === "customer_changed" && this.#refresh(String(data.customer_id))),
    });
    void openOne(path);
  }

  #addButton() {
    return h("button.button.primary", { onclick: () => void editCustomer(this.context.api, undefined, (customer) => this.#created(customer)) }, icon("plus"), words("add"));
  }

  #load() {
    return this.#read(() => this.#pager.load());
  }

  /** @param {() => Promise<boolean>} ask */
  async #read(ask) {
    try {
      if (await ask()) this.draw();
    } catch (error) {
      if (this.#list.isConnected) complain(error);
      else fill(this.#place, failed(error, () => void this.#load()));
    }
  }

  drawNow() {
    const { rows, hasMore } = this.#pager;
    this.#more.hidden = !hasMore;
    this.#count.textContent = rows.length ? words(hasMore ? "shownMore" : "shown", { count: rows.length }) : "";
    if (rows.length) return void fill(this.#place, fill(this.#list, rows.map((each) => this.#row(each))));
    const narrowed = this.#search.value.trim() !== "" || this.#status.value !== "";
    const clear = h("button.button", { onclick: () => this.#clearAll() }, words("clear"));
    fill(this.#place, narrowed ? blank({ icon: "user", title: words("noMatch"), text: words("noMatchText") }, clear) : blank({ icon: "user", title: words("none"), text: words("noneText") }, this.#addButton()));
  }

  #clearAll() {
    this.#search.value = this.#status.value = "";
    this.#search.focus();
    void this.#load();
  }

  /** @param {Customer} customer */
  #row({ id, name, phone, address, sms_opt_out, cylinders_out, status: state }) {
    return h(
      "li.card.customer-row",
      { dataset: { customer: id } },
      h("a.grow.name", { href: `#customers/${id}`, dir: "auto" }, name),
      el("span.number", phoneText(phone)),
      h("span.small.soft.address", { dir: "auto" }, address),
      el(
        "span.row.tight",
        cylinders_out > 0 && el("span.badge", words("cylinders", { count: cylinders_out })),
        sms_opt_out && el("span.badge", words("optOut")),
        state === "suspended" && el("span.badge.red", words("suspended")),
      ),
    );
  }

  /** @param {Customer} customer */
  #put(customer) {
    const known = this.#pager.rows.find(({ id }) => id === customer.id);
    if (known && known.version <= customer.version && this.#pager.put(customer)) this.draw();
  }

  /** @param {Customer} customer */
  #created({ id }) {
    void this.#read(() => this.#pager.load({ shown: true }));
    location.hash = `#customers/${id}`;
  }

  /** @param {string} id of a customer who was created or changed, here or elsewhere */
  async #refresh(id) {
    if (this.#pager.rows.some((each) => each.id === id)) await this.#rows.read(id);
    else await this.#read(() => this.#pager.load({ shown: true }));
  }
}
