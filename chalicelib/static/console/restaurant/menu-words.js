import { dictionary } from "../shared/i18n.js";
import texts from "../texts/restaurant/menu-words.json" with { type: "json" };

/** Words of the menu, as staff keep it. */
export const words = dictionary(texts);
