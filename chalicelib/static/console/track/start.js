import { openGuestPage } from "../shared/guest-page.js";
import { dictionary } from "../shared/i18n.js";
import { follow } from "./tracked-order.js";
import "../shared/base.css";
import "../shared/guest.css";

const words = dictionary(
  {
    over: "連結已失效",
    overText: "此連結不存在、已過期，或訂單已結束超過一天。如有疑問，請與店家聯絡。",
  },
  {
    over: "This link is over",
    overText: "It does not exist, has expired, or the order ended more than a day ago. Please ask the shop.",
  },
);

/** A customer's page: where the order of a text's link is. */
openGuestPage({
  ticket: (code) => ({ path: "/v1/guests/tracking", code: { code } }),
  over: () => ({ title: words("over"), text: words("overText") }),
  show: follow,
});
