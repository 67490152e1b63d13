import { dictionary } from "./i18n.js";
import { explain } from "./words.js";
import texts from "../texts/shared/shell-words.json" with { type: "json" };

explain(dictionary(texts.refusals));

/** Words of the door and of the frame around the console's pages. */
export const shellWords = dictionary(texts.shellWords);
