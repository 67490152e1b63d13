import { ApiError } from "../shared/api.js";
import { confirmed, dialog } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { blank, complain, notify } from "../shared/notices.js";
import { allRows } from "../shared/all-pages.js";
import { words as shared } from "../shared/words.js";
import { showCode } from "./table-code.js";
import { printSheet } from "./table-cards.js";
import { sortTables } from "./sort-tables.js";
import { words } from "./tables-words.js";
import "./tables.css";

/** @typedef {import("./qr-codes.js").Table} Table */

/** A restaurant's tables; `#tables/print` are their cards, for the printer. @type {import("../pages.js").Show} */
export async function show({ api, signal, main, me, path: [part] }) {
  /** @type {Table[]} */
  let tables = await allRows(api, "/v1/tables", signal);
  if (signal.aborted) return;
  const format = formats(me.tenant);
  if (part === "print") return printSheet(main, { api, signal, format, shop: me.tenant.name, tables: sortTables(tables).filter(({ status }) => status === "active") });

  function draw() {
    fill(
      main,
      h(
        "div",
        { class: "stack" },
        h(
          "div",
          { class: "row" },
          h("button", { class: "button primary", onclick: () => edit() }, icon("plus"), words("add")),
          tables.some(({ status }) => status === "active") && h("a", { class: "button", href: "#tables/print" }, icon("printer"), words("print")),
        ),
        tables.length === 0 ? blank({ icon: "qr", title: words("none"), text: words("noneText") }) : h("ul", { class: "tables" }, sortTables(tables).map(card)),
      ),
    );
  }

  /** @param {Table} table */
  function card(table) {
    const { id, number, seats, status } = table;
    const active = status === "active";
    return h(
      "li",
      { class: "card table-card", dataset: { table: id, status } },
      h("div", { class: "row" }, h("h2", { class: "grow" }, h("bdi", {}, number)), active ? h("span", { class: "soft small" }, words("seatsOf", { seats })) : h("span", { class: "badge" }, words("suspended"))),
      h(
        "div",
        { class: "row tight" },
        active && h("button", { class: "button", onclick: () => void showCode(table, { api, format, put }) }, icon("qr"), words("code")),
        h("button", { class: "button square", "aria-label": words("editOf", { number }), onclick: () => edit(table) }, icon("edit")),
        active
          ? h("button", { class: "button plain", onclick: () => void suspend(table) }, words("suspend"))
          : h("button", { class: "button", onclick: () => void change(table, { status: "active" }) }, icon("refresh"), words("restore")),
      ),
    );
  }

  /** @param {Table} table */
  function put(table) {
    if (signal.aborted) return;
    tables = [...tables.filter(({ id }) => id !== table.id), table];
    const focused = document.activeElement?.closest("li")?.dataset.table;
    draw();
    if (focused) /** @type {HTMLElement | null} */ (main.querySelector(`[data-table="${focused}"] button`))?.focus();
  }

  /** @param {Table} [table] a new one without */
  function edit(table) {
    const number = h("input", { name: "number", required: true, maxlength: 20, autocomplete: "off", value: table?.number ?? "" });
    const seats = h("input", { name: "seats", type: "number", required: true, min: 1, max: 200, value: table?.seats ?? 4 });
    return dialog(words(table ? "edit" : "add"), (/** @type {() => void} */ close) => [
      form(
        { submit: shared("save") },
        async () => {
          const body = { number: number.value.trim(), seats: Number(seats.value) };
          try {
            put(table ? await api.patch(`/v1/tables/${table.id}`, { ...body, version: table.version }) : await api.post("/v1/tables", body));
          } catch (error) {
            if (table && error instanceof ApiError && error.code === "stale_version") await refresh(table);
            throw error;
          }
          notify(words("saved", { number: body.number }));
          close();
        },
        field(words("number"), number, { hint: words("numberHint") }),
        field(words("seats"), seats),
      ),
    ]);
  }

  /** @param {Table} table */
  async function suspend(table) {
    const question = { title: words("suspendTitle", { number: table.number }), text: words("suspendText"), action: words("suspend"), danger: true };
    if (await confirmed(question)) await change(table, { status: "suspended" });
  }

  /**
   * @param {Table} table
   * @param {Partial<Table>} changes
   */
  async function change(table, changes) {
    try {
      put(await api.patch(`/v1/tables/${table.id}`, { ...changes, version: table.version }));
    } catch (error) {
      complain(error);
      if (error instanceof ApiError && error.status > 0) await refresh(table);
    }
  }

  /** As the server has it. @param {Table} table */
  async function refresh(table) {
    try {
      const newest = await api.get(`/v1/tables/${table.id}`, { signal });
      Object.assign(table, newest);
      put(newest);
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  draw();
}
