import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/order-words.json" with { type: "json" };

/** Words of the board, an order and a new order. */
export const words = dictionary(texts);
