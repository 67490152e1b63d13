import { openGuestPage } from "../shared/guest-page.js";
import { dictionary } from "../shared/i18n.js";
import { TrackedOrder } from "./tracked-order.js";
import texts from "../texts/track/start.json" with { type: "json" };
import "../shared/base.css";
import "../shared/guest.css";

const words = dictionary(texts);

/** A customer's page: the state of the order that an SMS links to. */
openGuestPage({
  ticket: (code) => ({ path: "/v1/guests/tracking", code: { code } }),
  over: () => ({ title: words("over"), text: words("overText") }),
  show: (main, context) => new TrackedOrder(main, context).open(),
});
