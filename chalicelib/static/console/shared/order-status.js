import { dictionary } from "./i18n.js";

/** What a delivery's statuses are called, on every page: an office and a driver who talk to each other see the same. */
export const orderStatus = dictionary(
  {
    pending: "待確認",
    confirmed: "已確認",
    assigned: "已指派",
    delivering: "配送中",
    arriving: "即將抵達",
    arrived: "已抵達",
    delivered: "已送達",
    failed: "配送失敗",
    cancelled: "已取消",
  },
  {
    pending: "Pending",
    confirmed: "Confirmed",
    assigned: "Assigned",
    delivering: "On the way",
    arriving: "Arriving",
    arrived: "At the door",
    delivered: "Delivered",
    failed: "Failed",
    cancelled: "Cancelled",
  },
);

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
