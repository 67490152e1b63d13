import { dictionary } from "../shared/i18n.js";
import { ORDER_HUES } from "../shared/order-status.js";
import texts from "../texts/delivery/route-status.json" with { type: "json" };

/** @import { Hue } from "../shared/map.js" */

const routeStatus = dictionary(texts);

/** What a status looks like, an order's or a route's. @type {Readonly<Record<string, Hue>>} */
export const HUES = { ...ORDER_HUES, planned: "grey", in_progress: "violet", completed: "green" };

/** @param {string} status a route's */
export const routeStatusName = (status) => (routeStatus.has(status) ? routeStatus(status) : status);
