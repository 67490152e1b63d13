import { dictionary } from "../i18n.js";

/** @typedef {import("./map.js").Hue} Hue */

export const orderStatus = dictionary(
  {
    pending: "待確認",
    confirmed: "已確認",
    assigned: "已派單",
    delivering: "配送中",
    arriving: "即將到達",
    arrived: "已到達",
    delivered: "已送達",
    failed: "未送達",
    cancelled: "已取消",
  },
  {
    pending: "Pending",
    confirmed: "Confirmed",
    assigned: "Assigned",
    delivering: "On the way",
    arriving: "Arriving",
    arrived: "Arrived",
    delivered: "Delivered",
    failed: "Failed",
    cancelled: "Cancelled",
  },
);

export const routeStatus = dictionary(
  { planned: "已規劃", assigned: "已派車", in_progress: "配送中", completed: "已完成", cancelled: "已取消" },
  { planned: "Planned", assigned: "Assigned", in_progress: "On the way", completed: "Completed", cancelled: "Called off" },
);

/** What a status looks like, an order's or a route's. @type {Readonly<Record<string, Hue>>} */
export const HUES = {
  pending: "amber",
  confirmed: "blue",
  planned: "grey",
  assigned: "blue",
  delivering: "violet",
  in_progress: "violet",
  arriving: "violet",
  arrived: "amber",
  delivered: "green",
  completed: "green",
  failed: "red",
  cancelled: "red",
};

/** @param {string} status an order's; one that we do not know is shown as it is */
export const orderStatusName = (status) => (orderStatus.has(status) ? orderStatus(status) : status);

/** @param {string} status a route's */
export const routeStatusName = (status) => (routeStatus.has(status) ? routeStatus(status) : status);
