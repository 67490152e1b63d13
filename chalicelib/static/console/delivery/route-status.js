import { dictionary } from "../shared/i18n.js";
import { ORDER_HUES } from "../shared/order-status.js";

/** @typedef {import("../shared/map.js").Hue} Hue */

export const routeStatus = dictionary(
  { planned: "已規劃", assigned: "已派車", in_progress: "配送中", completed: "已完成", cancelled: "已取消" },
  { planned: "Planned", assigned: "Assigned", in_progress: "On the way", completed: "Completed", cancelled: "Called off" },
);

/** What a status looks like, an order's or a route's. @type {Readonly<Record<string, Hue>>} */
export const HUES = { ...ORDER_HUES, planned: "grey", in_progress: "violet", completed: "green" };

/** @param {string} status a route's */
export const routeStatusName = (status) => (routeStatus.has(status) ? routeStatus(status) : status);
