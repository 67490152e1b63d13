import { confirmed, dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field, passwordInput } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, changeThenReload, complain, loading, notify } from "../shared/notices.js";
import { sessionList } from "../shared/session-list.js";
import { Page } from "../shared/page.js";
import { roleName, words as shared } from "../shared/words.js";
import { CustomerSearch } from "./customer-search.js";
import { allRows } from "../shared/all-pages.js";
import { loadDrivers } from "./drivers.js";
import { writeMessage } from "../shared/message-form.js";
import { whileVisible } from "./while-visible.js";
import texts from "../texts/office/user-words.json" with { type: "json" };
import "./customer-search.css";

const words = dictionary(texts);

/** @import { Role } from "../shared/session.js" */
/** @import { User } from "./types.js" */

/** Restaurants have no drivers, and their guests no password. @type {Readonly<Record<"delivery" | "table", readonly Role[]>>} */
const ROLES = { delivery: ["office_staff", "driver", "admin", "customer"], table: ["office_staff", "admin"] };
// Users have no channel: they change once in a month.
const EVERY_MS = 30_000;

/** The users of the business. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, me, main, signal } = context;
  fill(main, loading(4));
  const drivers = me.tenant.kind === "delivery" ? await loadDrivers(api, signal) : { active: [], name: () => "" };
  await new UsersPage(context, drivers).open();
}

class UsersPage extends Page {
  #drivers;
  /** @type {User[]} */
  #users = [];
  #search = h("input", { type: "search", "aria-label": words("search"), placeholder: words("search"), oninput: this.draw });
  #list = el("ul.people");

  /** @param {import("../pages.js").Context} context @param {import("./drivers.js").Drivers} drivers */
  constructor(context, drivers) {
    super(context);
    this.#drivers = drivers;
  }

  async open() {
    const { main, signal } = this.context;
    await this.#load();
    const add = h("button.button.primary", { onclick: () => void this.#edit() }, icon("plus"), words("add"));
    fill(main, el("div.stack", el("div.row.people-bar", el("div.field.grow", this.#search), add), this.#list));
    const reload = async () => {
      await this.#load();
      return EVERY_MS;
    };
    whileVisible(reload, signal)(EVERY_MS);
  }

  async #load() {
    const { api, signal } = this.context;
    this.#users = await allRows(api, "/v1/users", signal);
    // What is about to be clicked must not move.
    if (!this.#list.contains(document.activeElement)) this.draw();
  }

  drawNow() {
    const term = this.#search.value.trim().toLowerCase();
    const found = this.#users.filter(({ name, username }) => `${name}\n${username}`.toLowerCase().includes(term));
    fill(this.#list, found.length ? found.map((user) => this.#row(user)) : el("li", blank({ icon: "people", title: words("none") })));
  }

  /** @param {User} user */
  #row(user) {
    const { me, api, signal } = this.context;
    const { id, name, username, role, status, driver_id } = user;
    const active = status === "active";
    const press = (/** @type {"edit" | "signIns" | "newPassword" | "suspend" | "restore"} */ word, /** @type {string} */ look, /** @type {() => unknown} */ what) =>
      h("button", { class: look, "aria-label": `${words(word)} ${name}`, onclick: what }, words(word));
    return h(
      "li.card.row",
      { dataset: { user: id } },
      el("span.portrait", icon("user")),
      el(
        "div.grow",
        el("div.row.tight", h("strong", { dir: "auto" }, name), el("span.badge.blue", roleName(role)), id === me.id && el("span.badge", words("you")), !active && el("span.badge.red", words("suspended"))),
        h("div.soft.small", { dir: "auto" }, [username, driver_id && this.#drivers.name(driver_id)].filter(Boolean).join(" · ")),
      ),
      active && id !== me.id && h("button.button.square", { "aria-label": `${words("message")} ${name}`, title: words("message"), onclick: () => writeMessage(api, me, { name, user_ids: [id] }) }, icon("message")),
      press("edit", "button", () => this.#edit(user)),
      id !== me.id && press("signIns", "button", () => void dialog(`${words("signIns")}: ${name}`, () => [sessionList(api, me, `/v1/users/${id}/sessions`, signal)])),
      // One's own is changed on the page of the account, with the current one.
      id !== me.id && press("newPassword", "button", () => this.#renew(user)),
      // Admins cannot lock themselves out.
      id !== me.id && (active ? press("suspend", "button plain danger", () => this.#suspend(user)) : press("restore", "button", () => this.#change(user, { status: "active" }))),
    );
  }

  /** @param {User} [user] a new one without */
  async #edit(user) {
    const { me, api } = this.context;
    const name = h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off", value: user?.name ?? "" });
    const username = h("input", { name: "username", required: true, maxlength: 100, autocomplete: "off" });
    const role = h("select", { name: "role", disabled: user?.id === me.id }, ROLES[this.context.me.tenant.kind].map((each) => h("option", { value: each, selected: each === user?.role }, roleName(each))));
    const person = this.#personFields(user);
    const own = this.#ownPassword();
    const showRole = () => {
      person.show(/** @type {Role} */ (role.value));
      own.show(role.value === "admin" && user?.role !== "admin");
    };
    role.addEventListener("change", showRole);
    const password = passwordInput("password", "new-password");
    const saved = await formDialog(
      words(user ? "editTitle" : "add"),
      user ? shared("save") : words("add"),
      () => {
        const body = { name: name.value.trim(), role: role.value, ...person.values(), ...own.values() };
        if (user) return api.patch(`/v1/users/${user.id}`, body);
        return api.post("/v1/users", { ...body, username: username.value.trim(), password: password.value });
      },
      field(words("name"), name),
      !user && field(words("username"), username, { hint: words("usernameHint") }),
      field(words("role"), role),
      person.element,
      !user && field(words("password"), password, { hint: words("passwordHint") }),
      own.element,
    );
    if (!saved) return;
    notify(user ? words("changed") : words("added", { name: saved.name }));
    await this.#load().catch(complain);
    this.draw();
  }

  /** The signed-in admin's own password, which is needed to give access as an admin. */
  #ownPassword() {
    const element = el("div");
    const control = passwordInput("current_password", "current-password");
    const shownField = field(words("ownPassword"), control, { hint: words("ownPasswordHint") });
    let shown = false;
    return {
      element,
      /** @param {boolean} needed */
      show(needed) {
        shown = needed;
        fill(element, needed && shownField);
      },
      values: () => (shown ? { current_password: control.value } : {}),
    };
  }

  /** Fields that name the driver or the customer of a user. @param {User} [user] */
  #personFields(user) {
    const { api, signal } = this.context;
    const driver = h("select", { name: "driver_id", required: true }, h("option", { value: "" }, words("choose")), this.#drivers.active.map(({ id, name }) => h("option", { value: id, selected: id === user?.driver_id }, name)));
    let customer = user?.customer_id ?? "";
    const box = new CustomerSearch(
      api,
      {
        onChoose: ({ id, name }) => {
          customer = id;
          box.input.value = name;
          box.close();
        },
        onNew: () => notify(words("existing"), { wrong: true }),
      },
      signal,
    );
    box.input.name = "customer_id";
    box.input.required = !customer;
    const element = el("div");
    /** @type {Role} */
    let shown = user?.role ?? "office_staff";
    /** @param {Role} role */
    const show = (role) => {
      shown = role;
      fill(element, role === "driver" && field(words("driver"), driver), role === "customer" && field(words("customer"), box.input, { hint: words("customerHint") }));
    };
    show(shown);
    return {
      element,
      show,
      values: () => (shown === "driver" ? { driver_id: driver.value } : shown === "customer" ? { customer_id: customer } : {}),
    };
  }

  /** @param {User} user */
  async #renew({ id, name, role }) {
    const password = passwordInput("password", "new-password");
    const own = this.#ownPassword();
    own.show(role === "admin");
    const changed = await formDialog(
      words("newPassword"),
      shared("save"),
      () => this.context.api.patch(`/v1/users/${id}`, { password: password.value, ...own.values() }),
      el("p.notice.amber", words("passwordWarning", { name })),
      field(words("newPassword"), password, { hint: words("passwordHint") }),
      own.element,
    );
    if (changed) notify(words("passwordSet", { name }));
  }

  /** @param {User} user */
  async #suspend(user) {
    const sure = { title: words("suspendTitle"), text: words("suspendText", { name: user.name }), action: words("suspend"), danger: true };
    if (await confirmed(sure)) await this.#change(user, { status: "suspended" });
  }

  /** @param {User} user @param {Record<string, unknown>} what */
  async #change({ id }, what) {
    const reload = async () => {
      await this.#load();
      this.draw();
    };
    await changeThenReload(() => this.context.api.patch(`/v1/users/${id}`, what), reload, words("changed"));
  }
}
