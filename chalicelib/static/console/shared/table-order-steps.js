import { dictionary } from "./i18n.js";
import statusNameTexts from "../texts/shared/status-name.json" with { type: "json" };
import stepNameTexts from "../texts/shared/step-name.json" with { type: "json" };

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

/** Statuses of orders that the kitchen works on. @type {readonly Status[]} */
export const IN_THE_KITCHEN = ["pending", "confirmed", "preparing", "ready"];

/** A hue has a meaning; see docs/console.md. @type {Readonly<Record<Status, string>>} */
export const HUES = { pending: "amber", confirmed: "blue", preparing: "blue", ready: "violet", served: "green", completed: "green", cancelled: "red" };

export const statusName = /* @__PURE__ */ dictionary(statusNameTexts);

/** The label of the button for the next step, by status. */
export const stepName = /* @__PURE__ */ dictionary(stepNameTexts);
