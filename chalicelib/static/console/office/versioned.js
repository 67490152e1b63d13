import { ApiError } from "../api.js";
import { h } from "../dom.js";
import { field, form } from "../forms.js";
import { dictionary } from "../i18n.js";

const words = dictionary(
  { overtaken: "您修改的同時，其他人也更新了：{fields}。您沒動過的欄位已換成最新內容；再按一次「儲存」就會存下您的修改。", other: "其他內容" },
  { overtaken: "Somebody else has changed this meanwhile: {fields}. What you had not touched is now as they have it; save once more to keep yours.", other: "something else" },
);

/**
 * @template Row
 * @typedef {{
 *   label: string, control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, text(row: Row): string,
 *   value?(text: string): unknown, hint?: string,
 * }} EditedField the control's name is the field's in the API. value: what is sent, trimmed text or null without
 */

/**
 * Edits a row that others may change, too. Only what was touched is sent, with the version that was seen; where somebody
 * else was quicker, what was not touched becomes theirs, and what was is asked for once more.
 *
 * @template {{version: number}} Row
 * @param {string} submit
 * @param {Row} row as it was seen
 * @param {readonly EditedField<Row>[]} fields
 * @param {{
 *   save(changes: Record<string, unknown>): Promise<void>,
 *   reload(): Promise<Row>,
 * }} owner save: with the version; rejects with an ApiError. reload: the row as it is now
 * @param {import("../dom.js").Child[]} more
 */
export function versionedForm(submit, row, fields, { save, reload }, ...more) {
  let base = row;
  const overtaken = h("p", { class: "notice amber", role: "alert", hidden: true });
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
        overtaken.textContent = words("overtaken", { fields: theirs.join("、") || words("other") });
        overtaken.hidden = false;
      }
    },
    fields.map(({ label, control, hint }) => field(label, control, hint === undefined ? {} : { hint })),
    ...more,
    overtaken,
  );
}

/**
 * @template Row
 * @param {readonly EditedField<Row>[]} fields
 * @param {Row} base
 */
export function changesOf(fields, base) {
  /** @type {Record<string, unknown>} */
  const changes = {};
  for (const { control, text, value = orNull } of fields) if (control.value !== text(base)) changes[control.name] = value(control.value);
  return changes;
}

/** @param {string} text */
function orNull(text) {
  return text.trim() || null;
}

/**
 * Takes over what others changed, where it was not touched here.
 *
 * @template Row
 * @param {readonly EditedField<Row>[]} fields
 * @param {Row} base
 * @param {Row} newest
 * @returns {string[]} what they changed, in words
 */
export function merge(fields, base, newest) {
  const theirs = [];
  for (const { label, control, text } of fields) {
    const [before, now] = [text(base), text(newest)];
    if (before === now) continue;
    theirs.push(`${label}（${now}）`);
    if (control.value === before) control.value = now;
  }
  return theirs;
}
