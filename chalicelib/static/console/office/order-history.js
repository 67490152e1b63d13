import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { words as orderWords } from "./order-words.js";
import { HUES, statusName } from "./order-steps.js";
import texts from "../texts/office/order-history.json" with { type: "json" };

/** @import { MoneyChange, Order } from "./types.js" */

const words = dictionary(texts);

/**
 * The history of an order: its steps and the changes of its money, with time and user, oldest first.
 *
 * @param {Order} order
 * @param {{format: import("./order-card.js").OfficeContext["format"], names: {name(id: string | null): string}}} context
 */
export function historyList(order, { format, names }) {
  const steps = order.history.map((step) => ({ ...step, badge: h("span", { class: `badge ${HUES[step.status]}` }, statusName(step.status)), details: /** @type {string[]} */ ([]) }));
  const changes = (order.money_changes ?? []).map((change) => ({ ...change, badge: badgeOf(change), details: detailsOf(change, format.money) }));
  const entries = [...steps, ...changes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return el(
    "section.stack",
    el("h3", words("title")),
    el(
      "ol.history",
      entries.map(({ badge, at, by, reason, details }) =>
        el(
          "li",
          badge,
          h("time.small.soft.number", { datetime: at }, `${format.day(at)} ${format.clock(at)}`),
          names.name(by) && h("span.small.soft", { dir: "auto" }, names.name(by)),
          reason && h("span.small", { dir: "auto" }, reason),
          details.length > 0 && el("div.order-changes.small", details.map((text) => h("p", { dir: "auto" }, text))),
        ),
      ),
    ),
  );
}

/** @param {Order} order */
export function usersOf({ history, money_changes }) {
  return [...history, ...(money_changes ?? [])].map(({ by }) => by);
}

/** @param {MoneyChange} change */
function badgeOf({ before, after, lines }) {
  const difference = Number(after.total_price) - Number(before.total_price);
  const word = difference < 0 ? "lowered" : difference > 0 ? "raised" : lines.length ? "lines" : "payment";
  return h("span", { class: difference < 0 ? "badge red" : "badge amber" }, words(word));
}

/** What became of what, a text each. @param {MoneyChange} change @param {(amount: string) => string} money */
export function detailsOf({ before, after, lines }, money) {
  const lineText = (/** @type {import("./types.js").LineState} */ { name, quantity, unit_price }) => `${name} × ${quantity} @ ${money(unit_price)}`;
  const methodText = (/** @type {string | null} */ method) => (method === null ? orderWords("unset") : orderWords.has(method) ? orderWords(method) : method);
  const texts = lines.map(({ before: old, after: now }) => {
    if (!now) return words("removed", { line: old ? lineText(old) : "" });
    return old ? words("to", { before: lineText(old), after: lineText(now) }) : words("added", { line: lineText(now) });
  });
  if (before.total_price !== after.total_price) texts.unshift(words("to", { before: money(before.total_price), after: money(after.total_price) }));
  if (before.payment_status !== after.payment_status) texts.push(words("to", { before: orderWords(before.payment_status), after: orderWords(after.payment_status) }));
  if (before.payment_method !== after.payment_method) texts.push(words("to", { before: methodText(before.payment_method), after: methodText(after.payment_method) }));
  return texts;
}
