/**
 * What lines come to, exactly: amounts are decimal text with two places at most, and a float would lose cents.
 *
 * @param {readonly {quantity: number, unit_price: string}[]} lines
 * @returns {string} decimal text
 */
export function total(lines) {
  const cents = lines.reduce((sum, { quantity, unit_price }) => sum + centsOf(unit_price) * BigInt(quantity), 0n);
  const rest = String(cents % 100n).padStart(2, "0").replace(/0+$/, "");
  return `${cents / 100n}${rest && `.${rest}`}`;
}

/** @param {string} amount */
function centsOf(amount) {
  const [whole = "0", rest = ""] = amount.split(".");
  return BigInt(whole) * 100n + BigInt(rest.padEnd(2, "0"));
}
