import { dictionary } from "../shared/i18n.js";
import texts from "../texts/restaurant/hours-words.json" with { type: "json" };

/** Words of the opening hours. */
export const words = dictionary(texts);
