// Area codes of Taiwan, longest first: 049 is no number of 04. Subscribers have five to eight digits.
const AREA = /^(0826|0836|037|049|082|089|0[2-8])(\d{5,8})$/;

/** A phone number as people in Taiwan write it; others as they are stored. @param {string | null} phone E.164 */
export function phoneText(phone) {
  if (!phone?.startsWith("+886")) return phone ?? "";
  const number = `0${phone.slice(4)}`;
  if (/^09\d{8}$/.test(number)) return number.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1-$2-$3");
  return number.replace(AREA, (_, area, subscriber) => [area, subscriber.slice(0, -4), subscriber.slice(-4)].join("-"));
}
