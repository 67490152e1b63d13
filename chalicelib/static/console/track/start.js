import { openGuestPage } from "../guest/page.js";
import { dictionary } from "../i18n.js";
import { follow } from "./order.js";
import "../base.css";
import "../guest.css";

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

/** A customer's page: from the link of a text to where the order is. */
openGuestPage({
  ticket: (code) => ({ path: "/v1/guests/tracking", code: { code } }),
  over: () => ({ title: words("over"), text: words("overText") }),
  show: (main, { api, realtime, admission, signal }) =>
    follow(main, { api, realtime, tenant: admission.tenant, id: admission.order_id ?? "", signal }),
});
