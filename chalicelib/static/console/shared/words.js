import { dictionary } from "./i18n.js";
import texts from "../texts/shared/words.json" with { type: "json" };
import roleNameTexts from "../texts/shared/role-name.json" with { type: "json" };

/** Words that many pages share. A page has its own dictionary for the rest. */
export const words = dictionary(texts.words);

/** Roles, as people call them. */
export const roleName = /* @__PURE__ */ dictionary(roleNameTexts);

/** Codes that every page may receive; refusals.js has those of the console alone. */
const refusals = dictionary(texts.refusals);

/** @typedef {((key: any, values?: Record<string, string | number>) => string) & {has(key: string): boolean}} Refusals */

/** @type {Refusals[]} */
const known = [refusals];

/** Words for more codes: of pages that guests do not load. @param {Refusals} more */
export function explain(more) {
  known.push(more);
}

/** An error, for people. @param {unknown} error an ApiError or a RealtimeError; others are faults of the page @returns {string} */
export function explained(error) {
  const { code = "unknown", retryAfter = 60 } = /** @type {{code?: string, retryAfter?: number}} */ (error);
  // A fault of the page is logged.
  if (code === "unknown") console.error(error);
  const found = known.find((each) => each.has(code));
  return found ? found(code, { code, seconds: retryAfter }) : refusals("unknown", { code });
}
