/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/**
 * @template Row
 * @typedef {{
 *   label: string, control: Control, text(row: Row): string, value?(text: string): unknown, hint?: string | undefined,
 * }} EditedField the control's name is the field's in the API. value: what is sent, trimmed text or null without
 */

/**
 * What was touched, as it is sent.
 *
 * @template Row
 * @param {readonly EditedField<Row>[]} fields
 * @param {Row} base as it was seen
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
  const conflicts = [];
  for (const { label, control, text } of fields) {
    const [before, now] = [text(base), text(newest)];
    if (before === now) continue;
    conflicts.push(`${label}（${now}）`);
    if (control.value === before) control.value = now;
  }
  return conflicts;
}
