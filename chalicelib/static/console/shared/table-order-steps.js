import { dictionary } from "./i18n.js";

/**
 * A restaurant's order, step by step; the server holds the rules, see docs/api.md#steps. There is no way back.
 *
 * @typedef {"pending" | "confirmed" | "preparing" | "ready" | "served" | "completed" | "cancelled"} Status
 */

/** @type {Readonly<Partial<Record<Status, Status>>>} */
export const NEXT = {
  pending: "confirmed",
  confirmed: "preparing",
  preparing: "ready",
  ready: "served",
  served: "completed",
};

/** What a kitchen still has to do with. @type {readonly Status[]} */
export const IN_THE_KITCHEN = ["pending", "confirmed", "preparing", "ready"];

/** A hue has a meaning; see docs/console.md. @type {Readonly<Record<Status, string>>} */
export const HUES = { pending: "amber", confirmed: "blue", preparing: "blue", ready: "violet", served: "green", completed: "green", cancelled: "red" };

export const statusName = /* @__PURE__ */ dictionary(
  { pending: "新訂單", confirmed: "已接單", preparing: "製作中", ready: "待送餐", served: "已送餐", completed: "已完成", cancelled: "已取消" },
  { pending: "New", confirmed: "Accepted", preparing: "Preparing", ready: "Ready", served: "Served", completed: "Completed", cancelled: "Cancelled" },
);

/** What a button says that leads on from a status. */
export const stepName = /* @__PURE__ */ dictionary(
  { pending: "接單", confirmed: "開始製作", preparing: "完成出餐", ready: "已送餐", served: "結案" },
  { pending: "Accept", confirmed: "Start", preparing: "Ready", ready: "Served", served: "Complete" },
);
