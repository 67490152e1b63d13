import menu from "../../../api/words/menu.json" with { type: "json" };
import { dictionary } from "../shared/i18n.js";
import texts from "../texts/table/words.json" with { type: "json" };

/** Words of a guest's page, from the menu to the last dish. The server writes the menu with the same texts. */
export const words = dictionary({ "zh-TW": { ...menu["zh-TW"], ...texts["zh-TW"] }, en: { ...menu.en, ...texts.en } });
