import { el, fill, h } from "../shared/dom.js";
import { loading } from "../shared/notices.js";
import { rowFault, words } from "./import-words.js";
import { Pager } from "../shared/pager.js";
import { reading } from "../shared/read-pages.js";

/** @import { Import, ImportRow } from "./types.js" */

/** @type {Readonly<Record<ImportRow["outcome"], string>>} */
const HUES = { created: "green", updated: "blue", unchanged: "grey", skipped: "amber", failed: "red" };

/**
 * What becomes, or became, of each row; those with errors first.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {string} path of the import
 * @param {AbortSignal} signal
 */
export function importReport(api, path, signal) {
  let only = "";
  /** @type {string | undefined} Which report is shown: a commit makes another of the same rows. */
  let shown;
  const place = el("div");
  const more = h("button.button", { hidden: true, onclick: () => void read(() => pager.more()) }, words("shownMore"));
  const turn = h("button.button.plain", { onclick: () => choose(only ? "" : "errors") });
  const element = h("section.stack", { hidden: true }, el("div.row", el("h2.grow", words("report")), turn), place, more);
  /** @type {Pager<ImportRow & {id: string}>} */
  const pager = new Pager((page, asked) => api.get(`${path}/rows`, { query: { ...page, only }, signal: asked }), signal);
  const read = reading(pager, place, { draw, again: () => choose(only) });

  /** @param {string} which */
  function choose(which) {
    only = which;
    turn.textContent = words(only ? "everyRow" : "onlyErrors");
    fill(place, loading(4));
    void read(() => pager.load());
  }

  function draw() {
    more.hidden = !pager.hasMore;
    fill(place, el("table", el("tbody", pager.rows.map(line))));
  }

  return {
    element,
    hide: () => void (element.hidden = true),
    /** @param {Import} of */
    show({ state, checked_at, rows: { failed: wrong = 0 } }) {
      const requested = `${state} ${checked_at}`;
      if (shown === requested) return;
      shown = requested;
      element.hidden = false;
      turn.hidden = wrong === 0;
      choose(wrong ? "errors" : "");
    },
  };
}

/** @param {ImportRow} of */
function line({ row, outcome, note, errors }) {
  return h(
    "tr",
    { dataset: { row } },
    h("th.number", { scope: "row" }, words("row", { row })),
    el("td", h("span", { class: `badge ${HUES[outcome]}` }, words(outcome))),
    el(
      "td",
      errors.map(({ field, column, message }) => el("div", el("strong", column ?? field), "：", rowFault(message))),
      note && el("div.soft", rowFault(note)),
    ),
  );
}
