import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/user-words.json" with { type: "json" };

/** Words of who may sign in. */
export const words = dictionary(texts);
