import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/customer-words.json" with { type: "json" };

/** Words of the customers' list, one customer, and their recurring orders. */
export const words = dictionary(texts);
