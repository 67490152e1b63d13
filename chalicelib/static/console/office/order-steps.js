import { dictionary } from "../shared/i18n.js";
import { ORDER_HUES, orderStatus } from "../shared/order-status.js";
import texts from "../texts/office/order-steps.json" with { type: "json" };

/** @import { Status } from "./types.js" */

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

/** Statuses of orders that staff or a driver must still act on. @type {readonly Status[]} */
export const OPEN = ["pending", "confirmed", "assigned", "delivering", "arriving", "arrived", "failed"];

/** @typedef {"pending" | "confirmed" | "assigned" | "under_way" | "delivered" | "failed"} ColumnName */

/** The board; what is over comes last. What is dropped on a column takes the column's first step. @type {readonly {name: ColumnName, statuses: readonly Status[]}[]} */
export const COLUMNS = [
  { name: "pending", statuses: ["pending"] },
  { name: "confirmed", statuses: ["confirmed"] },
  { name: "assigned", statuses: ["assigned"] },
  { name: "under_way", statuses: ["delivering", "arriving", "arrived"] },
  { name: "failed", statuses: ["failed"] },
  { name: "delivered", statuses: ["delivered"] },
];

/** A hue has a meaning; see docs/console.md. @type {Readonly<Record<Status | ColumnName, string>>} */
export const HUES = { ...ORDER_HUES, under_way: ORDER_HUES.delivering };

/** @param {Status | ColumnName} name */
export const statusName = (name) => orderStatus(name === "under_way" ? "delivering" : name);

const stepNames = dictionary(texts);

/** What a button that makes a step says. @param {Status} from @param {Status} to */
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
