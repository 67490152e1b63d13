import { dictionary } from "./shared/i18n.js";
import { explain } from "./shared/words.js";
import texts from "./texts/refusals.json" with { type: "json" };

// Codes that only signed-in users get; `explained` in words.js has those of every page.
explain(dictionary(texts));
