import { now } from "../shared/clock.js";
import { dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { notify } from "../shared/notices.js";
import { latest } from "../shared/timing.js";
import { proof } from "./proofs.js";
import texts from "../texts/delivery/confirm-delivery.json" with { type: "json" };

const words = dictionary(texts);

const PROOF_TYPES = /** @type {const} */ (["pin", "qr_code", "signature", "photo"]);
const REASONS = /** @type {const} */ (["absent", "unreachable", "address", "refused", "other"]);

/** @import { Order } from "./types.js" */

/**
 * Asks for the proof and confirms the delivery.
 *
 * @param {Order} order
 * @param {import("./outbox.js").Outbox} outbox
 * @param {(amount: string) => string} money
 */
export function confirmDelivery(order, outbox, money) {
  const gone = new AbortController();
  const proofs = proofChoice(gone.signal);
  const name = order.customer_name ?? order.order_number;
  const due = order.payment_status === "pending" && el(
    "p.notice.amber",
    el("strong", words("collect", { amount: money(order.total_price) })),
    order.payment_method === "cash" && words("cash"),
  );
  /** @param {Record<string, string>} values @param {() => void} close */
  const send = async ({ empties_back: empties = "", cylinder_serial: serial = "" }, close) => {
    const { picture, ...proof } = await proofs.take();
    const body = {
      ...proof.body,
      ...(Number(empties) > 0 && { empties_back: Number(empties) }),
      ...(serial.trim() && { cylinder_serial: serial.trim() }),
      confirmed_at: new Date(now()).toISOString(),
    };
    const entry = { kind: /** @type {const} */ ("confirm"), subject: order.id, label: name, path: `/v1/deliveries/${order.id}/confirm`, body, ...(picture && { picture }) };
    const how = await outbox.send(entry, { signal: gone.signal });
    close();
    notifyOutcome(outbox, how, words("done", { name }));
  };
  const closed = dialog(
    words("title"),
    (close) => [
      el("p.soft", order.customer_name, " · ", order.order_number),
      due,
      form(
        { submit: words("confirm"), class: "stack thumb" },
        (values) => send(values, close),
        proofs.choice,
        proofs.element,
        stepper(),
        field(words("serial"), h("input", { name: "cylinder_serial", autocomplete: "off", maxlength: 100 }), { hint: words("serialHint") }),
      ),
    ],
    { class: "sheet" },
  );
  void closed.then(() => gone.abort());
  return closed;
}

/** The types of proof, of which one is asked for. @param {AbortSignal} signal */
function proofChoice(signal) {
  const element = el("div");
  const nextSignal = latest(signal);
  /** @type {import("./proofs.js").ProofType} */
  let type = "pin";
  let shown = proof(type, nextSignal());
  fill(element, shown.element);
  /** @param {import("./proofs.js").ProofType} next */
  const choose = (next) => {
    type = next;
    shown = proof(next, nextSignal());
    fill(element, shown.element);
  };
  const radio = (/** @type {import("./proofs.js").ProofType} */ each) => h("input", { type: "radio", name: "kind", checked: each === type, onchange: () => choose(each) });
  return {
    element,
    choice: el("fieldset.proof-kinds", el("legend.unseen", words("how")), PROOF_TYPES.map((each) => el("label", radio(each), el("span", words(each))))),
    async take() {
      const { body, ...more } = await shown.take();
      return { body: { confirmation_type: type, ...body }, ...more };
    },
  };
}

/** How many, by thumb. */
function stepper() {
  const control = h("input", { name: "empties_back", type: "number", inputmode: "numeric", min: 0, max: 200, value: "0" });
  /** @param {number} by */
  const step = (by) => (control.value = String(Math.max(0, Math.min(200, Number(control.value) + by))));
  el(
    "div.stepper",
    h("button.button.square", { type: "button", "aria-label": words("fewer"), onclick: () => step(-1) }, "−"),
    control,
    h("button.button.square", { type: "button", "aria-label": words("more"), onclick: () => step(1) }, "+"),
  );
  return field(words("empties"), control);
}

/** Asks why it cannot be delivered. @param {Order} order @param {import("./outbox.js").Outbox} outbox */
export function reportFailure(order, outbox) {
  const name = order.customer_name ?? order.order_number;
  const more = h("textarea", { name: "more", rows: 2, maxlength: 300 });
  const gone = new AbortController();
  const closed = dialog(
    words("failedTitle"),
    (close) => [
      el("p.soft", name, " · ", order.order_number),
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
        el(
          "fieldset.reasons",
          el("legend.unseen", words("reason")),
          REASONS.map((each, n) => el("label", h("input", { type: "radio", name: "reason", value: each, checked: n === 0 }), el("span", words(each)))),
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
  notify(how === "sent" ? done : words(outbox.answered ? "unanswered" : "stored"));
}
