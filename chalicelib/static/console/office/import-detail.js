import { confirmed } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { listed } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain } from "../shared/notices.js";
import { STATE_HUES } from "./import-list.js";
import { importReport } from "./import-report.js";
import { kindName, problemText, stateName, words } from "./import-words.js";
import { tile } from "./tile.js";
import { whileVisible } from "./while-visible.js";

/** @import { Import } from "./types.js" */

const RUNNING = ["checking", "committing"];
const COUNTS = /** @type {const} */ (["created", "updated", "unchanged", "skipped", "failed"]);
const LOOK_MS = 1000;

/**
 * One import: how far it is, what it would do or has done, and the next step.
 *
 * @param {string} id
 * @param {import("../pages.js").Context} context
 */
export async function showImport(id, { api, main, signal }) {
  const path = `/v1/imports/${id}`;
  /** @type {Import} */
  let row = await api.get(path, { signal });
  /** @type {string | undefined} */
  let drawn;
  const head = el("div.card.stack");
  const report = importReport(api, path, signal);
  fill(main, el("div.narrow.stack", h("a", { href: "#imports" }, "‹ ", words("all")), head, report.element));
  draw();
  const again = whileVisible(async () => {
    row = await api.get(path, { signal });
    draw();
    // A later change by another user is shown with the next visit.
    return RUNNING.includes(row.state) ? LOOK_MS : Infinity;
  }, signal);
  again(LOOK_MS);

  /** @param {"check" | "commit"} step */
  async function take(step) {
    try {
      row = await api.post(`${path}/${step}`, undefined, { signal });
    } catch (error) {
      complain(error);
    }
    draw();
    again(LOOK_MS);
  }

  async function commit() {
    const { created = 0, updated = 0 } = row.rows;
    const sure = { title: words("commitTitle"), text: words("commitText", { created, updated }), action: words("commit", { count: created + updated }) };
    if (await confirmed(sure)) await take("commit");
  }

  function draw() {
    const now = JSON.stringify(row);
    // What is read out, or about to be pressed, must not be replaced by the same.
    if (now === drawn) return;
    drawn = now;
    const { file_name, kind, state, rows } = row;
    fill(
      head,
      el("div.row", h("h2.grow", { dir: "auto" }, file_name), el("span.badge", kindName(kind)), h("span", { class: `badge ${STATE_HUES[state]}` }, stateName(state))),
      RUNNING.includes(state) ? progress(row) : verdict(row, { check: () => take("check"), commit, goOn: () => take(row.step === "write" ? "commit" : "check") }),
      rows.total && state !== "refused" && figures(row),
      columns(row),
    );
    if (["checked", "done"].includes(state)) report.show(row);
    else report.hide();
  }
}

/** @param {Import} row */
function progress({ state, step, rows: { total = 0, checked = 0, written = 0 } }) {
  const done = step === "write" ? written : checked;
  const text = step === "read" || !total ? words("reading") : words(step === "write" ? "writingRows" : "checkingRows", { done, total });
  return [
    h("div.stack", { role: "status" }, el("p", text), h("progress", { ...(total ? { value: done, max: total } : {}), "aria-label": stateName(state) })),
    el("p.soft.small", words("leave")),
  ];
}

/** @param {Import} row @param {{check(): void, commit(): void, goOn(): void}} act */
function verdict({ state, problem, rows: { total = 0, created = 0, updated = 0, failed: wrong = 0 } }, act) {
  const notice = (/** @type {string} */ hue, /** @type {import("../shared/icons.js").IconName} */ sign, /** @type {import("../shared/dom.js").Child[]} */ ...text) =>
    h("div", { class: `notice ${hue}`, role: hue === "red" ? "alert" : "status" }, icon(sign), el("div.grow", ...text));
  const button = (/** @type {string} */ text, /** @type {() => void} */ what) => h("button.button.primary", { onclick: what }, text);
  const reason = problem && problemText(problem).map((line) => el("p.small", line));
  if (state === "done") return notice("green", "check", words("done"));
  if (state === "failed") return [notice("red", "alert", words("broken"), reason), button(words("goOn"), act.goOn)];
  if (state === "refused") return notice("red", "alert", reason);
  if (state === "waiting_for_file") return blank({ icon: "note", title: words("notUploaded") });
  if (wrong) return notice("amber", "alert", words("wrong", { failed: wrong }), reason);
  if (!created && !updated) return notice("green", "check", words("nothing"));
  return [notice("green", "check", words("ready", { total }), reason), button(words("commit", { count: created + updated }), act.commit)];
}

/** @param {Import} row */
function figures({ rows }) {
  const shown = COUNTS.filter((name) => rows[name]);
  return shown.length > 0 && el("dl.tiles", shown.map((name) => tile(words(name), rows[name])));
}

/** @param {Import} row */
function columns({ columns: found, unused }) {
  const headers = Object.values(found);
  return [
    headers.length > 0 && el("p.small.soft", words("columns"), "：", headers.flatMap((each, n) => [n > 0 && "、", el("bdi", each)])),
    unused.length > 0 && el("p.small", words("unused", { columns: listed(unused) })),
  ];
}

