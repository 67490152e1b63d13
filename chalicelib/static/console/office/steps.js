import { dictionary } from "../i18n.js";

/** @typedef {import("./types.js").Status} Status */

/**
 * Where an order may go, for staff: the server's own table (chalicelib/orders/status.py), which a test holds this to. The
 * first is what usually comes next.
 *
 * @type {Readonly<Record<Status, readonly Status[]>>}
 */
export const NEXT = {
  pending: ["confirmed", "cancelled"],
  confirmed: ["assigned", "cancelled"],
  assigned: ["delivering", "confirmed", "cancelled"],
  delivering: ["delivered", "arriving", "failed"],
  arriving: ["delivered", "arrived", "failed"],
  arrived: ["delivered", "failed"],
  delivered: [],
  failed: ["confirmed"],
  cancelled: [],
};

/** Somebody has yet to do something about these. @type {readonly Status[]} */
export const OPEN = ["pending", "confirmed", "assigned", "delivering", "arriving", "arrived", "failed"];

/** @typedef {"pending" | "confirmed" | "assigned" | "under_way" | "delivered" | "failed"} ColumnName */

/** The board. What is dropped on a column takes the column's first step. @type {readonly {name: ColumnName, statuses: readonly Status[]}[]} */
export const COLUMNS = [
  { name: "pending", statuses: ["pending"] },
  { name: "confirmed", statuses: ["confirmed"] },
  { name: "assigned", statuses: ["assigned"] },
  { name: "under_way", statuses: ["delivering", "arriving", "arrived"] },
  { name: "delivered", statuses: ["delivered"] },
  { name: "failed", statuses: ["failed"] },
];

/** A hue has a meaning; see docs/console.md. @type {Readonly<Record<Status | ColumnName, string>>} */
export const HUES = {
  pending: "amber",
  confirmed: "blue",
  assigned: "blue",
  under_way: "violet",
  delivering: "violet",
  arriving: "violet",
  arrived: "violet",
  delivered: "green",
  failed: "red",
  cancelled: "grey",
};

export const statusName = dictionary(
  {
    pending: "待確認",
    confirmed: "已確認",
    assigned: "已指派",
    under_way: "配送中",
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
    under_way: "Under way",
    delivering: "Out for delivery",
    arriving: "Arriving",
    arrived: "At the door",
    delivered: "Delivered",
    failed: "Failed",
    cancelled: "Cancelled",
  },
);

const stepNames = dictionary(
  {
    confirmed: "確認訂單",
    assigned: "指派司機",
    delivering: "出發配送",
    arriving: "即將抵達",
    arrived: "已抵達",
    delivered: "完成送達",
    failed: "配送失敗",
    cancelled: "取消訂單",
    unassign: "收回指派",
    again: "重新安排",
  },
  {
    confirmed: "Confirm",
    assigned: "Assign",
    delivering: "Send out",
    arriving: "Arriving",
    arrived: "At the door",
    delivered: "Delivered",
    failed: "Failed",
    cancelled: "Cancel order",
    unassign: "Unassign",
    again: "Try again",
  },
);

/**
 * What a button that makes a step says.
 *
 * @param {Status} from
 * @param {Status} to
 */
export function stepName(from, to) {
  if (to === "confirmed" && from === "assigned") return stepNames("unassign");
  if (to === "confirmed" && from === "failed") return stepNames("again");
  return stepNames(to === "pending" ? "confirmed" : to);
}

/**
 * The step by which an order comes into a column, if there is one.
 *
 * @param {Status} from
 * @param {readonly Status[]} statuses the column's
 */
export function stepInto(from, statuses) {
  return statuses.includes(from) ? undefined : statuses.find((to) => NEXT[from].includes(to));
}
