import { dictionary } from "../shared/i18n.js";
import texts from "../texts/office/sms-words.json" with { type: "json" };

/** Words of the list of SMS and of their templates. */
export const words = dictionary(texts.words);

export const smsStatus = dictionary(texts.smsStatus);

/** Why an SMS was not sent, by the row's `error`: chalicelib/sms. */
const reasons = dictionary(texts.reasons);

const EXHAUSTED = "retries_exhausted";

/**
 * Why an SMS failed, was skipped or waits, in words.
 *
 * @param {string} error as the row has it: `landline`, `http_400`, `retries_exhausted: timeout`, `provider_broken: OSError`
 * @returns {string}
 */
export function why(error) {
  const [code = "", ...rest] = error.split(": ");
  if (code === EXHAUSTED) return [reasons(EXHAUSTED), rest.length && why(rest.join(": "))].filter(Boolean).join(" ");
  if (reasons.has(code)) return reasons(code);
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  if (status) return reasons(status.startsWith("4") ? "http_4" : "http_5", { code: status });
  return reasons("other", { code });
}

/** @param {unknown} reason of a refusal `cannot_be_sent` */
export function isReason(reason) {
  return typeof reason === "string" && reasons.has(reason);
}
