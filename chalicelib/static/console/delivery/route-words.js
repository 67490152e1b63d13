import { dictionary } from "../shared/i18n.js";
import texts from "../texts/delivery/route-words.json" with { type: "json" };

/** Words of the day's routes. */
export const words = dictionary(texts);
