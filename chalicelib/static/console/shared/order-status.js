import { dictionary } from "./i18n.js";
import texts from "../texts/shared/order-status.json" with { type: "json" };

/** What a delivery's statuses are called, on every page: an office and a driver who talk to each other see the same. */
export const orderStatus = dictionary(texts);

/** @param {string} status one that we do not know is shown as it is */
export const orderStatusName = (status) => (orderStatus.has(status) ? orderStatus(status) : status);

/** A hue has a meaning; see docs/console.md. */
export const ORDER_HUES = /** @type {const} */ ({
  pending: "amber",
  confirmed: "blue",
  assigned: "blue",
  delivering: "violet",
  arriving: "violet",
  arrived: "violet",
  delivered: "green",
  failed: "red",
  cancelled: "grey",
});

/** Statuses of an order that is under way with a driver. */
export const UNDER_WAY = ["delivering", "arriving", "arrived"];
/** How a stop may end. */
export const OVER = ["delivered", "failed"];
