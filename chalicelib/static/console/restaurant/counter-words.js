import { dictionary } from "../shared/i18n.js";
import texts from "../texts/restaurant/counter-words.json" with { type: "json" };

/** Words of the counter. */
export const words = dictionary(texts);

/** @param {string | null} table */
export function tableName(table) {
  return table === null ? words("takeaway") : words("table", { number: table });
}
