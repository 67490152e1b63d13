import { explained } from "../shared/words.js";
import { words } from "./words.js";

/** @type {Readonly<Record<string, "refusedSuspended" | "refusedMany" | "refusedLarge">>} */
const TEXTS = { table_suspended: "refusedSuspended", too_many_orders: "refusedMany", order_too_large: "refusedLarge" };

/**
 * Why an order was refused, for the guest.
 *
 * @param {import("../shared/http.js").ApiError} refusal
 * @param {{closed: string, soldOut: string, format: {money(amount: string): string}}} menu closed: when the kitchen opens, empty
 *   while it is open. soldOut: the name of a chosen dish that cannot be had
 */
export function refusalText(refusal, { closed, soldOut, format }) {
  const { code, status, problem, errors } = refusal;
  if (code === "closed") return closed || words("closed");
  if (code === "price_changed") return words("refusedPrice", { amount: format.money(problem.total_price) });
  if (TEXTS[code]) return words(TEXTS[code]);
  if (status === 401) return words("refusedScan");
  if (code === "sold_out") return words("refusedSoldOut", { name: soldOut });
  if (errors.some(({ field }) => field.startsWith("items."))) return words("refusedGone");
  return explained(refusal);
}
