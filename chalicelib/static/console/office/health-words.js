import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/health-words.json" with { type: "json" };

/** Words of the state of things; of a fault, what it is and what to do. */
export const words = dictionary(texts.words);

/** Names of the tables whose streams are read. */
export const streamName = dictionary(texts.streamName);

export const channelName = dictionary(texts.channelName);
