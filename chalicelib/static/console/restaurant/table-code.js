import { confirmed, dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { icon } from "../shared/icons.js";
import { complain, failed, loading, notify } from "../shared/notices.js";
import { codeImage, picture } from "./qr-codes.js";
import { words } from "./tables-words.js";

/**
 * A table's code: to look at, to download, to renew.
 *
 * @param {import("./types.js").Table} table
 * @param {{
 *   api: import("../shared/api.js").Api,
 *   format: {day(time: string): string},
 *   put: (table: import("./types.js").Table) => void,
 * }} context
 */
export function showCode(table, { api, format, put }) {
  const title = words("codeOf", { number: table.number });
  const place = el("div.stack.code", loading(5));

  async function load() {
    try {
      const [image, code] = await Promise.all([codeImage(api, table, title), api.get(`/v1/tables/${table.id}/qr`)]);
      /** @type {import("./types.js").QrCode} */
      const { url, valid_until } = code;
      fill(
        place,
        image,
        el("p.soft", words("until", { day: format.day(valid_until) })),
        el(
          "div.row",
          h("button.button", { onclick: () => void save("svg") }, icon("download"), words("svg")),
          h("button.button", { onclick: () => void save("png") }, icon("download"), words("png")),
          url && h("a.button.plain", { href: url, target: "_blank", rel: "noopener" }, words("open")),
        ),
        h("button.button.danger", { onclick: () => void renew() }, icon("refresh"), words("renew")),
      );
    } catch (error) {
      fill(place, failed(error, load));
    }
  }

  /** @param {"svg" | "png"} type */
  async function save(type) {
    try {
      download(await picture(api, table, type), `QR ${table.number}.${type}`);
    } catch (error) {
      complain(error);
    }
  }

  async function renew() {
    const question = { title: words("renewTitle", { number: table.number }), text: words("renewText"), action: words("renew"), danger: true };
    if (!(await confirmed(question))) return;
    try {
      await api.post(`/v1/tables/${table.id}/qr`);
      notify(words("renewed"));
      put(await api.get(`/v1/tables/${table.id}`));
      await load();
    } catch (error) {
      complain(error);
    }
  }

  void load();
  return dialog(title, () => [place]);
}
