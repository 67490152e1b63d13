import { ApiError } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dictionary, listed } from "../shared/i18n.js";
import { changesOf, merge } from "./edited-fields.js";
import texts from "../texts/office/versioned-form.json" with { type: "json" };

const words = dictionary(texts);

/**
 * Edits a row that others may change, too. Only what was touched is sent, with the version that was seen; where another user
 * was quicker, what was not touched becomes theirs, and what was is asked for once more.
 *
 * @template {{version: number}} Row
 * @param {string} submit
 * @param {Row} row as it was seen
 * @param {readonly import("./edited-fields.js").EditedField<Row>[]} fields
 * @param {{
 *   save(changes: Record<string, unknown>): Promise<void>,
 *   reload(): Promise<Row>,
 * }} owner save: with the version; rejects with an ApiError. reload: the row as it is now
 * @param {import("../shared/dom.js").Child[]} more
 */
export function versionedForm(submit, row, fields, { save, reload }, ...more) {
  let base = row;
  const overtaken = h("p.notice.amber", { role: "alert", hidden: true });
  for (const { control, text } of fields) control.value = text(row);
  return form(
    { submit },
    async () => {
      overtaken.hidden = true;
      try {
        await save({ ...changesOf(fields, base), version: base.version });
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "stale_version") throw error;
        const newest = await reload();
        const theirs = merge(fields, base, newest);
        base = newest;
        overtaken.textContent = words("overtaken", { fields: listed(theirs) || words("other") });
        overtaken.hidden = false;
      }
    },
    fields.map(({ label, control, hint }) => field(label, control, { hint })),
    ...more,
    overtaken,
  );
}
