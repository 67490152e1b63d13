import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain, notify } from "../shared/notices.js";
import { writeMessage } from "../shared/message-form.js";
import { Page } from "../shared/page.js";
import { every } from "../shared/timing.js";
import { allPages } from "../shared/all-pages.js";
import { FRESHNESS_HUES, freshness, newer } from "./freshness.js";
import texts from "../texts/delivery/drivers.json" with { type: "json" };

const words = dictionary(texts);

const TICK_MS = 10_000;

/** @import { Driver } from "./types.js" */

/** The drivers of the business. @type {import("../pages.js").Show} */
export function show(context) {
  return new Drivers(context).open();
}

class Drivers extends Page {
  /** @type {Map<string, Driver>} */
  #drivers = new Map();
  #search = h("input", { type: "search", "aria-label": words("search"), placeholder: words("search"), oninput: this.draw });
  #list = el("ul.people");
  #add = () => h("button.button.primary", { onclick: () => void this.#edit() }, icon("plus"), words("add"));

  async open() {
    const { main, listen, signal } = this.context;
    fill(main, el("div.stack", el("div.row", el("div.field.grow", this.#search), this.#add()), this.#list));
    await this.#load();
    listen("drivers", { onReload: () => this.#load(), onEvent: (each) => this.#onPosition(each) });
    // Positions come every few seconds: what is being clicked must not move with each.
    every(TICK_MS, () => this.#list.contains(document.activeElement) || this.draw(), signal);
  }

  async #load() {
    const { api, signal } = this.context;
    const { items } = await allPages(api, "/v1/drivers", { signal });
    for (const driver of /** @type {Driver[]} */ (items)) this.#put(driver);
    this.draw();
    return {};
  }

  /** @param {Driver} driver */
  #put(driver) {
    const known = this.#drivers.get(driver.id);
    if (known && known.version > driver.version) return;
    this.#drivers.set(driver.id, { ...driver, last_position: newer(known?.last_position, driver.last_position) });
  }

  drawNow() {
    const term = this.#search.value.trim().toLowerCase();
    const all = [...this.#drivers.values()].sort((one, other) => one.status.localeCompare(other.status) || one.name.localeCompare(other.name));
    const found = all.filter(({ name, phone, vehicle }) => [name, phone, phone && local(phone), vehicle].some((text) => text?.toLowerCase().includes(term)));
    if (!all.length) return void fill(this.#list, el("li", blank({ icon: "truck", title: words("none"), text: words("noneText") }, this.#add())));
    if (!found.length) return void fill(this.#list, el("li", blank({ icon: "truck", title: words("noMatch") })));
    fill(this.#list, found.map((driver) => this.#row(driver)));
  }

  /** @param {Driver} driver */
  #row(driver) {
    const { api, me } = this.context;
    const { name, vehicle, notes, status, last_position: at, user_ids = [] } = driver;
    const phone = driver.phone && local(driver.phone);
    const fresh = freshness(at);
    return h(
      "li.card.row",
      { dataset: { driver: driver.id } },
      el("span.portrait", icon("truck")),
      el(
        "div.grow",
        el("div.row", el("strong", name), status !== "active" && el("span.badge.red", words("suspended"))),
        el("div.soft.small", [phone, vehicle, notes].filter(Boolean).join(" · ")),
        el("div.small.row.tight", h("span", { class: `dot ${FRESHNESS_HUES[fresh]}` }), at ? words("seen", { ago: this.format.ago(at.timestamp) }) : words("never"), at && h("a", { href: "#map" }, words("onMap"))),
      ),
      phone && h("a.button.square", { href: `tel:${phone}`, "aria-label": `${words("phone")} ${phone}` }, icon("phone")),
      user_ids.length > 0 && h("button.button.square", { "aria-label": `${words("message")} ${name}`, title: `${words("message")} ${name}`, onclick: () => void writeMessage(api, me, { name, user_ids }) }, icon("message")),
      h("button.button", { "aria-label": `${words("edit")} ${name}`, onclick: () => void this.#edit(driver) }, words("edit")),
      status === "active"
        ? h("button.button.plain.danger", { "aria-label": `${words("suspend")} ${name}`, onclick: () => void this.#suspend(driver) }, words("suspend"))
        : h("button.button", { "aria-label": `${words("restore")} ${name}`, onclick: () => void this.#change(driver, { status: "active" }) }, words("restore")),
    );
  }

  /** @param {Driver} [driver] a new one without */
  async #edit(driver) {
    const { api } = this.context;
    const input = (/** @type {"name" | "phone" | "vehicle"} */ name, props = {}) => h("input", { name, maxlength: 100, autocomplete: "off", value: driver?.[name] ?? "", ...props });
    const notes = h("textarea", { name: "notes", rows: 2, maxlength: 1000, value: driver?.notes ?? "" });
    /** @param {Record<string, string>} values @returns {Promise<Driver>} */
    const send = async ({ name = "", phone = "", vehicle = "", notes: about = "" }) => {
      const body = { name, phone: phone || null, vehicle: vehicle || null, notes: about };
      try {
        return await (driver ? api.patch(`/v1/drivers/${driver.id}`, { ...body, version: driver.version }) : api.post("/v1/drivers", body));
      } catch (error) {
        if (/** @type {{code?: string}} */ (error).code === "stale_version") void this.#load();
        throw error;
      }
    };
    const saved = await formDialog(
      words(driver ? "editTitle" : "add"),
      words(driver ? "save" : "add"),
      send,
      field(words("name"), input("name", { required: true })),
      field(words("phone"), input("phone", { type: "tel", inputmode: "tel" })),
      field(words("vehicle"), input("vehicle")),
      field(words("notes"), notes),
      !driver && el("p.small.soft", words("login")),
    );
    if (!saved) return;
    this.#put(saved);
    notify(driver ? words("changed") : words("added", { name: saved.name }));
    this.draw();
  }

  /** @param {Driver} driver */
  async #suspend(driver) {
    const sure = { title: words("suspendTitle"), text: words("suspendText", { name: driver.name }), action: words("suspend"), danger: true };
    if (await confirmed(sure)) await this.#change(driver, { status: "suspended" });
  }

  /** @param {Driver} driver @param {Record<string, unknown>} what */
  async #change(driver, what) {
    try {
      this.#put(await this.context.api.patch(`/v1/drivers/${driver.id}`, { ...what, version: driver.version }));
      notify(words("changed"));
      this.draw();
    } catch (error) {
      // The message is about what is shown.
      await this.#load().catch(() => {});
      complain(error);
    }
  }

  /** @param {any} event */
  #onPosition({ type, data }) {
    const driver = this.#drivers.get(data?.driver_id);
    if (type !== "driver_location" || !driver) return;
    driver.last_position = newer(driver.last_position, data);
  }
}

/** As people here write it. @param {string} phone E.164 */
function local(phone) {
  return phone.replace(/^\+886/, "0");
}
