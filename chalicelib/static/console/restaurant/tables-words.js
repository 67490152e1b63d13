import { dictionary } from "../shared/i18n.js";
import texts from "../texts/restaurant/tables-words.json" with { type: "json" };

/** Words of the tables and of what lies on them. */
export const words = dictionary(texts);
