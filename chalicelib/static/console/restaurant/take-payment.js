import { dialog } from "../shared/dialogs.js";
import { el, h } from "../shared/dom.js";
import { form } from "../shared/forms.js";
import { notify } from "../shared/notices.js";
import { isDue, sumOf } from "./bills.js";
import { tableName, words } from "./counter-words.js";
import { numberOf } from "../shared/table-order.js";
import { METHODS } from "./till.js";

/** @import { Order } from "../shared/table-order.js" */

/**
 * Takes a table's money: for all of it or for some orders, with the change that is due.
 *
 * @param {import("./bills.js").Bill} bill
 * @param {{
 *   till: import("./till.js").Till,
 *   format: {money(amount: string): string},
 *   newest: (id: string) => Order | undefined,
 * }} context newest: the order as it is now
 */
export function takePayment({ table, orders }, { till, format, newest }) {
  const due = orders.filter(isDue);
  const boxes = due.map((order) => ({ order, box: h("input", { type: "checkbox", checked: true, onchange: () => draw() }) }));
  const methods = METHODS.map((value, n) => h("input", { type: "radio", name: "method", value, checked: n === 0, onchange: () => draw() }));
  const given = h("input", { name: "given", type: "number", inputmode: "decimal", min: 0, step: 0.01, oninput: () => draw() });
  const change = h("strong.number", { role: "status" });
  const cash = el("div.field", h("label", { for: "pay-given" }, words("given")), given, change);
  given.id = "pay-given";
  const complete = h("input", { type: "checkbox", checked: true });
  const sum = el("strong.number.pay-sum");
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ order }) => order);
  const method = () => METHODS.find((_, n) => methods[n]?.checked) ?? "cash";

  function draw() {
    const amount = sumOf(chosen());
    sum.textContent = format.money(amount);
    cash.hidden = method() !== "cash";
    // Only shown, never booked: a float is exact enough for what lies in a hand.
    const rest = Number(given.value) - Number(amount);
    change.textContent = given.value === "" ? "" : words(rest < 0 ? "short" : "change", { amount: format.money(Math.abs(rest).toFixed(2)) });
  }
  draw();

  return dialog(words("payTitle", { table: tableName(table) }), (/** @type {() => void} */ close) => [
    form(
      { submit: words("payNow") },
      async () => {
        const selected = chosen();
        if (selected.length === 0) return notify(words("nothingChosen"), { wrong: true });
        const amount = format.money(sumOf(selected));
        for (const order of selected) {
          if (!(await till.pay(order, method()))) return close();
          const now = newest(order.id);
          if (complete.checked && now?.status === "served") await till.step(now, "completed");
        }
        notify(words("nowPaid", { table: tableName(table), amount }));
        close();
      },
      el(
        "fieldset.pay-orders",
        h("legend", { class: due.length > 1 ? "" : "unseen" }, words("payWhat")),
        boxes.map(({ order, box }) =>
          el("label", box, el("span.grow", words("number", { number: numberOf(order) })), el("span.number", format.money(order.total_price))),
        ),
      ),
      el("p.row", el("span.grow", words("total")), sum),
      el(
        "fieldset.pay-methods",
        el("legend", words("method")),
        METHODS.map((name, n) => el("label", methods[n], words(name))),
      ),
      cash,
      due.some(({ status }) => status === "served") && el("label.row", complete, words("complete")),
    ),
  ]);
}
