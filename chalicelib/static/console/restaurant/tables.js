import { ApiError } from "../shared/api.js";
import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { keepFocus } from "../shared/keep-focus.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { blank, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { Rows } from "../shared/rows.js";
import { allRows } from "../shared/all-pages.js";
import { words as shared } from "../shared/words.js";
import { showCode } from "./table-code.js";
import { printSheet } from "./table-cards.js";
import { sortTables } from "./sort-tables.js";
import { words } from "./tables-words.js";
import "./tables.css";

/** @import { Table } from "./types.js" */

/** A restaurant's tables; `#tables/print` are their cards, for the printer. @type {import("../pages.js").Show} */
export async function show(context) {
  const { api, signal, main, me, path } = context;
  /** @type {Table[]} */
  const tables = await allRows(api, "/v1/tables", signal);
  if (signal.aborted) return;
  if (path[0] !== "print") return new TablesPage(context, tables).drawNow();
  await printSheet(main, { api, signal, format: formats(me.tenant), shop: me.tenant.name, tables: sortTables(tables).filter(({ status }) => status === "active") });
}

class TablesPage extends Page {
  #tables;
  /** @type {Rows<Table>} */
  #rows = new Rows(this.context.api, "/v1/tables", this.context.signal, (table) => this.#put(table));

  /** @param {import("../pages.js").Context} context @param {Table[]} tables */
  constructor(context, tables) {
    super(context);
    this.#tables = tables;
  }

  drawNow() {
    fill(
      this.context.main,
      el(
        "div.stack",
        el(
          "div.row",
          h("button.button.primary", { onclick: () => this.#edit() }, icon("plus"), words("add")),
          this.#tables.some(({ status }) => status === "active") && h("a.button", { href: "#tables/print" }, icon("printer"), words("print")),
        ),
        this.#tables.length === 0 ? blank({ icon: "qr", title: words("none"), text: words("noneText") }) : el("ul.tables", sortTables(this.#tables).map((table) => this.#card(table))),
      ),
    );
  }

  /** @param {Table} table */
  #card(table) {
    const { id, number, seats, status } = table;
    const active = status === "active";
    return h(
      "li.card.table-card",
      { dataset: { table: id, status } },
      el("div.row", el("h2.grow", el("bdi", number)), active ? el("span.soft.small", words("seatsOf", { seats })) : el("span.badge", words("suspended"))),
      el(
        "div.row.tight",
        active && h("button.button", { onclick: () => void showCode(table, { api: this.context.api, format: this.format, put: (table) => this.#put(table) }) }, icon("qr"), words("code")),
        h("button.button.square", { "aria-label": words("editOf", { number }), onclick: () => this.#edit(table) }, icon("edit")),
        active
          ? h("button.button.plain", { onclick: () => void this.#suspend(table) }, words("suspend"))
          : h("button.button", { onclick: () => void this.#rows.change(table, { status: "active" }) }, icon("refresh"), words("restore")),
      ),
    );
  }

  /** @param {Table} table */
  #put(table) {
    const { signal, main } = this.context;
    if (signal.aborted) return;
    this.#tables = [...this.#tables.filter(({ id }) => id !== table.id), table];
    keepFocus(main, "table", () => this.drawNow());
  }

  /** @param {Table} [table] a new one without */
  async #edit(table) {
    const { api } = this.context;
    const number = h("input", { name: "number", required: true, maxlength: 20, autocomplete: "off", value: table?.number ?? "" });
    const seats = h("input", { name: "seats", type: "number", required: true, min: 1, max: 200, value: table?.seats ?? 4 });
    /** @returns {Promise<Table>} */
    const send = async () => {
      const body = { number: number.value.trim(), seats: Number(seats.value) };
      try {
        return await (table ? api.patch(`/v1/tables/${table.id}`, { ...body, version: table.version }) : api.post("/v1/tables", body));
      } catch (error) {
        if (table && error instanceof ApiError && error.code === "stale_version") Object.assign(table, await this.#rows.read(table.id));
        throw error;
      }
    };
    const saved = await formDialog(words(table ? "edit" : "add"), shared("save"), send, field(words("number"), number, { hint: words("numberHint") }), field(words("seats"), seats));
    if (!saved) return;
    this.#put(saved);
    notify(words("saved", { number: saved.number }));
  }

  /** @param {Table} table */
  async #suspend(table) {
    const question = { title: words("suspendTitle", { number: table.number }), text: words("suspendText"), action: words("suspend"), danger: true };
    if (await confirmed(question)) await this.#rows.change(table, { status: "suspended" });
  }
}
