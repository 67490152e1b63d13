import { el, fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { formats } from "../shared/format.js";
import { blank, loading, notify } from "../shared/notices.js";
import { upload } from "../shared/upload.js";
import { kindName, stateName, words } from "./import-words.js";
import { Pager } from "../shared/pager.js";
import { reading } from "../shared/read-pages.js";

/** @import { Import, ImportKind, ImportState } from "./types.js" */

/** @type {Readonly<Record<ImportState, string>>} */
export const STATE_HUES = { waiting_for_file: "grey", checking: "violet", checked: "blue", committing: "violet", done: "green", refused: "red", failed: "red" };

const KINDS = /** @type {readonly ImportKind[]} */ (["customers", "orders", "drivers", "templates", "routes"]);
const MOST_MB = 10;
const MB = 2 ** 20;
const UPLOAD_WITHIN_MS = 120_000;

/** The form for a new import, and earlier imports. @param {import("../pages.js").Context} context */
export async function showImports({ api, me, main, signal }) {
  const format = formats(me.tenant);
  const list = el("div.stack", loading(3));
  const more = h("button.button", { hidden: true, onclick: () => void read(() => pager.more()) }, words("shownMore"));
  /** @type {Pager<Import>} */
  const pager = new Pager((page, asked) => api.get("/v1/imports", { query: page, signal: asked }), signal, 20);
  const read = reading(pager, list, { draw, again: () => void read(() => pager.load()) });
  fill(main, el("div.narrow.stack", newImport(api, me), el("h2", words("earlier")), list, more));
  await read(() => pager.load());

  function draw() {
    more.hidden = !pager.hasMore;
    if (!pager.rows.length) return void fill(list, blank({ icon: "inbox", title: words("none") }));
    fill(
      list,
      el(
        "ul.customer-list",
        pager.rows.map(({ id, kind, file_name, state, rows, created_at }) =>
          h(
            "li.card.customer-row",
            { dataset: { import: id } },
            h("a.grow.name", { href: `#imports/${id}`, dir: "auto" }, file_name),
            el("span.number.small.soft", format.ago(created_at)),
            el("span.small.soft", kindName(kind), rows.total ? ` · ${words("rows", { count: rows.total })}` : ""),
            el("span.row.tight", h("span", { class: `badge ${STATE_HUES[state]}` }, stateName(state))),
          ),
        ),
      ),
    );
  }
}

/** @param {import("../shared/api.js").Api} api @param {import("../shared/session.js").Me} me */
function newImport(api, { role }) {
  const kinds = role === "admin" ? [...KINDS, /** @type {ImportKind} */ ("users")] : KINDS;
  const kind = h("select", { name: "kind" }, kinds.map((each) => h("option", { value: each }, kindName(each))));
  const file = h("input", { type: "file", name: "file", required: true, accept: ".csv,.tsv,.txt,.xlsx" });
  const source = h("input", { name: "source", maxlength: 32, pattern: "[a-z0-9_\\-]+", autocomplete: "off", autocapitalize: "none" });
  return form(
    { submit: words("upload"), class: "card stack" },
    async () => {
      const chosen = /** @type {File} */ (file.files?.[0]);
      if (chosen.size > MOST_MB * MB) return notify(words("tooLarge", { mb: MOST_MB }), { wrong: true });
      const created = await api.post("/v1/imports", { kind: kind.value, file_name: chosen.name.slice(-100), size: chosen.size || 1, ...(source.value && { source: source.value }) });
      try {
        await upload(created.upload, chosen, AbortSignal.timeout(UPLOAD_WITHIN_MS));
      } catch {
        return notify(words("notUploaded"), { wrong: true });
      }
      await api.post(`/v1/imports/${created.id}/check`);
      location.hash = `#imports/${created.id}`;
    },
    el("h2", words("title")),
    el("p.soft", words("text")),
    field(words("kind"), kind),
    field(words("file"), file),
    el("details", el("summary", words("more")), field(words("source"), source, { hint: words("sourceHint") })),
  );
}
