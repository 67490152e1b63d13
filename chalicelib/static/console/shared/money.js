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

// Area codes of Taiwan, longest first: 049 is no number of 04. Subscribers have five to eight digits.
const AREA = /^(0826|0836|037|049|082|089|0[2-8])(\d{5,8})$/;

/**
 * A phone number as people in Taiwan write it; others as they are stored.
 *
 * @param {string | null} phone E.164
 */
export function phoneText(phone) {
  if (!phone?.startsWith("+886")) return phone ?? "";
  const number = `0${phone.slice(4)}`;
  if (/^09\d{8}$/.test(number)) return number.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1-$2-$3");
  return number.replace(AREA, (_, area, subscriber) => [area, subscriber.slice(0, -4), subscriber.slice(-4)].join("-"));
}
