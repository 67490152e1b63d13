import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/report-words.json" with { type: "json" };

/** Words of the reports. */
export const words = dictionary(texts);
