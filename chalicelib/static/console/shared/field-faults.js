import { dictionary } from "./i18n.js";
import texts from "../texts/shared/field-faults.json" with { type: "json" };

const words = dictionary(texts);

/** The server's messages about fields, of chalicelib/fields.py and msgspec. @type {readonly [RegExp, Parameters<typeof words>[0]][]} */
const FAULTS = [
  [/^not a valid phone number$/, "phone"],
  [/^neither an email address nor a phone number$/, "username"],
  [/^missing/, "missing"],
  [/`str` of length >= 1$/, "missing"],
  [/`str` of length >= (?<n>\d+)$/, "short"],
  [/`str` of length <= (?<n>\d+)$/, "long"],
  [/^must have (?<least>\d+) to (?<most>\d+) characters$/, "between"],
  [/`(?:int|float)` >= (?<n>-?[\d.]+?)(?:\.0)?$/, "least"],
  [/`(?:int|float)` <= (?<n>-?[\d.]+?)(?:\.0)?$/, "most"],
  [/^taken$/, "taken"],
  [/^no control characters$/, "control"],
];

/**
 * The browser's fault of a control, in the reader's language: the browser's own message is in the browser's language.
 *
 * @param {HTMLInputElement} control
 */
export function controlFault({ validity, validationMessage, minLength, maxLength, min, max }) {
  if (validity.customError) return validationMessage;
  if (validity.valueMissing) return words("missing");
  if (validity.tooShort) return words("short", { n: minLength });
  if (validity.tooLong) return words("long", { n: maxLength });
  if (validity.rangeUnderflow) return words("least", { n: min });
  if (validity.rangeOverflow) return words("most", { n: max });
  return words("other");
}

/**
 * The server's fault of a field, in the reader's language: its message is English, and for programs.
 *
 * @param {string} message
 */
export function fieldFault(message) {
  return knownFault(message) ?? words("other");
}

/** The same; undefined for messages that have no translation here. @param {string} message */
export function knownFault(message) {
  for (const [pattern, key] of FAULTS) {
    const found = pattern.exec(message);
    if (found) return words(key, found.groups);
  }
  return undefined;
}
