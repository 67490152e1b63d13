import { knownFault } from "../shared/field-faults.js";
import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/import-words.json" with { type: "json" };

/** Words of the imports' page. */
export const words = dictionary(texts.words);

export const kindName = dictionary(texts.kindName);

export const stateName = dictionary(texts.stateName);

/** Why a file is refused, by its code; docs/api.md. */
const problems = dictionary(texts.problems);

/** @param {{code: string, detail: string}} problem */
export const problemText = ({ code, detail }) => (problems.has(code) ? [problems(code), detail] : [detail]);

const faults = dictionary(texts.faults);

/** The messages of chalicelib/imports about rows. @type {readonly [RegExp, Parameters<typeof faults>[0]][]} */
const FAULTS = [
  [/^the same as in row (?<n>\d+)$/, "same"],
  [/^there is no /, "none"],
  [/^the lines make (?<n>[\d.]+)$/, "sum"],
  [/^several customers have this number/, "several"],
  [/^this customer is suspended$/, "suspended"],
  [/^\d+ cells, but the header/, "cells"],
  [/^it was changed here since/, "changedHere"],
  [/plan it here/, "open"],
  [/(date|day)/, "date"],
  [/(number|decimal)/, "number"],
  [/^one of /, "status"],
];

/** What is wrong with a cell, in the reader's language where it is a usual fault. @param {string} message */
export function rowFault(message) {
  const known = knownFault(message);
  if (known) return known;
  for (const [pattern, key] of FAULTS) {
    const found = pattern.exec(message);
    if (found) return faults(key, found.groups);
  }
  return message;
}
