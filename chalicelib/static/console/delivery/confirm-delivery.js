import { now } from "../shared/clock.js";
import { dialog } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { notify } from "../shared/notices.js";
import { proof } from "./proofs.js";
import texts from "../texts/delivery/confirm-delivery.json" with { type: "json" };

const words = dictionary(texts);

const KINDS = /** @type {const} */ (["pin", "qr_code", "signature", "photo"]);
const REASONS = /** @type {const} */ (["absent", "unreachable", "address", "refused", "other"]);

/** @typedef {import("./types.js").Order} Order */

/**
 * Asks for the proof and confirms the delivery.
 *
 * @param {Order} order
 * @param {import("./outbox.js").Outbox} outbox
 * @param {(amount: string) => string} money
 */
export function confirmDelivery(order, outbox, money) {
  const place = h("div", {});
  const gone = new AbortController();
  /** @type {AbortController} */
  let shown = new AbortController();
  /** @type {import("./proofs.js").Proof} */
  let asked;
  /** @type {import("./proofs.js").Kind} */
  let kind = "pin";
  /** @param {import("./proofs.js").Kind} next */
  function choose(next) {
    shown.abort();
    shown = new AbortController();
    kind = next;
    asked = proof(next, shown.signal);
    fill(place, asked.element);
  }
  choose("pin");
  const due = order.payment_status === "pending" && h(
    "p",
    { class: "notice amber" },
    h("strong", {}, words("collect", { amount: money(order.total_price) })),
    order.payment_method === "cash" && words("cash"),
  );
  const closed = dialog(
    words("title"),
    (close) => [
      h("p", { class: "soft" }, order.customer_name, " · ", order.order_number),
      due,
      form(
        { submit: words("confirm"), class: "stack thumb" },
        async ({ empties_back: empties = "", cylinder_serial: serial = "" }) => {
          const { body, picture } = await asked.take();
          const how = await outbox.send({
            kind: "confirm",
            subject: order.id,
            label: order.customer_name ?? order.order_number,
            path: `/v1/deliveries/${order.id}/confirm`,
            body: {
              confirmation_type: kind,
              ...body,
              ...(Number(empties) > 0 && { empties_back: Number(empties) }),
              ...(serial.trim() && { cylinder_serial: serial.trim() }),
              confirmed_at: new Date(now()).toISOString(),
            },
            ...(picture && { picture }),
          }, { signal: gone.signal });
          close();
          notifyOutcome(outbox, how, words("done", { name: order.customer_name ?? order.order_number }));
        },
        h(
          "fieldset",
          { class: "proof-kinds" },
          h("legend", { class: "unseen" }, words("how")),
          KINDS.map((each) => h("label", {}, h("input", { type: "radio", name: "kind", checked: each === kind, onchange: () => choose(each) }), h("span", {}, words(each)))),
        ),
        place,
        stepper(),
        field(words("serial"), h("input", { name: "cylinder_serial", autocomplete: "off", maxlength: 100 }), { hint: words("serialHint") }),
      ),
    ],
    { class: "sheet" },
  );
  void closed.then(() => {
    shown.abort();
    gone.abort();
  });
  return closed;
}

/** How many, by thumb. */
function stepper() {
  const control = h("input", { name: "empties_back", type: "number", inputmode: "numeric", min: 0, max: 200, value: "0" });
  /** @param {number} by */
  const step = (by) => (control.value = String(Math.max(0, Math.min(200, Number(control.value) + by))));
  h(
    "div",
    { class: "stepper" },
    h("button", { type: "button", class: "button square", "aria-label": words("fewer"), onclick: () => step(-1) }, "−"),
    control,
    h("button", { type: "button", class: "button square", "aria-label": words("more"), onclick: () => step(1) }, "+"),
  );
  return field(words("empties"), control);
}

/**
 * Asks why it cannot be delivered.
 *
 * @param {Order} order
 * @param {import("./outbox.js").Outbox} outbox
 */
export function reportFailure(order, outbox) {
  const name = order.customer_name ?? order.order_number;
  const more = h("textarea", { name: "more", rows: 2, maxlength: 300 });
  const gone = new AbortController();
  const closed = dialog(
    words("failedTitle"),
    (close) => [
      h("p", { class: "soft" }, name, " · ", order.order_number),
      form(
        { submit: words("fail"), class: "stack thumb" },
        async ({ reason = "absent", more: about = "" }) => {
          const reasonText = words(/** @type {typeof REASONS[number]} */ (reason));
          const how = await outbox.send({
            kind: "step",
            subject: order.id,
            label: name,
            path: `/v1/orders/${order.id}/status`,
            body: { status: "failed", reason: [reasonText, about.trim()].filter(Boolean).join("：") },
          }, { signal: gone.signal });
          close();
          notifyOutcome(outbox, how, words("failed", { name }));
        },
        h(
          "fieldset",
          { class: "reasons" },
          h("legend", { class: "unseen" }, words("reason")),
          REASONS.map((each, n) => h("label", {}, h("input", { type: "radio", name: "reason", value: each, checked: n === 0 }), h("span", {}, words(each)))),
        ),
        field(words("more_about"), more),
      ),
    ],
    { class: "sheet" },
  );
  void closed.then(() => gone.abort());
  return closed;
}

/**
 * Says what became of what was done.
 *
 * @param {import("./outbox.js").Outbox} outbox
 * @param {"sent" | "waiting"} how
 * @param {string} done
 */
export function notifyOutcome(outbox, how, done) {
  notify(how === "sent" ? done : words(outbox.answered ? "unanswered" : "kept"));
}
