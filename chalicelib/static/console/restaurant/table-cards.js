import { el, fill, h } from "../shared/dom.js";
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
 *   tables: readonly import("./types.js").Table[],
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
    el(
      "div.stack",
      el(
        "div.row.no-print",
        h("a.button", { href: "#tables" }, words("back")),
        el("p.grow.soft", words("printText", { count: tables.length, day })),
        h("button.button.primary", { onclick: () => print() }, icon("printer"), words("printNow")),
      ),
      el(
        "ul.table-cards",
        tables.map(({ number }, n) =>
          el(
            "li",
            el("strong.cards-shop", el("bdi", shop)),
            images[n],
            el("strong.cards-number", el("bdi", number)),
            el("span", words("scan"), " · ", words("scanToo")),
            el("small", words("until", { day })),
          ),
        ),
      ),
    ),
  );
}
