import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { codeImage } from "./qr-codes.js";
import { words } from "./tables-words.js";

/**
 * A card for each table, with its code, to cut out: six on a sheet.
 *
 * @param {HTMLElement} main
 * @param {{
 *   api: import("../shared/api.js").Api,
 *   signal: AbortSignal,
 *   format: {day(time: string): string},
 *   shop: string,
 *   tables: readonly import("./qr-codes.js").Table[],
 * }} context
 */
export async function printSheet(main, { api, signal, format, shop, tables }) {
  const images = await Promise.all(tables.map((table) => codeImage(api, table, words("codeOf", { number: table.number }), signal)));
  // The rotation is the same for all of them.
  const [first] = tables;
  const code = first && (await api.get(`/v1/tables/${first.id}/qr`, { signal }));
  if (signal.aborted) return;
  const day = code ? format.day(code.valid_until) : "";
  fill(
    main,
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "row no-print" },
        h("a", { class: "button", href: "#tables" }, words("back")),
        h("p", { class: "grow soft" }, words("printText", { count: tables.length, day })),
        h("button", { class: "button primary", onclick: () => print() }, icon("printer"), words("printNow")),
      ),
      h(
        "ul",
        { class: "table-cards" },
        tables.map(({ number }, n) =>
          h(
            "li",
            {},
            h("strong", { class: "cards-shop" }, h("bdi", {}, shop)),
            images[n],
            h("strong", { class: "cards-number" }, h("bdi", {}, number)),
            h("span", {}, words("scan"), " · ", words("scanToo")),
            h("small", {}, words("until", { day })),
          ),
        ),
      ),
    ),
  );
}
